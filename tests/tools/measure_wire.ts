// deno-lint-ignore-file no-console -- printing is what this program is for
/**
 * What the proxy and the tap cost a migration between two QEMUs: in turns, against direct migrations of the same run. On a machine
 * that does nothing else:
 *
 *     deno run --allow-read --allow-write --allow-net --allow-ffi --allow-env --allow-sys --allow-run \
 *       tests/tools/measure_wire.ts [--qemu PATH] [--rounds N] [--only throughput|requests]
 *
 * Exits with 1 where a figure misses what it must reach. Medians over the rounds with their 95 % intervals; a ratio is
 * of the same round.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { medianInterval } from "../../lib/measure/bootstrap.ts";
import { median } from "../../lib/measure/statistics.ts";
import type { MigrationStatus } from "../../lib/qapi/migration_status.ts";
import { QEMU } from "../../lib/qemu/qemu_arguments.ts";
import { bootGuestOf } from "../../lib/qemu/boot_sector_memory.ts";
import { Proxy } from "../../lib/qemu/proxy/proxy.ts";
import { QemuPair } from "../../lib/qemu/qemu_pair.ts";
import { QemuProcess } from "../../lib/qemu/qemu_process.ts";
import { renderTable } from "../../lib/report/table.ts";
import { colorsFor } from "../../lib/report/colors.ts";
import { SeededRandom } from "../../lib/world/seeded_random.ts";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { traceArguments, tracedLatenciesUs } from "../qemu/traced_latencies.ts";

const WAYS = ["direct", "proxy", "tap"] as const;
type Way = typeof WAYS[number];
type ByWay = Readonly<Record<Way, number>>;

const RAM_BYTES = 384 << 20;
const LIMIT = 250_000_000;
const GUEST_BYTES = 64 << 20;
/** A page a millisecond, in an order that no background scan follows. */
const GUEST = bootGuestOf({
  vcpus: 1,
  workload: { kind: "strided" },
  touchesPerSecond: 1000,
  writeShare: 1,
  fill: "random",
  seed: 1,
}, GUEST_BYTES);
/** A request that took longer has waited for the source's limiter, which counts over 100 ms. */
const LIMITER_US = 10_000;

/** Of each round one at the limit, which takes 20 times as long. */
const UNLIMITED_ROUNDS = 4;
const CONFIDENCE = 0.95;

/** A figure, from one value for each round, and what their median must reach. */
interface Row {
  readonly what: string;
  readonly values: readonly number[];
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
} finally {
  await world.close();
  await Deno.remove(folder, { recursive: true });
}
const columns = ["figure", "measured", "must be", "holds"]
  .map((heading) => ({ heading, align: "left" as const }));
const cells = rows.map(({ what, values, must, holds }) => [
  ...[what, withInterval(values), must, holds ? "yes" : "NO"],
]);
console.log(renderTable(columns, cells, colorsFor({ isTerminal: false, noColor: "1" })));
Deno.exitCode = rows.every(({ holds }) => holds) ? 0 : 1;

// -- Throughput --

/** Of a migration through each way in both directions of a round, so that what drifts meets all of them alike. */
async function measureThroughput(): Promise<Row[]> {
  await using source = await startSource();
  await using routes = await openRoutes();
  // The proxies' code is warm then, and the kernel has what memory it needs.
  for (let warmUp = 0; warmUp < 3; warmUp++) {
    await inTurns(routes, (route) => precopy(source, route, 0));
  }
  const limited: ByWay[] = [];
  const unlimited: ByWay[] = [];
  for (let round = 0; round < rounds; round++) {
    limited.push(await inTurns(routes, (route) => precopy(source, route, LIMIT)));
    for (let more = 0; more < UNLIMITED_ROUNDS; more++) {
      unlimited.push(await inTurns(routes, (route) => precopy(source, route, 0)));
    }
  }
  for (const way of WAYS) {
    console.log(
      `${way}: ${round3(medianOf(limited, way))} MB/s at a limit of 250 MB/s, ` +
        `${round3(medianOf(unlimited, way))} MB/s without`,
    );
  }
  const totalMs: number[] = [];
  for (let round = 0; round < rounds; round++) totalMs.push(await plainMigration());
  return [
    atLeast("proxy / direct at 250 MB/s", ratios(limited, "proxy", "direct"), 0.98),
    atLeast("tap / direct at 250 MB/s", ratios(limited, "tap", "direct"), 0.98),
    atLeast("proxy / direct without a limit", ratios(unlimited, "proxy", "direct"), 0.6),
    atLeast("tap / direct without a limit", ratios(unlimited, "tap", "direct"), 0.6),
    atLeast("tap / proxy without a limit", ratios(unlimited, "tap", "proxy"), 0.95),
    atMost("plain migration of 16 MiB by the tap, starts included, ms", totalMs, 2000),
  ];
}

