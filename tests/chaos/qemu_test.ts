import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { QemuHistory } from "../../chaos/qemu/history.ts";
import { KnownError, loadKnown, readKnown, recognize } from "../../chaos/qemu/known.ts";
import { judgeQemu } from "../../chaos/qemu/oracles.ts";
import { drawQemuPlan, QEMU_PLAN, shimOf } from "../../chaos/qemu/plan.ts";
import { renderFinding } from "../../chaos/qemu/render.ts";
import { shrinkQemuPlan, smallerPlans } from "../../chaos/qemu/shrink.ts";

const SEEDS = fc.bigInt(0n, (1n << 64n) - 1n);
const NEVER = new AbortController().signal;

/** A migration in which all went well. */
function wellEnded(seed = 1n): QemuHistory {
  const side = {
    version: "7.2.22 (Debian)",
    command: ["qemu-system-x86_64", "-machine", "none"],
    end: null,
    errors: "",
    sourceStatusAtEnd: "",
    status: "completed",
    silenceMs: 1,
  };
  return {
    plan: drawQemuPlan(seed),
    sides: {
      source: { ...side, runState: "postmigrate" },
      destination: { ...side, runState: "running" },
    },
    wasPostcopy: true,
    isSettled: true,
    memoryProblem: null,
    entries: [],
    wire: [],
  };
}

const HANGING: QemuHistory["plan"] = {
  ...drawQemuPlan(1n),
  faults: [{ kind: "connect-hang", role: "preempt", phase: 0 }],
};

/** The same, in which one side's fate was another. */
function withSide(
  side: "source" | "destination",
  fate: Partial<QemuHistory["sides"]["source"]>,
  rest: Partial<QemuHistory> = {},
): QemuHistory {
  const history = wellEnded();
  const sides = { ...history.sides, [side]: { ...history.sides[side], ...fate } };
  return { ...history, sides, ...rest };
}

Deno.test("a plan of a seed is always the same, and survives being written down", () => {
  fc.assert(fc.property(SEEDS, (seed) => {
    const plan = drawQemuPlan(seed);
    assertEquals(drawQemuPlan(seed), plan);
    assertEquals(QEMU_PLAN.parse(JSON.parse(JSON.stringify(plan))), plan);
    assert(shimOf(plan).length <= plan.faults.length);
  }));
});

Deno.test("smaller plans are smaller, and end", () => {
  fc.assert(fc.property(SEEDS, (seed) => {
    const plan = drawQemuPlan(seed);
    for (const smaller of smallerPlans(plan)) {
      const isSimpler = smaller.machine === "none" && plan.machine === "pc";
      assert(smaller.faults.length < plan.faults.length || isSimpler);
    }
  }));
});

Deno.test("every oracle is silent on a migration that went well, and speaks where it did not", () => {
  const oraclesOf = (history: QemuHistory) => judgeQemu(history).map(({ oracle }) => oracle);
  const killed = { kind: "killed", signal: "SIGSEGV" } as const;
  const exited = { kind: "exited", code: 1 } as const;
  assertEquals(oraclesOf(wellEnded()), []);
  assertEquals(oraclesOf(withSide("destination", { end: killed })), ["nobody-dies"]);
  assertEquals(oraclesOf(withSide("destination", { end: exited })), ["nobody-dies"]);
  assertEquals(oraclesOf(withSide("source", { runState: "running" })), ["one-guest"]);
  assertEquals(oraclesOf(withSide("destination", { runState: "paused" })), ["one-guest"]);
  assertEquals(oraclesOf(withSide("source", { silenceMs: 9000 })), ["qmp-answers"]);
  assertEquals(oraclesOf({ ...wellEnded(), isSettled: false }), ["liveness"]);
  assertEquals(oraclesOf({ ...wellEnded(), memoryProblem: "a page is lost" }), ["memory"]);
});

