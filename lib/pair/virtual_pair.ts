/**
 * A pair in virtual time: one isolate, exact figures, the same on every machine.
 *
 * @module
 */

import {
  type LoopResponsiveness,
  measureStalls,
  type ProbeRecord,
} from "../measure/loop_stalls.ts";
import { type LoopProbe, startLoopProbe } from "../measure/loop_probe.ts";
import { type QmpProber, startQmpProber } from "../measure/qmp_prober.ts";
import type { ShimSpec } from "../netem/conditions.ts";
import type { Side } from "../qapi/migration_status.ts";
import { connectQmp } from "../qmp/qmp_client.ts";
import { verifyRam } from "../ram/expected_ram.ts";
import { formatAddress } from "../world/address.ts";
import type { Simulation } from "../world/virtual/simulation.ts";
import type { World } from "../world/world.ts";
import { assembleRequests, assembleSide, hasPreempt, monitorOf } from "./assemble.ts";
import { judgeRam } from "./judge_ram.ts";
import type { EnginePair, PairMeasurements, PairOptions, RamVerdict } from "./pair.ts";
import { startVirtualEngine, type VirtualEngine } from "./virtual_engine.ts";

/** The probes of a measurement that goes on. */
interface Probes {
  readonly loops: LoopProbe;
  readonly qmp: Readonly<Record<Side, QmpProber>>;
}

/** The world that drives a pair in `simulation`: its thread must be the one that calls `openVirtualPair` and uses the pair. */
export function operatorWorld(simulation: Simulation): World {
  return simulation.world("operator", { charged: false });
}

/** Starts both engines in worlds of `simulation`. */
export async function openVirtualPair(
  simulation: Simulation,
  options: PairOptions,
): Promise<EnginePair> {
  const operator = operatorWorld(simulation);
  const start = (side: Side) =>
    startVirtualEngine({
      simulation,
      name: side,
      operator,
      ram: options.ram,
      guest: options.guest,
      incoming: side === "destination",
      monitor: monitorOf(options, side),
    });
  simulation.setShim(options.shim);
  const source = await start("source");
  const destination = await start("destination");
  return new VirtualPair(simulation, options, { source, destination });
}

class VirtualPair implements EnginePair {
  readonly world: World;
  readonly source: VirtualEngine;
  readonly destination: VirtualEngine;
  readonly #simulation: Simulation;
  readonly #options: PairOptions;
  #addresses = 0;
  #probes: Probes | null = null;

  constructor(
    simulation: Simulation,
    options: PairOptions,
    engines: Readonly<Record<Side, VirtualEngine>>,
  ) {
    this.#simulation = simulation;
    this.#options = options;
    this.world = operatorWorld(simulation);
    this.source = engines.source;
    this.destination = engines.destination;
  }

  newMigrationAddress(): string {
    const number = this.#addresses++;
    if (this.#options.transport === "tcp") {
      return formatAddress({ kind: "tcp", host: "127.0.0.1", port: 4444 + number });
    }
    return formatAddress({ kind: "unix", path: `/migration-${number}` });
  }

  connectAddress(address: string): Promise<string> {
    return Promise.resolve(address);
  }

  setConnectPhase(phase: number): void {
    this.#simulation.setConnectPhase(phase);
  }

  setShim(spec: ShimSpec): Promise<void> {
    this.#simulation.setShim(spec);
    return Promise.resolve();
  }

  /** The probes run on the operator's loop, whose work is free. */
  async startMeasuring(): Promise<void> {
    if (this.#options.probes === null) return;
    const { loopIntervalUs, qmpIntervalUs } = this.#options.probes;
    const targets = [];
    for (const side of ["source", "destination"] as const) {
      const operation = this.world.network.connect(this[side].probeAddress, "probe");
      const result = await operation.wait();
      if (result.kind === "failed") throw new Error(`Cannot probe the ${side}: ${result.cause}`);
      targets.push({ name: side, channel: result.channel });
    }
    const source = await connectQmp(this.world, this.source.qmpAddress);
    const destination = await connectQmp(this.world, this.destination.qmpAddress);
    const pace = { intervalUs: qmpIntervalUs };
    this.#probes = {
      loops: startLoopProbe(this.world, targets, { intervalUs: loopIntervalUs }),
      qmp: {
        source: startQmpProber(this.world, source, pace),
        destination: startQmpProber(this.world, destination, pace),
      },
    };
  }

  async measure(): Promise<PairMeasurements> {
    const endUs = this.world.clock.now();
    const probes = this.#probes;
    this.#probes = null;
    const loops = await probes?.loops.stop();
    const sourceQmp = await probes?.qmp.source.stop();
    const destinationQmp = await probes?.qmp.destination.stop();
    const source = await assembleSide({
      qmp: this.source.qmp,
      loop: loopOf(loops, "source"),
      responsiveness: sourceQmp ?? null,
    });
    const destination = await assembleSide({
      qmp: this.destination.qmp,
      loop: loopOf(loops, "destination"),
      responsiveness: destinationQmp ?? null,
    });
    return {
      source: source.side,
      destination: destination.side,
      idleLoop: null,
      ...assembleRequests({
        source: source.requests,
        destination: destination.requests,
        preempt: await hasPreempt(this.source.qmp),
        holds: this.#simulation.holds(),
        endUs,
      }),
      wireRequests: null,
      connects: this.#simulation.connects(),
      shimConnectErrorsUs: [],
      cpuMs: null,
      peakRssMib: null,
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
    await this.source.close();
    await this.destination.close();
  }
}

function loopOf(
  records: ReadonlyMap<string, ProbeRecord> | undefined,
  side: Side,
): LoopResponsiveness | null {
  const record = records?.get(side);
  return record === undefined ? null : measureStalls(record);
}
