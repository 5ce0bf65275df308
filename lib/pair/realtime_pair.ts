/**
 * A pair in real time: an engine in a Worker on each side, real sockets between them, and probes in Workers of their own.
 *
 * @module
 */

import { readProcessUsage } from "../measure/process_usage.ts";
import { type ShimClient, startProxyClient, startShimClient } from "../measure/shim_client.ts";
import type { ShimSpec } from "../netem/conditions.ts";
import type { Side } from "../qapi/migration_status.ts";
import { Proxy } from "../qemu/proxy/proxy.ts";
import { type Address, formatAddress, parseAddress } from "../world/address.ts";
import { Libc } from "../world/realtime/libc.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../world/realtime/realtime_world.ts";
import { RunFolder } from "../world/realtime/run_folder.ts";
import { TimerWorker } from "../world/realtime/shared_timer.ts";
import { NO_POOL, type WorkerPool } from "../world/realtime/worker_pool.ts";
import { type AssembledSide, assembleRequests, assembleSide, hasPreempt } from "./assemble.ts";
import { assembleQemuSide } from "./assemble_qemu.ts";
import {
  ANSWER_TIMEOUT_US,
  EMBEDDED_PAIR,
  type EnginePair,
  type PairMeasurements,
  type PairOptions,
  type RamVerdict,
} from "./pair.ts";
import type { PairEngine } from "./pair_engine.ts";
import { judgeGuestMemory, type PairGuest, pairGuestOf } from "./pair_guest.ts";
import { type ProbeResults, RealtimeProbes } from "./realtime_probes.ts";
import { requestsOnWire } from "./wire_requests.ts";
import { closeEngines, type Ground, type PairEngines, startEngines } from "./start_engines.ts";

/**
 * Starts both engines.
 *
 * @param pool where all Workers of the pair come from and go back to: the second pair of a pool runs on warm code. Absent: they are
 * the pair's own.
 */
export async function openRealtimePair(
  options: PairOptions,
  pool: WorkerPool = NO_POOL,
): Promise<EnginePair> {
  await using ground = new AsyncDisposableStack();
  const { path: folder } = ground.use(await RunFolder.open());
  const timer = ground.use(new TimerWorker(performance.timeOrigin, pool));
  const { seed } = options;
  const world = openRealtimeWorld({ seed, timer: timer.timer, pool });
  ground.defer(() => world.close());
  const libc = ground.use(new Libc());
  const base: Ground = { pool, folder, timer, world, libc, phase: new SharedArrayBuffer(4) };
  const guest = pairGuestOf(options);
  const proxy = needsProxy(options)
    ? ground.use(
      await Proxy.start({
        ...{ originMs: world.originMs, seed, spec: options.shim },
        // A destination of ours has a log, which sees more.
        tap: options.engines?.destination.kind !== "embedded",
      }),
    )
    : null;
  // One condition, one carrier.
  const engines = await startEngines(
    base,
    proxy === null ? options : { ...options, shim: [] },
    guest,
  );
  ground.defer(() => closeEngines(engines));
  return new RealtimePair({
    options,
    guest,
    ground: base,
    proxy,
    engines,
    resources: ground.move(),
  });
}

class RealtimePair implements EnginePair {
  readonly world: RealtimeWorld;
  readonly source: PairEngine;
  readonly destination: PairEngine;
  readonly #options: PairOptions;
  readonly #guest: PairGuest;
  readonly #ground: Ground;
  readonly #resources: AsyncDisposableStack;
  /** Carries the shim where a side is a QEMU; `null`: the engines' own networks do, or there is none. */
  readonly #proxy: Proxy | null;
  #addresses = 0;
  #routes = 0;
  #probes: RealtimeProbes | null = null;
  #shimClient: ShimClient | null = null;
  #cpuMsAtStart = 0;

  constructor(parts: {
    options: PairOptions;
    guest: PairGuest;
    ground: Ground;
    proxy: Proxy | null;
    engines: PairEngines;
    resources: AsyncDisposableStack;
  }) {
    this.#options = parts.options;
    this.#guest = parts.guest;
    this.#ground = parts.ground;
    this.#proxy = parts.proxy;
    this.#resources = parts.resources;
    this.world = parts.ground.world;
    this.source = parts.engines.source;
    this.destination = parts.engines.destination;
  }