/** Migrates all of it, without postcopy. @returns MB/s. */
async function precopy(source: QemuProcess, route: Route, limit: number): Promise<number> {
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

/**
 * The boot sector's requests, by the destination's own traces: direct, through a relay that does nothing but splice(2), and through
 * proxy and tap. Those that waited out the source's limiter, which 7.2 has them do, are left out: nobody between has a part in that.
 */
async function measureRequests(): Promise<Row[]> {
  const bare = await compileBareRelay();
  const ways = bare === null ? [leadDirect, leadByTap] : [leadDirect, bare, leadByTap];
  const all: number[][][] = ways.map(() => []);
  for (let round = 0; round < 2 * rounds; round++) {
    const order = [...ways.entries()];
    for (const [index, lead] of round % 2 === 0 ? order : order.toReversed()) {
      all[index]!.push(await requestsUs(lead));
    }
  }
  const p50s = all.map((runs) => runs.map(median));
  const moreUs = (us: readonly number[]) => us.map((p50, round) => p50 - p50s[0]![round]!);
  const [count, direct] = [all[0]!.flat().length, withInterval(p50s[0]!)];
  console.log(`${count} requests direct, p50 ${direct} us`);
  return [
    ...p50s.slice(1, -1).map((us) =>
      atMost("a request by a bare relay longer than direct, p50, us", moreUs(us), 100)
    ),
    atMost("a request by the tap longer than direct, p50, us", moreUs(p50s.at(-1)!), 100),
  ];
}

/** How the source comes to where the destination listens. @returns what it connects to. */
type Lead = (incoming: string, tapped: string, resources: AsyncDisposableStack) => Promise<string>;

function leadDirect(incoming: string): Promise<string> {
  return Promise.resolve(incoming);
}

function leadByTap(_incoming: string, tapped: string): Promise<string> {
  return Promise.resolve(tapped);
}

async function requestsUs(lead: Lead): Promise<number[]> {
  await using resources = new AsyncDisposableStack();
  const trace = `${folder}/${crypto.randomUUID()}.trace`;
  const extraArguments = { destination: traceArguments(trace) };
  const machine = { kind: "pc", guest: GUEST } as const;
  const pair = resources.use(
    await QemuPair.start({
      world,
      programs: { source: program, destination: program },
      ramBytes: GUEST_BYTES,
      machine,
      extraArguments,
    }),
  );
  const { source, destination } = pair;
  await pair.setCapabilities("postcopy-ram", "postcopy-preempt");
  await source.qmp.execute("migrate-set-parameters", {
    "max-bandwidth": 2_000_000,
    "max-postcopy-bandwidth": 32_000_000,
  });
  while (await source.serialBytes() === 0) await world.clock.sleep(10_000);
  const { incoming, outgoing } = await pair.newRoute(0);
  await destination.qmp.execute("migrate-incoming", { uri: incoming });
  await source.qmp.execute("migrate", { uri: await lead(incoming, outgoing, resources) });
  await reached("active", source);
  await source.qmp.execute("migrate-start-postcopy");
  await reached("completed", source, destination);
  return (await tracedLatenciesUs(trace)).filter((us) => us < LIMITER_US);
}

/** Compiles the relay, if there is a compiler. */
async function compileBareRelay(): Promise<Lead | null> {
  const relay = `${folder}/bare_relay`;
  const code = new URL("bare_relay.c", import.meta.url).pathname;
  try {
    const compiled = await new Deno.Command("cc", { args: ["-O2", "-o", relay, code] }).output();
    if (!compiled.success) throw new Error(new TextDecoder().decode(compiled.stderr));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log("There is no C compiler (cc), so no bare relay is measured beside");
    return null;
  }
  return async (incoming, _, resources) => {
    const path = `${folder}/${crypto.randomUUID()}`;
    const args = [path, incoming.replace(/^unix:/, "")];
    const child = new Deno.Command(relay, { args, stdout: "piped" }).spawn();
    // It ends with the connections that it relays.
    resources.defer(async () => void await child.status);
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    return `unix:${path}`;
  };
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
  // So that the limit holds to the end: what fits the downtime goes out without one.
  await source.qmp.execute("migrate-set-parameters", {
    "max-bandwidth": limit,
    "downtime-limit": 1,
  });
}

async function reached(status: MigrationStatus, ...sides: readonly QemuProcess[]): Promise<void> {
  for (const { qmp } of sides) {
    while ((await qmp.execute("query-migrate")).status !== status) await world.clock.sleep(2000);
  }
}

interface Route extends AsyncDisposable {
  /** Where the destination listens. */
  readonly incoming: string;
  /** Where the source connects. */
  readonly outgoing: string;
}

async function openRoute(way: Way): Promise<Route> {
  const path = `${folder}/${crypto.randomUUID()}`;
  const incoming = `unix:${path}`;
  if (way === "direct") {
    return { incoming, outgoing: incoming, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const { originMs } = world;
  const proxy = await Proxy.start({ originMs, seed: 1, spec: [], tap: way === "tap" });
  const listen = { kind: "unix", path: `${path}.gate` } as const;
  await proxy.open({ listen, forward: { kind: "unix", path }, phase: 0, repeats: true });
  return { incoming, outgoing: `unix:${listen.path}`, [Symbol.asyncDispose]: () => proxy.close() };
}

type Routes = Readonly<Record<Way, Route>> & AsyncDisposable;

async function openRoutes(): Promise<Routes> {
  const [direct, proxy, tap] = await Promise.all(WAYS.map(openRoute)) as [Route, Route, Route];
  const dispose = async () => {
    for (const route of [direct, proxy, tap]) await route[Symbol.asyncDispose]();
  };
  return { direct, proxy, tap, [Symbol.asyncDispose]: dispose };
}

/** Each way twice, there and back, so that whatever drifts meets all of them alike. @returns the means. */
async function inTurns(routes: Routes, measure: (route: Route) => Promise<number>): Promise<ByWay> {
  const sums = { direct: 0, proxy: 0, tap: 0 };
  for (const way of [...WAYS, ...WAYS.toReversed()]) sums[way] += await measure(routes[way]) / 2;
  return sums;
}

function medianOf(all: readonly ByWay[], way: Way): number {
  return median(all.map((one) => one[way]));
}

function ratios(all: readonly ByWay[], way: Way, to: Way): number[] {
  return all.map((one) => one[way] / one[to]);
}

function atLeast(what: string, values: readonly number[], least: number): Row {
  return { what, values, must: `at least ${least}`, holds: median(values) >= least };
}

function atMost(what: string, values: readonly number[], most: number): Row {
  return { what, values, must: `at most ${most}`, holds: median(values) <= most };
}

/** The median, and where it lies with 95 % confidence. */
function withInterval(values: readonly number[]): string {
  const { low, high } = medianInterval(values, CONFIDENCE, new SeededRandom(1));
  return `${round3(median(values))} (${round3(low)} to ${round3(high)})`;
}

function round3(value: number): string {
  return value.toPrecision(3);
}
