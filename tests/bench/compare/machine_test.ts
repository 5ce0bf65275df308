import { assert, assertEquals } from "@std/assert";
import { checkMachine, lookAtMachine, unfitFor } from "../../../bench/compare/machine.ts";

const QUIET = {
  timerLatenessP99Ms: 0.2,
  idleLoopP99Ms: 1,
  stolenShare: 0,
  streamsMibPerS: [3000, 3100, 2900, 3050, 9000],
  roundTripsP50Us: [100, 110, 105, 108, 20],
};

Deno.test("checkMachine() finds a quiet machine fit for everything, and what it cannot know no fault", () => {
  for (const seen of [QUIET, { ...QUIET, stolenShare: null }]) {
    const checks = checkMachine(seen);
    assert(checks.every(({ met }) => met));
    for (const unit of ["ms", "us", "mib-per-s", "mib"] as const) {
      assertEquals(unfitFor(unit, checks), null);
    }
  }
});

const UNFIT: readonly (readonly [string, Partial<typeof QUIET>, readonly string[]])[] = [
  ["that wakes threads up late", { timerLatenessP99Ms: 5 }, ["ms", "us"]],
  ["whose idle loop stands still", { idleLoopP99Ms: 12 }, ["ms", "us"]],
  ["whose time is stolen", { stolenShare: 0.1 }, ["ms", "us", "mib-per-s"]],
  ["that streams fast and slow", { streamsMibPerS: [500, 600, 4000, 1500, 5000] }, ["mib-per-s"]],
  ["whose round trips differ", { roundTripsP50Us: [50, 60, 350, 100, 400] }, ["us"]],
];

for (const [name, seen, units] of UNFIT) {
  Deno.test(`checkMachine() finds a machine ${name} unfit for ${units.join(", ")} only`, () => {
    const checks = checkMachine({ ...QUIET, ...seen });
    const unfit = (["ms", "us", "mib-per-s", "mib"] as const).filter((unit) =>
      unfitFor(unit, checks) !== null
    );
    assertEquals(unfit, [...units]);
    assertEquals(checks.filter(({ met }) => !met).length, 1);
  });
}

Deno.test("lookAtMachine() sees this one", async () => {
  const seen = await lookAtMachine();
  assert(seen.timerLatenessP99Ms > 0 && seen.idleLoopP99Ms > 0);
  assert(seen.streamsMibPerS.length === 5 && seen.roundTripsP50Us.every((us) => us > 0));
});
