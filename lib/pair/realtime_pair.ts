/**
 * A pair in real time: an engine in a Worker on each side, real sockets between them, and probes in Workers of their own.
 *
 * @module
 */

import { readProcessUsage } from "../measure/process_usage.ts";
import { type ShimClient, startShimClient } from "../measure/shim_client.ts";
import type { ShimSpec } from "../netem/conditions.ts";
import type { Side } from "../qapi/migration_status.ts";
import { verifyRam } from "../ram/expected_ram.ts";
import { type Address, formatAddress } from "../world/address.ts";
import { Libc } from "../world/realtime/libc.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../world/realtime/realtime_world.ts";
import { TimerWorker } from "../world/realtime/shared_timer.ts";
import { assembleRequests, assembleSide } from "./assemble.ts";
import { judgeRam } from "./judge_ram.ts";
import type { EnginePair, PairMeasurements, PairOptions, RamVerdict } from "./pair.ts";
import { giveRam, takeRam } from "./ram_pool.ts";
import { RealtimeEngine } from "./realtime_engine.ts";
import { RealtimeProbes } from "./realtime_probes.ts";

/** What a pair stands on; ended in reverse. */
interface Ground {
  readonly folder: string;
  readonly timer: TimerWorker;
  readonly world: RealtimeWorld;
  readonly libc: Libc;
  /** A word that holds the connect phase. */
  readonly phase: SharedArrayBuffer;
}

/** Starts both engines. */
export async function openRealtimePair(options: PairOptions): Promise<EnginePair> {
  await using ground = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "faultline-" });
  ground.defer(() => Deno.remove(folder, { recursive: true }));
  const timer = ground.use(new TimerWorker());
  const world = openRealtimeWorld({ seed: options.seed, timer: timer.timer });
  ground.defer(() => world.close());
  const libc = ground.use(new Libc());
  const base: Ground = { folder, timer, world, libc, phase: new SharedArrayBuffer(4) };
  const start = async (side: Side) => {
    const engine = await startEngine(base, options, side);
    ground.defer(() => closeEngine(engine));
    return engine;
  };
  const [source, destination] = await both(start("source"), start("destination"));
  return new RealtimePair(options, base, { source, destination }, ground.move());
}

/** Waits for both, also where one has failed: what the other has started can be ended only then. */
async function both<T>(first: Promise<T>, second: Promise<T>): Promise<[T, T]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}

async function startEngine(
  { folder, timer, world, libc, phase }: Ground,
  options: PairOptions,
  side: Side,
): Promise<RealtimeEngine> {
  return await RealtimeEngine.start({
    name: side,
    folder,
    seed: options.seed,
    operator: world,
    libc,
    timer: timer.timer,
    ram: takeRam(options.ram),
    guest: options.guest,
    incoming: side === "destination",
    shim: options.shim,
    phase,
    ...(options.log === undefined ? {} : { log: options.log.bind(null, side) }),
  });
}

async function closeEngine(engine: RealtimeEngine): Promise<void> {
  await engine.close();
  giveRam(engine.ram);
}

class RealtimePair implements EnginePair {
  readonly world: RealtimeWorld;
  readonly source: RealtimeEngine;
  readonly destination: RealtimeEngine;
  readonly #options: PairOptions;
  readonly #ground: Ground;
  readonly #resources: AsyncDisposableStack;
  #addresses = 0;
  #probes: RealtimeProbes | null = null;
  #shimClient: ShimClient | null = null;
  #cpuMsAtStart = 0;

  constructor(
    options: PairOptions,
    ground: Ground,
    engines: Readonly<Record<Side, RealtimeEngine>>,
    resources: AsyncDisposableStack,
  ) {
    this.#options = options;
    this.#ground = ground;
    this.#resources = resources;
    this.world = ground.world;
    this.source = engines.source;
    this.destination = engines.destination;
  }

  newMigrationAddress(): string {
    const number = this.#addresses++;
    if (this.#options.transport === "tcp") return formatAddress(freeTcpAddress());
    return formatAddress({ kind: "unix", path: `${this.#ground.folder}/migration-${number}` });
  }

  setConnectPhase(phase: number): void {
    Atomics.store(new Int32Array(this.#ground.phase), 0, phase);
  }

  async setShim(spec: ShimSpec): Promise<void> {
    await this.source.setShim(spec);
    await this.destination.setShim(spec);
  }

  async startMeasuring(): Promise<void> {
    this.#cpuMsAtStart = readProcessUsage().cpuMs;
    if (this.#options.probes !== null) {
      this.#probes = await RealtimeProbes.start({
        folder: this.#ground.folder,
        timer: this.#ground.timer.timer,
        engines: { source: this.source, destination: this.destination },
        ...this.#options.probes,
      });
      this.#resources.use(this.#probes);
    }
    const shimClient = startShimClient(this.world, this.#options.shim, {
      kind: "unix",
      path: `${this.#ground.folder}/shim-client`,
    });
    this.#shimClient = shimClient;
    this.#resources.defer(async () => void await shimClient.stop());
  }

  async measure(): Promise<PairMeasurements> {
    const endUs = this.world.clock.now();
    const shimConnectErrorsUs = await this.#shimClient?.stop() ?? [];
    const seen = await this.#probes?.stop();
    const usage = readProcessUsage();
    const source = await assembleSide({
      qmp: this.source.qmp,
      loop: seen?.loops.get("source") ?? null,
      responsiveness: seen?.qmp.get("source") ?? null,
    });
    const destination = await assembleSide({
      qmp: this.destination.qmp,
      loop: seen?.loops.get("destination") ?? null,
      responsiveness: seen?.qmp.get("destination") ?? null,
    });
    const capabilities = await this.source.qmp.execute("query-migrate-capabilities");
    const { holds, connects } = await this.source.shimLog();
    return {
      source: source.side,
      destination: destination.side,
      idleLoop: seen?.loops.get("idle") ?? null,
      ...assembleRequests({
        source: source.requests,
        destination: destination.requests,
        preempt: capabilities.some((one) => one.capability === "postcopy-preempt" && one.state),
        holds,
        endUs,
      }),
      connects,
      shimConnectErrorsUs,
      cpuMs: usage.cpuMs - this.#cpuMsAtStart,
      peakRssMib: usage.peakRssMib,
    };
  }

  async verifyRam(side: Side): Promise<RamVerdict> {
    const { qmp, ram } = this[side];
    await qmp.execute("stop");
    return judgeRam(
      side === "source" || ram.received.nextClear(0) === ram.received.size,
      () => verifyRam(this.#options.guest, ram.memory),
    );
  }

  async close(): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

/** A TCP address that nobody listens at. The kernel hands ports out in turn, so it stays free for long enough. */
function freeTcpAddress(): Address {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return { kind: "tcp", host: "127.0.0.1", port: listener.addr.port };
}
