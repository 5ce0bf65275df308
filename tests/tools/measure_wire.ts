// deno-lint-ignore-file no-console -- printing is what this program is for
/**
 * What the proxy and the tap cost a migration between two QEMUs, and how the embedded destination stands beside a QEMU: in turns,
 * against direct migrations of the same run. On a machine that does nothing else:
 *
 *     deno run --allow-read --allow-write --allow-net --allow-ffi --allow-env --allow-sys --allow-run \
 *       tests/tools/measure_wire.ts [--qemu PATH] [--rounds N] [--only throughput|requests|destination]
 *
 * Exits with 1 where a figure misses what it must reach. Medians; a ratio is of the same round.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { parseScenario } from "../../bench/load_scenario.ts";
import { runReal } from "../../bench/run_real.ts";
import { median } from "../../lib/measure/statistics.ts";
import type { EngineChoice } from "../../lib/pair/pair.ts";
import type { MigrationStatus } from "../../lib/qapi/migration_status.ts";
import { QEMU } from "../../lib/qemu/qemu_arguments.ts";
import { Proxy } from "../../lib/qemu/proxy/proxy.ts";
import { QemuProcess } from "../../lib/qemu/qemu_process.ts";
import { renderTable } from "../../lib/report/table.ts";
import { colorsFor } from "../../lib/report/colors.ts";
import { SeededRandom } from "../../lib/world/seeded_random.ts";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { WorkerPool } from "../../lib/world/realtime/worker_pool.ts";
import { ARRIVE, ENTER_POSTCOPY, scenarioYaml, stepsYaml } from "../bench/scenario_yaml.ts";
import { traceArguments, tracedLatenciesUs } from "../qemu/traced_latencies.ts";

const WAYS = ["direct", "proxy", "tap"] as const;
type Way = typeof WAYS[number];
type ByWay = Readonly<Record<Way, number>>;

const RAM_BYTES = 384 << 20;
const LIMIT = 250_000_000;

/** A figure, and what it must reach. */
interface Row {
  readonly what: string;
  readonly value: number;
  readonly must: string;
  readonly holds: boolean;
}

const { qemu: program, rounds: asked, only } = parseArgs(Deno.args, {
  string: ["qemu", "rounds", "only"],
  default: { qemu: QEMU, rounds: "5" },
});
const rounds = Number(asked);
const rows: Row[] = [];
const folder = await Deno.makeTempDir({ prefix: "faultline-wire-" });
const world = openRealtimeWorld({ seed: 1 });
try {
  if (only === undefined || only === "throughput") rows.push(...await measureThroughput());
  if (only === undefined || only === "requests") rows.push(...await measureRequests());
  if (only === undefined || only === "destination") rows.push(...await compareDestinations());
} finally {
  await world.close();
  await Deno.remove(folder, { recursive: true });
}
const columns = ["figure", "measured", "must be", "holds"]
  .map((heading) => ({ heading, align: "left" as const }));
const cells = rows.map(({ what, value, must, holds }) => [
  ...[what, value.toPrecision(3), must, holds ? "yes" : "NO"],
]);
console.log(renderTable(columns, cells, colorsFor({ isTerminal: false, noColor: "1" })));
Deno.exitCode = rows.every(({ holds }) => holds) ? 0 : 1;

// -- Throughput --

async function measureThroughput(): Promise<Row[]> {
  const limited: ByWay[] = [];
  const unlimited: ByWay[] = [];
  const totalMs: number[] = [];
  await using source = await startSource();
  for (let round = 0; round < rounds; round++) {
    limited.push(await inTurns(round, (way) => precopy(source, way, LIMIT)));
    unlimited.push(await inTurns(round, (way) => precopy(source, way, 0)));
    totalMs.push(await plainMigration());
  }
  for (const way of WAYS) {
    console.log(
      `${way}: ${round3(medianOf(limited, way))} MB/s at a limit of 250 MB/s, ` +
        `${round3(medianOf(unlimited, way))} MB/s without`,
    );
  }
  return [
    atLeast("proxy / direct at 250 MB/s", ratio(limited, "proxy", "direct"), 0.98),
    atLeast("tap / direct at 250 MB/s", ratio(limited, "tap", "direct"), 0.98),
    atLeast("tap / direct without a limit", ratio(unlimited, "tap", "direct"), 0.6),
    atLeast("tap / proxy without a limit", ratio(unlimited, "tap", "proxy"), 0.95),
    atMost("plain migration of 16 MiB by the tap, starts included, ms", median(totalMs), 2000),
  ];
}