Deno.test("a destination that exits before postcopy, with the guest at the source, is QEMU's way", () => {
  const history = withSide(
    "destination",
    { end: { kind: "exited", code: 1 }, runState: null },
    { wasPostcopy: false },
  );
  const source = { ...history.sides.source, status: "failed", runState: "running" };
  assertEquals(judgeQemu({ ...history, sides: { ...history.sides, source } }), []);
});

Deno.test("a QEMU that somebody else has killed says nothing", () => {
  const end = { kind: "killed", signal: "SIGKILL" } as const;
  assertEquals(judgeQemu(withSide("destination", { end }, { isSettled: false })), []);
});

Deno.test("a known finding is recognized in its releases alone, and only by its own signature", async () => {
  const known = await loadKnown();
  const history = withSide("destination", { end: { kind: "killed", signal: "SIGSEGV" } });
  const [violation] = judgeQemu(history);
  assert(violation !== undefined);
  assertEquals(recognize(violation, history, known)?.id, "qemu-7.2-second-recovery-sigsegv");
  const newer = withSide("destination", { version: "11.1.3" });
  assertEquals(recognize(violation, newer, known), null);
  assertEquals(recognize({ ...violation, oracle: "memory" }, history, known), null);
});

Deno.test("two aborts of the same side are two findings, told apart by what they assert", async () => {
  const known = await loadKnown();
  const end = { kind: "killed", signal: "SIGABRT" } as const;
  const idOf = (errors: string) => {
    const history = withSide("source", { end, errors });
    const [violation] = judgeQemu(history);
    assert(violation !== undefined);
    return recognize(violation, { ...history, plan: HANGING }, known)?.id;
  };
  const resumed =
    "../../migration/migration.c:4212: migrate_fd_connect: Assertion `!s->cleanup_bh' failed.";
  const late = "../../util/yank.c:122: yank_register_function: Assertion `entry' failed.";
  assertEquals(idOf(`qemu-system-x86_64: ${resumed}\n`), "qemu-7.2-resume-twice-sigabrt");
  assertEquals(idOf(`qemu: Broken pipe\nqemu: ${late}\n`), "qemu-7.2-late-preempt-sigabrt");
  assertEquals(idOf("corrupted size vs. prev_size\n"), undefined);
});

Deno.test("every known finding has its file's name, and a file that is none is refused by its field", async () => {
  for (const { id } of await loadKnown()) {
    await Deno.stat(new URL(`../../chaos/known/${id}.yaml`, import.meta.url));
  }
  assertThrows(() => readKnown("id: 3", "x.yaml"), KnownError, "x.yaml: id");
});

Deno.test("a plan is shrunk to the faults that it takes, and what it takes is counted", async () => {
  const plan = {
    ...drawQemuPlan(3n),
    machine: "pc" as const,
    faults: [
      { kind: "pause" as const, phase: 0, atMs: 50 },
      { kind: "cancel" as const, phase: 0, atMs: 50 },
      { kind: "cut" as const, role: null, phase: 1, atMs: 50 },
    ],
  };
  const attempt = (tried: typeof plan | QemuHistory["plan"]) => {
    const isBroken = tried.faults.some(({ kind }) => kind === "cut");
    const violation = isBroken ? { oracle: "liveness" as const, message: "it never ends" } : null;
    return Promise.resolve({ history: { ...wellEnded(), plan: tried }, violation });
  };
  const { history, violation } = await attempt(plan);
  assert(violation !== null);
  const shrunk = await shrinkQemuPlan({ history, violation }, attempt, NEVER);
  assertEquals(shrunk.history.plan, { ...plan, machine: "none", faults: plan.faults.slice(2) });
  assertEquals([shrunk.failed, shrunk.runs, shrunk.faultsBefore], [3, 3, 3]);
  const text = renderFinding(shrunk, null, "deno task chaos --replay x.json");
  for (
    const part of ["Failed 3 of 3", "cut role=both phase=1", "--replay x.json --replay=-", "7.2.22"]
  ) {
    assert(text.includes(part), text);
  }
});
