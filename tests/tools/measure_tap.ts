// deno-lint-ignore-file no-console -- printing is what this program is for
/**
 * The tap beside QEMU's own traces of the same migrations, at several limits: whether it sees the same page requests, and what their
 * mean latency is by each. The traces' is longer by what the destination takes to send a request and to place its page, which is not
 * on the wire: little beside a limit that requests have to wait for, and a good part of a request that waits for nothing. From 10.1 on
 * QEMU measures a latency itself, from the fault to the page's end: it stands beside them. On a machine that does nothing else:
 *
 *     deno run --allow-read --allow-write --allow-net --allow-ffi --allow-env --allow-sys --allow-run \
 *       tests/tools/measure_tap.ts [--qemu PATH] [--rounds N]
 *
 * Exits with 1 where the tap and the traces have not seen as many requests.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { median } from "../../lib/measure/statistics.ts";
import { QEMU } from "../../lib/qemu/qemu_arguments.ts";
import { colorsFor } from "../../lib/report/colors.ts";
import { renderTable } from "../../lib/report/table.ts";
import { TapBed } from "../qemu/tap_bed.ts";

/** Of postcopy, bytes a second; 0: none. */
const LIMITS = [4_000_000, 32_000_000, 0];
/** So slow that precopy leaves most of the pages to postcopy. */
const PRECOPY_LIMIT = 4_000_000;

/** One migration by the tap. Means are in microseconds. */
interface Seen {
  readonly requests: number;
  readonly tracedRequests: number;
  readonly tapUs: number;
  readonly tracedUs: number;
  /** QEMU's `postcopy-latency`; absent before 10.1. */
  readonly ownUs?: number;
}

const { qemu: program, rounds: asked } = parseArgs(Deno.args, {
  string: ["qemu", "rounds"],
  default: { qemu: QEMU, rounds: "5" },
});
const settings = LIMITS.flatMap((limit) => [true, false].map((preempt) => ({ limit, preempt })));
const rows: string[][] = [];
for (const { limit, preempt } of settings) {
  const seen: Seen[] = [];
  for (let round = 0; round < Number(asked); round++) seen.push(await migrate(limit, preempt));
  rows.push(rowOf(limit, preempt, seen));
}
const headings = ["limit", "preempt", "requests", "tap us", "traces us", "tap / traces", "own us"];
const columns = headings.map((heading) => ({ heading, align: "right" as const }));
console.log(renderTable(columns, rows, colorsFor({ isTerminal: false, noColor: "1" })));

async function migrate(limit: number, preempt: boolean): Promise<Seen> {
  await using bed = await TapBed.open({ programs: { source: program, destination: program } });
  const { pair } = bed;
  await pair.setCapabilities(
    ...["postcopy-ram", "postcopy-blocktime"] as const,
    ...preempt ? ["postcopy-preempt" as const] : [],
  );
  await pair.setBandwidth(PRECOPY_LIMIT);
  const parameters = { "max-postcopy-bandwidth": limit };
  await pair.source.qmp.execute("migrate-set-parameters", parameters);
  await bed.waitForGuest();
  await pair.migrate();
  await bed.startPostcopy();
  await bed.source.reach("completed");
  await bed.destination.reach("completed");
  const traced = await bed.tracedLatenciesUs();
  const report = await pair.proxy.report();
  const { "postcopy-latency": ownNs } = await pair.destination.qmp.execute("query-migrate");
  return {
    requests: report!.requests.answered + report!.requests.passedBefore,
    tracedRequests: traced.length,
    tapUs: report!.latency.all?.meanUs ?? NaN,
    tracedUs: traced.reduce((sum, us) => sum + us, 0) / traced.length,
    ...ownNs !== undefined && { ownUs: ownNs / 1000 },
  };
}

/** Medians of the rounds; the ratio is of the same round. */
function rowOf(limit: number, preempt: boolean, seen: readonly Seen[]): string[] {
  const areSame = seen.every(({ requests, tracedRequests }) => requests === tracedRequests);
  const ratio = median(seen.map(({ tapUs, tracedUs }) => tapUs / tracedUs));
  if (!areSame) Deno.exitCode = 1;
  const own = seen.flatMap(({ ownUs }) => ownUs === undefined ? [] : [ownUs]);
  return [
    limit === 0 ? "none" : `${limit / 1e6} MB/s`,
    preempt ? "on" : "off",
    `${median(seen.map(({ requests }) => requests))}${areSame ? "" : " DIFFER"}`,
    median(seen.map(({ tapUs }) => tapUs)).toFixed(0),
    median(seen.map(({ tracedUs }) => tracedUs)).toFixed(0),
    ratio.toFixed(3),
    own.length === 0 ? "-" : median(own).toFixed(0),
  ];
}
