import { assert, assertEquals, assertThrows } from "@std/assert";
import { InvariantError } from "../../lib/invariant.ts";
import {
  canStep,
  existsIn,
  isPostcopy,
  isRunning,
  isTerminal,
  MIGRATION_STATUSES,
  type MigrationStatus,
  type Side,
  statusDiagram,
  step,
  TRANSITIONS,
  UNUSED_STATUSES,
} from "../../lib/qapi/migration_status.ts";
import { compareVersions, type QemuVersion } from "../../lib/qapi/qemu_version.ts";

const SIDES: readonly Side[] = ["source", "destination"];
const RELEASES: readonly QemuVersion[] = [
  "7.2",
  "8.2",
  "9.0",
  "9.1",
  "9.2",
  "10.0",
  "10.1",
  "10.2",
  "11.1",
];

/** Every status that can be reached from `none`, in one release or another. */
function reachable(side: Side, releases: readonly QemuVersion[]): Set<MigrationStatus> {
  const reached = new Set<MigrationStatus>(["none"]);
  for (const from of reached) {
    for (const to of MIGRATION_STATUSES) {
      if (releases.some((release) => canStep(side, from, to, release))) reached.add(to);
    }
  }
  return reached;
}

/** Walks a path of the embedded engine through `step`. */
function walk(side: Side, path: readonly MigrationStatus[]): void {
  path.slice(1).forEach((to, index) => step(side, path[index] ?? "none", to));
}

Deno.test("MIGRATION_STATUSES has no status that goes unnoticed", () => {
  assertEquals(MIGRATION_STATUSES.length, 17);
  assertEquals(new Set(MIGRATION_STATUSES).size, 17);
});

Deno.test("TRANSITIONS reaches every status on one of the sides, but for the unused ones", () => {
  const reached = new Set(SIDES.flatMap((side) => [...reachable(side, RELEASES)]));
  const missing = MIGRATION_STATUSES.filter((status) => !reached.has(status));
  assertEquals(missing, [...UNUSED_STATUSES]);
});

Deno.test("TRANSITIONS has no row that its release cannot reach", () => {
  for (const side of SIDES) {
    for (const row of TRANSITIONS[side]) {
      const releases = [row.since ?? row.until ?? "10.0"];
      for (const from of row.from) {
        assert(reachable(side, releases).has(from), `${side}: ${from} to ${row.to} in ${releases}`);
      }
    }
  }
});

Deno.test("TRANSITIONS has no row that ends before it begins", () => {
  for (const { since, until } of SIDES.flatMap((side) => [...TRANSITIONS[side]])) {
    if (since !== undefined && until !== undefined) assert(compareVersions(since, until) <= 0);
  }
});

Deno.test("TRANSITIONS has no dead end but the terminal statuses of a destination", () => {
  for (const side of SIDES) {
    for (const from of reachable(side, ["10.0"])) {
      const next = MIGRATION_STATUSES.filter((to) => canStep(side, from, to));
      assertEquals(
        next.length === 0,
        side === "destination" && isTerminal(from),
        `${side} ${from}`,
      );
    }
  }
});

Deno.test("TRANSITIONS of the embedded engine holds exactly the statuses of QEMU 10.0", () => {
  assertEquals([...reachable("source", ["10.0"])].sort(), [
    "active",
    "cancelled",
    "cancelling",
    "completed",
    "device",
    "failed",
    "none",
    "postcopy-active",
    "postcopy-paused",
    "postcopy-recover",
    "postcopy-recover-setup",
    "pre-switchover",
    "setup",
  ]);
  assertEquals([...reachable("destination", ["10.0"])].sort(), [
    "active",
    "completed",
    "failed",
    "none",
    "postcopy-active",
    "postcopy-paused",
    "postcopy-recover",
    "setup",
  ]);
});

// -- step() --

Deno.test("step() walks a postcopy migration with two recoveries, one of which fails", () => {
  walk("source", [
    "none",
    "setup",
    "active",
    "pre-switchover",
    "device",
    "postcopy-active",
    "postcopy-paused",
    "postcopy-recover-setup",
    "postcopy-paused",
    "postcopy-recover-setup",
    "postcopy-recover",
    "postcopy-paused",
    "postcopy-recover-setup",
    "postcopy-recover",
    "postcopy-active",
    "completed",
    "setup",
  ]);
  walk("destination", [
    "none",
    "setup",
    "active",
    "postcopy-active",
    "postcopy-paused",
    "postcopy-recover",
    "postcopy-paused",
    "postcopy-recover",
    "postcopy-active",
    "completed",
  ]);
});

