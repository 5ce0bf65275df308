// deno-lint-ignore-file no-console -- printing is what this program is for
/**
 * How the embedded destination stands beside a QEMU's, in page latency: behind the same QEMU source, with the same memory, under the same
 * limit, and asked for the same pages in the same order, one at a time, each a millisecond after the last. On a machine that does nothing
 * else:
 *
 *     deno run --allow-read --allow-write --allow-net --allow-ffi --allow-env --allow-sys --allow-run \
 *       tests/tools/compare_destinations.ts [--qemu PATH] [--rounds N] [--limit MB_PER_S] [--no-preempt] [--tap]
 *
 * Each round is embedded, QEMU, QEMU, embedded; requests of all rounds are pooled. A latency is from the request sent to the page placed,
 * by the engine's own log and by QEMU's traces. `--tap` puts proxy and tap between, and says besides what the wire took of it and what
 * is left. `--limit 0` is none; the memory is larger then. Exits with 1 where a ratio misses what it must reach.
 *
 * The hard thing is who touches QEMU's memory. A vCPU would need a PC on both sides, which our engine is no peer of, and its emulation
 * would take a core that the other destination has free. So QEMU reads the pages itself, by QMP: its thread meets the same page
 * fault as a vCPU's.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { median } from "../../lib/measure/statistics.ts";
import { machineFor, pairGuestOf } from "../../lib/pair/pair_guest.ts";
import { openRealtimePair } from "../../lib/pair/realtime_pair.ts";
import type { MigrationStatus } from "../../lib/qapi/migration_status.ts";
import { Proxy } from "../../lib/qemu/proxy/proxy.ts";
import { QEMU } from "../../lib/qemu/qemu_arguments.ts";
import { QemuProcess } from "../../lib/qemu/qemu_process.ts";
import type { QmpClient } from "../../lib/qmp/qmp_client.ts";
import { readGuest } from "../../lib/ram/guest_spec.ts";
import { GuestWorkload } from "../../lib/ram/guest_workload.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { colorsFor } from "../../lib/report/colors.ts";
import { renderTable } from "../../lib/report/table.ts";
import { SeededRandom } from "../../lib/world/seeded_random.ts";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { WorkerPool } from "../../lib/world/realtime/worker_pool.ts";
import { traceArguments, tracedLatenciesUs } from "../qemu/traced_latencies.ts";

/** Above it, a request has waited for the source's limiter, which counts over 100 ms. */
const LIMITER_US = 10_000;
const TOUCH_US = 1000;
const RESAMPLES = 2000;

/** One migration's requests, in microseconds. */
interface Run {
  /** From the request sent to the page placed. */
  readonly ownUs: readonly number[];
  /** From the request to its record, as the tap saw them; `null` without one. */
  readonly wireUs: readonly number[] | null;
  /** From the switch until every page was there. */
  readonly tookUs: number;
  /** The mean that QEMU itself told (10.1 and later), from the fault read to the page placed; `null` where it did not. */
  readonly toldMeanUs: number | null;
}

const SIDES = ["embedded", "QEMU"] as const;
type Runs = Readonly<Record<typeof SIDES[number], Run[]>>;

/** A figure of some runs' requests taken together. */
interface Figure {
  readonly name: string;
  /** What the embedded destination's may be of QEMU's at most; absent: it explains others. */
  readonly most?: number;
  readonly of: (runs: readonly Run[]) => number;
}

const FIGURES: readonly Figure[] = [
  { name: "mean", most: 1, of: (runs) => mean(own(runs)) },
  { name: "p50", most: 1.5, of: (runs) => median(own(runs)) },
  { name: "mean of those under 10 ms", of: (runs) => mean(prompt(own(runs))) },
  { name: "p50 of those under 10 ms", of: (runs) => median(prompt(own(runs))) },
  { name: "waited in all, a migration", of: (runs) => sum(own(runs)) / runs.length },
  { name: "postcopy took", of: (runs) => mean(runs.map(({ tookUs }) => tookUs)) },
];

/** With the tap between. The destination's part holds the way to the tap and back. */
const WIRE_FIGURES: readonly Figure[] = [
  { name: "mean on the wire", of: (runs) => mean(wire(runs)) },
  { name: "p50 on the wire", of: (runs) => median(wire(runs)) },
  { name: "p50 less that on the wire", of: (runs) => median(own(runs)) - median(wire(runs)) },
];