/** Migrates all of it, without postcopy. @returns MB/s. */
async function precopy(source: QemuProcess, way: Way, limit: number): Promise<number> {
  await using route = await openRoute(way);
  await using destination = await start({ incoming: true });
  await setUp(source, destination, limit);
  await destination.qmp.execute("migrate-incoming", { uri: route.incoming });
  await source.qmp.execute("migrate", { uri: route.outgoing });
  await reached("completed", source, destination);
  const info = await source.qmp.execute("query-migrate");
  const ms = info["total-time"]! - (info["setup-time"] ?? 0);
  return info.ram!.transferred / ms / 1000;
}

async function plainMigration(): Promise<number> {
  const beginUs = world.clock.now();
  const ramBytes = 16 << 20;
  await using route = await openRoute("tap");
  await using source = await start({ incoming: false, ramBytes });
  await using destination = await start({ incoming: true, ramBytes });
  await setUp(source, destination, 0);
  await destination.qmp.execute("migrate-incoming", { uri: route.incoming });
  await source.qmp.execute("migrate", { uri: route.outgoing });
  await reached("completed", source, destination);
  return (world.clock.now() - beginUs) / 1000;
}

// -- Requests --

/** The boot sector's requests, by the destination's own traces, with and without proxy and tap between. */
async function measureRequests(): Promise<Row[]> {
  using pool = new WorkerPool();
  const more: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const direct = await qemuLatencies(pool, "direct");
    const tap = await qemuLatencies(pool, "tap");
    console.log(
      `a request takes ${round3(direct.p50)} us direct, ${round3(tap.p50)} us by the tap`,
    );
    more.push(tap.p50 - direct.p50);
  }
  return [atMost("a request by the tap longer than direct, p50, us", median(more), 100)];
}

// -- Destinations --

/** The same QEMU source and limit; on both from the request sent to the page placed, by the engine's own log and by QEMU's traces. */
async function compareDestinations(): Promise<Row[]> {
  using pool = new WorkerPool();
  const ours: Latencies[] = [];
  const qemus: Latencies[] = [];
  await embeddedLatencies(pool);
  for (let round = 0; round < rounds; round++) {
    ours.push(await embeddedLatencies(pool));
    qemus.push(await qemuLatencies(pool));
  }
  const of = (rows: readonly Latencies[], field: keyof Latencies) =>
    median(rows.map((row) => row[field]));
  for (const [name, all] of [["embedded", ours], ["QEMU", qemus]] as const) {
    console.log(
      `${name} destination: p50 ${round3(of(all, "p50"))} us, ` +
        `mean ${round3(of(all, "mean"))} us, ${of(all, "count")} requests`,
    );
  }
  return [
    atMost("embedded / QEMU destination, mean", of(ours, "mean") / of(qemus, "mean"), 1),
    atMost("embedded / QEMU destination, p50", of(ours, "p50") / of(qemus, "p50"), 1.5),
  ];
}

interface Latencies {
  readonly p50: number;
  readonly mean: number;
  readonly count: number;
}

async function embeddedLatencies(pool: WorkerPool): Promise<Latencies> {
  const { measurements } = await runArm(pool, { kind: "embedded" });
  return latenciesOf(measurements.requests.flatMap(({ points }) => {
    const { "request-sent": sent, placed } = points;
    return sent === undefined || placed === undefined ? [] : placed - sent;
  }));
}

async function qemuLatencies(
  pool: WorkerPool,
  way: "direct" | "tap" = "direct",
): Promise<Latencies> {
  const trace = `${folder}/${crypto.randomUUID()}.trace`;
  await runArm(pool, { kind: "qemu", program, extraArguments: traceArguments(trace) }, way);
  return latenciesOf(await tracedLatenciesUs(trace));
}

