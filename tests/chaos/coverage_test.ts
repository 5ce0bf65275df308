import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  allCells,
  type Cell,
  cellsOf,
  COVERING_SEEDS,
  findGaps,
  statusesOfSide,
} from "../../chaos/coverage.ts";
import { HELP } from "../../chaos/help.ts";
import { experimentOf, runExperiment } from "../../chaos/experiment.ts";
import { isFromStart } from "../../chaos/faults/fault_table.ts";
import type { MarkName } from "../../chaos/marks.ts";
import { seedOfRun } from "../../chaos/seed.ts";
import { reasonOf, UNREACHABLE } from "../../chaos/unreachable.ts";

const CELLS = allCells();

Deno.test("cells are the statuses that each side can have, by every kind of fault", () => {
  assert(statusesOfSide("source").includes("cancelling"));
  assert(!statusesOfSide("destination").includes("cancelling"));
  assertEquals(new Set(CELLS.map((cell) => JSON.stringify(cell))).size, CELLS.length);
});

Deno.test("what a run covers are cells, and none that cannot be", async () => {
  let count = 0;
  for (let run = 0; run < 60; run++) {
    const history = await runExperiment(experimentOf(seedOfRun(7n, run), "mixed"));
    for (const cell of cellsOf(history)) {
      assert(CELLS.some((one) => JSON.stringify(one) === JSON.stringify(cell)));
      assertEquals(reasonOf(cell), null, `${JSON.stringify(cell)} in run ${run}`);
      count++;
    }
  }
  assert(count > 100);
});

Deno.test("a fault from the start meets every status until the heal", async () => {
  for (let run = 0;; run++) {
    const history = await runExperiment(experimentOf(seedOfRun(8n, run), "mixed"));
    const fault = history.plan.faults.find(({ kind }) => isFromStart(kind))?.kind;
    if (fault === undefined || history.milestones.migratedUs === null) continue;
    const met = cellsOf(history).filter((cell) => cell.fault === fault && cell.side === "source");
    assertEquals(met.slice(0, 2).map(({ status }) => status), ["none", "setup"]);
    break;
  }
});

Deno.test("gaps are empty cells without a reason, covered ones with one, and paths not taken", () => {
  const [first, second, third] = CELLS as [Cell, Cell, Cell, ...Cell[]];
  const isOne = (cell: Cell, ...those: Cell[]) =>
    those.some((one) => JSON.stringify(one) === JSON.stringify(cell));
  const hits = (cell: Cell) => isOne(cell, first, third) ? 0 : 1;
  const reason = (cell: Cell) => isOne(cell, second, third) ? "because" : null;
  const taken = (mark: MarkName) => mark === "shut-lost" ? 0 : 1;
  assertEquals(findGaps(hits, taken, reason), {
    empty: [first],
    impossible: [second],
    untaken: ["shut-lost"],
  });
});

Deno.test("the help says from how many seeds on coverage may be required", () => {
  assertStringIncludes(HELP, `campaigns of ${COVERING_SEEDS} seeds and more`);
});

Deno.test("every reason covers a cell that no other reason covers", () => {
  for (const [index, row] of UNREACHABLE.entries()) {
    const covers = (one: typeof row, { side, fault, status }: Cell) =>
      one.sides.includes(side) && one.faults.includes(fault) && one.statuses.includes(status);
    const others = UNREACHABLE.toSpliced(index, 1);
    assert(
      CELLS.some((cell) => covers(row, cell) && !others.some((one) => covers(one, cell))),
      row.reason,
    );
  }
});