const options = parseArgs(Deno.args, {
  string: ["qemu", "rounds", "limit"],
  boolean: ["tap", "no-preempt"],
  default: { qemu: QEMU, rounds: "3", limit: "32" },
});
const limit = Number(options.limit) * 1e6;
// Some seconds at the limit.
const ramBytes = (limit > 0 && limit < 100e6 ? 64 : 256) << 20;
const spec = readGuest({ vcpus: 1, workload: "strided", touches: 1e6 / TOUCH_US, fill: "random" });
const engines = {
  source: { kind: "qemu", program: options.qemu },
  destination: { kind: "embedded" },
} as const;
const ram = [{ name: "ram", bytes: ramBytes }];
const guest = pairGuestOf({ guest: spec, ram, engines });
const folder = await Deno.makeTempDir({ prefix: "faultline-destinations-" });
const world = openRealtimeWorld({ seed: 1 });
using pool = new WorkerPool();
try {
  report(await measure());
} finally {
  await world.close();
  await Deno.remove(folder, { recursive: true });
}

async function measure(): Promise<Runs> {
  const runs: Runs = { embedded: [], QEMU: [] };
  await runEmbedded();
  for (let round = 0; round < Number(options.rounds); round++) {
    runs.embedded.push(await runEmbedded());
    runs.QEMU.push(await runQemu(), await runQemu());
    runs.embedded.push(await runEmbedded());
  }
  return runs;
}

// -- Runs --

async function runEmbedded(): Promise<Run> {
  const shared = { seed: 1, ram, guest: spec, shim: [], transport: "unix", probes: null } as const;
  const pair = await openRealtimePair({ ...shared, engines }, pool);
  try {
    await pair.startMeasuring();
    const seen = await migrate(pair.source.qmp, pair.destination.qmp, () => Promise.resolve());
    const { requests } = await pair.measure();
    const ownUs = requests.flatMap(({ points: { "request-sent": sent, placed } }) =>
      sent === undefined || placed === undefined ? [] : placed - sent
    );
    return { ownUs, ...seen, toldMeanUs: null };
  } finally {
    await pair.close();
  }
}

async function runQemu(): Promise<Run> {
  const trace = `${folder}/${crypto.randomUUID()}`;
  const shared = { operator: world, program: options.qemu, ramBytes } as const;
  const machine = machineFor(guest, { ramBytes, isSource: true });
  await using source = await QemuProcess.start({ ...shared, machine, incoming: false });
  await using destination = await QemuProcess.start({
    ...{ ...shared, machine: { kind: "none" }, incoming: true },
    extraArguments: traceArguments(trace),
  });
  const { qmp } = destination;
  await enable(qmp, "events", "postcopy-blocktime");
  const seen = await migrate(source.qmp, qmp, () => touchPages(qmp));
  const told = (await qmp.execute("query-migrate"))["postcopy-latency"];
  return {
    ownUs: await tracedLatenciesUs(trace),
    ...seen,
    toldMeanUs: told === undefined ? null : told / 1000,
  };
}

/** Reads what the guest program of the embedded destination touches, at its pace, until every page is there. */
async function touchPages(qmp: QmpClient): Promise<void> {
  const workload = new GuestWorkload(spec, ramBytes / PAGE_SIZE, 0);
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  await readPage(qmp, 0);
  // On the way to QEMU and back no page is waited for.
  const wayUs = await readPage(qmp, 0);
  for (let step = 0; !hasCompleted(qmp); step++) {
    // As a vCPU's Worker waits: a timer of the loop is a millisecond late.
    Atomics.wait(nobody, 0, 0, Math.max(0, TOUCH_US - wayUs) / 1000);
    await readPage(qmp, workload.page(step));
  }
}

/** @returns how long it took, in microseconds. */
async function readPage(qmp: QmpClient, page: number): Promise<number> {
  const beginUs = world.clock.now();
  await qmp.execute("human-monitor-command", { "command-line": `xp /1bx ${page * PAGE_SIZE}` });
  return world.clock.now() - beginUs;
}

function hasCompleted(qmp: QmpClient): boolean {
  const { event, data } = qmp.events.at(-1) ?? {};
  return event === "MIGRATION" && (data as { status?: string }).status === "completed";
}