  newMigrationAddress(): string {
    const number = this.#addresses++;
    if (this.#options.transport === "tcp") return formatAddress(freeTcpAddress());
    return formatAddress({ kind: "unix", path: `${this.#ground.folder}/migration-${number}` });
  }

  async connectAddress(address: string): Promise<string> {
    if (this.#proxy === null) return address;
    const number = this.#routes++;
    const listen: Address = this.#options.transport === "tcp"
      ? { kind: "tcp", host: "127.0.0.1", port: 0 }
      : { kind: "unix", path: `${this.#ground.folder}/gate-${number}` };
    const phase = Atomics.load(new Int32Array(this.#ground.phase), 0);
    return formatAddress(await this.#proxy.open({ listen, forward: parseAddress(address), phase }));
  }

  setConnectPhase(phase: number): void {
    Atomics.store(new Int32Array(this.#ground.phase), 0, phase);
  }

  async setShim(spec: ShimSpec): Promise<void> {
    if (this.#proxy !== null) return await this.#proxy.setShim(spec);
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
        answerTimeoutUs: this.#options.answerTimeoutUs ?? ANSWER_TIMEOUT_US,
        pool: this.#ground.pool,
      });
      this.#resources.use(this.#probes);
    }
    const { shim: spec } = this.#options;
    const { folder } = this.#ground;
    const shimClient = this.#proxy === null
      ? startShimClient(this.world, spec, { kind: "unix", path: `${folder}/shim-client` })
      : startProxyClient(this.world, { proxy: this.#proxy, spec, folder });
    this.#shimClient = shimClient;
    this.#resources.defer(async () => void await shimClient.stop());
  }

  async measure(): Promise<PairMeasurements> {
    const endUs = this.world.clock.now();
    const shimConnectErrorsUs = await this.#shimClient?.stop() ?? [];
    const seen = await this.#probes?.stop();
    const usage = readProcessUsage();
    const source = await this.#assemble("source", seen);
    const destination = await this.#assemble("destination", seen);
    const isOurs = this.source.kind === "embedded" && this.destination.kind === "embedded";
    const { holds, connects } = await this.source.shimLog();
    const isSourceOurs = this.source.kind === "embedded";
    const isOnWire = this.destination.kind !== "embedded" && this.#proxy !== null;
    const onWire = isOnWire ? await requestsOnWire(this.#proxy!) : null;
    return {
      source: source.side,
      destination: destination.side,
      idleLoop: seen?.loops.get("idle") ?? null,
      ...assembleRequests({
        source: source.requests,
        destination: destination.requests,
        preempt: await this.#hasPreempt(),
        holds,
        endUs,
      }),
      wireRequests: null,
      ...onWire,
      connects: isSourceOurs ? connects : await this.#proxy?.connects() ?? [],
      shimConnectErrorsUs,
      cpuMs: isOurs ? usage.cpuMs - this.#cpuMsAtStart : null,
      peakRssMib: isOurs ? usage.peakRssMib : null,
    };
  }

  async #assemble(side: Side, seen: ProbeResults | undefined): Promise<AssembledSide> {
    const engine = this[side];
    const records = {
      qmp: engine.qmp,
      loop: seen?.loops.get(side) ?? null,
      responsiveness: seen?.qmp.get(side) ?? null,
    };
    if (engine.kind === "embedded") return await assembleSide(records);
    return {
      side: await assembleQemuSide(records, this.#guest.kind !== "program"),
      requests: null,
    };
  }

  /** Asked of an engine of ours: without one there is no request to blame the channel for. */
  async #hasPreempt(): Promise<boolean> {
    const ours = [this.source, this.destination].find(({ kind }) => kind === "embedded");
    return ours !== undefined && await hasPreempt(ours.qmp);
  }

  async verifyRam(side: Side): Promise<RamVerdict> {
    const engine = this[side];
    if (this.#guest.kind === "theirs") {
      return { verdict: "absent", detail: "the guest is not ours" };
    }
    const end = engine.qmp.silence ?? await engine.describeEnd();
    if (end !== null) return { verdict: "incomplete", detail: `the ${side} ${end}` };
    if (!await engine.isWhole()) return { verdict: "incomplete", detail: "pages are missing" };
    await engine.qmp.execute("stop");
    return judgeGuestMemory(this.#guest, await engine.readMemory());
  }

  async close(): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

/** A QEMU's own connects and bytes can be reached on their way only. */
function needsProxy({ engines = EMBEDDED_PAIR, shim, shimChanges = false }: PairOptions): boolean {
  const { source, destination } = engines;
  const isOurs = source.kind === "embedded" && destination.kind === "embedded";
  return !isOurs && (shim.length > 0 || shimChanges);
}

/** A TCP address that nobody listens at. The kernel hands ports out in turn, so it stays free for long enough. */
function freeTcpAddress(): Address {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return { kind: "tcp", host: "127.0.0.1", port: listener.addr.port };
}
