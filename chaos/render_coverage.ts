/**
 * The coverage of a campaign as text: a table of statuses and faults for each side, and the rare paths.
 *
 * @module
 */

import type { ChaosResult } from "../lib/report/chaos_result.ts";
import type { Colors } from "../lib/report/colors.ts";
import { type Column, renderTable } from "../lib/report/table.ts";
import { type Cell, COVERING_SEEDS, findGaps, SIDES, statusesOfSide } from "./coverage.ts";
import { FAULT_NAMES } from "./faults/fault_table.ts";
import { MARK_NAMES, type MarkName, MARKS } from "./marks.ts";
import { reasonOf } from "./unreachable.ts";

type Coverage = ChaosResult["coverage"];

/** How often a cell was hit. */
function hitsIn({ source, destination }: Coverage): (cell: Cell) => number {
  return ({ side, fault, status }) =>
    (side === "source" ? source : destination)[fault]?.[status] ?? 0;
}

/** Both tables: in how many runs a fault met a status; `-` where it cannot. Then the rare paths, the rarest first. */
export function renderCoverage(coverage: Coverage, colors: Colors): string {
  const hits = hitsIn(coverage);
  const tables = SIDES.map((side) => {
    const statuses = statusesOfSide(side);
    const columns: Column[] = [
      { heading: side, align: "left" },
      ...statuses.map((heading) => ({ heading, align: "right" } as const)),
    ];
    const rows = FAULT_NAMES.map((fault) => [
      fault,
      ...statuses.map((status) => {
        const count = hits({ side, fault, status });
        return count === 0 && reasonOf({ side, fault, status }) !== null ? "-" : String(count);
      }),
    ]);
    return renderTable(columns, rows, colors);
  });
  return [...tables, renderMarks(coverage, colors)].join("\n\n");
}

function renderMarks({ marks }: Coverage, colors: Colors): string {
  const rows = MARK_NAMES.toSorted((a, b) => (marks[a] ?? 0) - (marks[b] ?? 0))
    .map((mark) => [mark, String(marks[mark] ?? 0), MARKS[mark].happens]);
  return renderTable(
    [
      { heading: "rare path", align: "left" },
      { heading: "runs", align: "right" },
      { heading: "it happened that", align: "left" },
    ],
    rows,
    colors,
  );
}

/** What a campaign has left out, and what it has hit that is listed as impossible; `null`: nothing of either. */
export function renderGaps({ coverage, seeds }: ChaosResult): string | null {
  const taken = (mark: MarkName) => coverage.marks[mark] ?? 0;
  const { empty, impossible, untaken } = findGaps(hitsIn(coverage), taken, reasonOf);
  const missing = [
    ...describeCells(empty).map((cells) => `Not covered: ${cells}`),
    ...untaken.map((mark) => `Not covered: ${mark}, that ${MARKS[mark].happens}`),
  ];
  const lines = [
    ...missing,
    ...missing.length > 0 && seeds < COVERING_SEEDS
      ? [`Seeds that cover everything: ${COVERING_SEEDS} and more; these were ${seeds}.`]
      : [],
    ...impossible.flatMap((cell) =>
      describeCells([cell]).map((one) =>
        `Covered although it cannot be (${reasonOf(cell)}): ${one}`
      )
    ),
  ];
  return lines.length === 0 ? null : lines.join("\n");
}

/** Cells by fault and side, each with its statuses. */
function describeCells(cells: readonly Cell[]): string[] {
  const rows = Map.groupBy(cells, ({ side, fault }) => `${fault} ${side}`);
  return [...rows.values()].map((row) => {
    const [{ fault, side }] = row as [Cell];
    return `${fault} in ${row.map(({ status }) => status).join(", ")} of the ${side}`;
  });
}