/** Migrates in postcopy. @param arrived called once the guest is there. */
async function migrate(
  source: QmpClient,
  destination: QmpClient,
  arrived: () => Promise<void>,
): Promise<Pick<Run, "wireUs" | "tookUs">> {
  const preempt = options["no-preempt"] ? [] : ["postcopy-preempt"];
  for (const qmp of [source, destination]) await enable(qmp, "events", "postcopy-ram", ...preempt);
  await source.execute("migrate-set-parameters", {
    "max-bandwidth": 2_000_000,
    "max-postcopy-bandwidth": limit,
  });
  const path = `${folder}/${crypto.randomUUID()}`;
  await destination.execute("migrate-incoming", { uri: `unix:${path}` });
  await using proxy = options.tap ? await openTap(path) : null;
  await source.execute("migrate", { uri: `unix:${path}${proxy === null ? "" : ".gate"}` });
  await reach(source, "active");
  await source.execute("migrate-start-postcopy");
  await reach(source, "postcopy-active");
  const switchedUs = world.clock.now();
  await arrived();
  await reach(source, "completed");
  await reach(destination, "completed");
  const tookUs = world.clock.now() - switchedUs;
  const seen = await proxy?.report();
  return { wireUs: seen?.answered.map(({ latencyUs }) => latencyUs) ?? null, tookUs };
}

async function openTap(path: string): Promise<Proxy> {
  const proxy = await Proxy.start({ originMs: world.originMs, seed: 1, spec: [], tap: true });
  const listen = { kind: "unix", path: `${path}.gate` } as const;
  await proxy.open({ listen, forward: { kind: "unix", path }, phase: 0 });
  return proxy;
}

async function enable(qmp: QmpClient, ...names: string[]): Promise<void> {
  const capabilities = names.map((capability) => ({ capability, state: true }));
  await qmp.execute("migrate-set-capabilities", { capabilities } as never);
}

async function reach(qmp: QmpClient, status: MigrationStatus): Promise<void> {
  while ((await qmp.execute("query-migrate")).status !== status) await world.clock.sleep(2000);
}

// -- Figures --

function report(runs: Runs): void {
  const bandwidth = limit === 0 ? "no limit" : `a limit of ${limit / 1e6} MB/s`;
  console.log(`preempt ${options["no-preempt"] ? "off" : "on"}, ${bandwidth}`);
  for (const side of SIDES) {
    const all = own(runs[side]);
    const late = all.length - prompt(all).length;
    console.log(`${side}: ${all.length} requests, ${late} of them 10 ms and longer`);
  }
  const told = runs.QEMU.flatMap(({ toldMeanUs }) => toldMeanUs ?? []);
  if (told.length > 0) console.log(`QEMU says of its own: mean ${format(mean(told))} us`);
  const columns = ["us", ...SIDES, "ratio", "95 %", "must be"]
    .map((heading) => ({ heading, align: "left" as const }));
  const figures = options.tap ? [...FIGURES, ...WIRE_FIGURES] : FIGURES;
  const cells = figures.map(({ name, most, of }) => {
    const [ours, theirs] = [of(runs.embedded), of(runs.QEMU)];
    const [low, high] = interval(of, runs);
    if (most !== undefined && ours / theirs > most) Deno.exitCode = 1;
    const span = `${format(low)} to ${format(high)}`;
    const must = most === undefined ? "" : `at most ${most}`;
    return [name, format(ours), format(theirs), format(ours / theirs), span, must];
  });
  console.log(renderTable(columns, cells, colorsFor({ isTerminal: false, noColor: "1" })));
}

/** Where the ratio lies with a confidence of 95 %: runs are drawn anew, since requests of one run share its luck. */
function interval(of: Figure["of"], { embedded, QEMU }: Runs): [number, number] {
  const random = new SeededRandom(1);
  const redraw = (runs: readonly Run[]) => runs.map(() => runs[random.integer(runs.length)]!);
  const ratios = Array.from({ length: RESAMPLES }, () => of(redraw(embedded)) / of(redraw(QEMU)))
    .sort((a, b) => a - b);
  return [ratios[RESAMPLES * 0.025]!, ratios[RESAMPLES * 0.975]!];
}

function own(runs: readonly Run[]): number[] {
  return runs.flatMap(({ ownUs }) => ownUs);
}

function wire(runs: readonly Run[]): number[] {
  return runs.flatMap(({ wireUs }) => wireUs ?? []);
}

/** Those that did not wait for the limiter. */
function prompt(us: readonly number[]): number[] {
  return us.filter((one) => one < LIMITER_US);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}

function format(value: number): string {
  return value.toPrecision(3);
}