function latenciesOf(us: readonly number[]): Latencies {
  return {
    p50: median(us),
    mean: us.reduce((sum, one) => sum + one, 0) / us.length,
    count: us.length,
  };
}

async function runArm(pool: WorkerPool, destination: EngineChoice, way = "direct") {
  // Whose shim may change has a proxy from the start.
  const shim = way === "tap" ? ["{ shim: [] }"] : [];
  const [arm] = parseScenario(
    scenarioYaml({
      ram: "64M",
      guest: "{ vcpus: 1, workload: strided, touches: 1000, fill: random }",
      parameters: "{ max-bandwidth: 2000000, max-postcopy-bandwidth: 32000000 }",
      steps: stepsYaml(...ENTER_POSTCOPY, ...ARRIVE, ...shim),
    }),
    "measure_wire.yaml",
  ).arms;
  const { signal } = new AbortController();
  const engines = { source: { kind: "qemu", program } as const, destination };
  const run = await runReal(arm!, { seed: 1, engines, signal, log: () => {} }, pool);
  if (run?.failure !== null) throw new Error(`A run failed: ${run?.failure}`);
  return run.record;
}

// -- Parts --

function start(
  options: { incoming: boolean; ramBytes?: number; extraArguments?: readonly string[] },
): Promise<QemuProcess> {
  return QemuProcess.start({ operator: world, program, ramBytes: RAM_BYTES, ...options });
}

/** A source whose memory is no page twice. */
function startSource(): Promise<QemuProcess> {
  const random = new SeededRandom(1);
  const words = new Uint32Array(RAM_BYTES / 4);
  for (let word = 0; word < words.length; word++) words[word] = random.integer(2 ** 31);
  const machine = { kind: "none", memory: new Uint8Array(words.buffer) } as const;
  return QemuProcess.start({
    operator: world,
    program,
    ramBytes: RAM_BYTES,
    machine,
    incoming: false,
  });
}

async function setUp(
  source: QemuProcess,
  destination: QemuProcess,
  limit: number,
): Promise<void> {
  for (const { qmp } of [source, destination]) {
    await qmp.execute("migrate-set-capabilities", {
      capabilities: [{ capability: "events", state: true }],
    });
  }
  // Of the migration before.
  await source.qmp.execute("cont");
  await source.qmp.execute("migrate-set-parameters", { "max-bandwidth": limit });
}

async function reached(status: MigrationStatus, ...sides: readonly QemuProcess[]): Promise<void> {
  for (const { qmp } of sides) {
    while ((await qmp.execute("query-migrate")).status !== status) await world.clock.sleep(2000);
  }
}

async function openRoute(way: Way): Promise<
  AsyncDisposable & { readonly incoming: string; readonly outgoing: string }
> {
  const path = `${folder}/${crypto.randomUUID()}`;
  const incoming = `unix:${path}`;
  if (way === "direct") {
    return { incoming, outgoing: incoming, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const { originMs } = world;
  const proxy = await Proxy.start({ originMs, seed: 1, spec: [], tap: way === "tap" });
  const listen = { kind: "unix", path: `${path}.gate` } as const;
  await proxy.open({ listen, forward: { kind: "unix", path }, phase: 0 });
  return { incoming, outgoing: `unix:${listen.path}`, [Symbol.asyncDispose]: () => proxy.close() };
}

/** Each way once, each round another one first. */
async function inTurns(round: number, measure: (way: Way) => Promise<number>): Promise<ByWay> {
  const figures: Partial<Record<Way, number>> = {};
  for (const index of WAYS.keys()) {
    const way = WAYS[(index + round) % WAYS.length]!;
    figures[way] = await measure(way);
  }
  return figures as ByWay;
}

function medianOf(all: readonly ByWay[], way: Way): number {
  return median(all.map((one) => one[way]));
}

function ratio(all: readonly ByWay[], way: Way, to: Way): number {
  return median(all.map((one) => one[way] / one[to]));
}

function atLeast(what: string, value: number, least: number): Row {
  return { what, value, must: `at least ${least}`, holds: value >= least };
}

function atMost(what: string, value: number, most: number): Row {
  return { what, value, must: `at most ${most}`, holds: value <= most };
}

function round3(value: number): string {
  return value.toPrecision(3);
}