Deno.test("step() refuses what the table does not hold, and says what it holds", () => {
  assertThrows(
    () => step("source", "postcopy-recover", "failed"),
    InvariantError,
    "Cannot go from postcopy-recover to failed on the source: expected one of [postcopy-active, postcopy-paused]",
  );
});

Deno.test("step() never fails or cancels a migration once postcopy runs", () => {
  for (const from of MIGRATION_STATUSES.filter(isPostcopy)) {
    for (const to of ["failed", "failing", "cancelling", "cancelled"] as const) {
      assert(!canStep("source", from, to), `${from} to ${to}`);
    }
  }
});

Deno.test("step() refuses to stay where it is", () => {
  for (const side of SIDES) {
    for (const status of MIGRATION_STATUSES) assert(!canStep(side, status, status));
  }
});

// -- canStep() of real QEMUs --

Deno.test("canStep() knows which release switches through which statuses", () => {
  assert(canStep("source", "active", "postcopy-active", "7.2"));
  assert(canStep("source", "active", "completed", "9.2"));
  assert(!canStep("source", "active", "postcopy-active", "10.0"));
  assert(canStep("source", "device", "postcopy-device", "10.2"));
  assert(!canStep("source", "device", "postcopy-device", "10.1"));
  assert(canStep("source", "active", "failing", "11.1"));
  assert(canStep("source", "postcopy-active", "cancelling", "7.2"));
  assert(canStep("source", "postcopy-paused", "postcopy-recover", "9.0"));
  assert(!canStep("source", "postcopy-paused", "postcopy-recover", "9.1"));
});

// -- Kinds of status --

Deno.test("isRunning() and isTerminal() share all statuses but none between them", () => {
  for (const status of MIGRATION_STATUSES) {
    assertEquals(isRunning(status) || isTerminal(status), status !== "none");
    assert(!(isRunning(status) && isTerminal(status)));
  }
});

Deno.test("isPostcopy() holds from the switch to the end of postcopy", () => {
  assertEquals(MIGRATION_STATUSES.filter(isPostcopy), [
    "postcopy-device",
    "postcopy-active",
    "postcopy-paused",
    "postcopy-recover-setup",
    "postcopy-recover",
  ]);
});

// -- statusDiagram() --

Deno.test("statusDiagram() draws the destination of the embedded engine", () => {
  assertEquals(
    statusDiagram("destination"),
    `stateDiagram-v2
    state "postcopy-active" as postcopy_active
    state "postcopy-paused" as postcopy_paused
    state "postcopy-recover" as postcopy_recover
    [*] --> none
    none --> setup : migrate-incoming
    setup --> active : main channel accepted
    active --> postcopy_active : LISTEN
    active --> completed : every page is here
    postcopy_active --> completed : every page is here
    setup --> failed : error
    active --> failed : error
    postcopy_active --> failed : error
    postcopy_active --> postcopy_paused : I/O error or migrate-pause
    postcopy_paused --> postcopy_recover : main channel accepted
    postcopy_recover --> postcopy_paused : recovery failed
    postcopy_recover --> postcopy_active : RESUME`,
  );
});

Deno.test("statusDiagram() draws every transition of its release once, and no other", () => {
  for (const side of ["source", "destination"] as const) {
    for (const version of ["7.2", "10.0", "11.1"] as const) {
      const edges = statusDiagram(side, version).split("\n").filter((line) => line.includes(" : "));
      const expected = TRANSITIONS[side].filter((row) => existsIn(row, version))
        .reduce((count, row) => count + row.from.length, 0);
      assertEquals(edges.length, expected);
      assertEquals(new Set(edges).size, expected);
    }
  }
});

Deno.test("statusDiagram() uses no hyphen in a state's id, which mermaid does not take", () => {
  for (const line of statusDiagram("source").split("\n")) {
    const [from = "", to = ""] = (line.split(" : ")[0] ?? "").split(" --> ");
    if (line.includes(" --> ")) assert(!from.includes("-") && !to.includes("-"), line);
  }
});
