/**
 * An engine of a pair in real time: its Workers, its guest's RAM and its operator's connection.
 *
 * @module
 */

import type { ShimSpec } from "../netem/conditions.ts";
import type { QmpClient, QmpClientOptions } from "../qmp/qmp_client.ts";
import type { GuestRam } from "../ram/guest_ram.ts";
import type { GuestSpec } from "../ram/guest_spec.ts";
import { connectHere } from "../worker/connect_here.ts";
import type { ShimLog } from "../worker/engine_worker.ts";
import { EngineWorkers } from "../worker/engine_workers.ts";
import type { Address } from "../world/address.ts";
import type { Libc } from "../world/realtime/libc.ts";
import type { SharedTimer } from "../world/realtime/shared_timer.ts";
import type { WorkerPool } from "../world/realtime/worker_pool.ts";
import type { World } from "../world/world.ts";
import { openOperator } from "./operator.ts";
import type { PairEngine, ProbedLoop } from "./pair_engine.ts";

/** What an engine is made of. */
export interface RealtimeEngineOptions {
  readonly name: string;
  /** A folder of the run's own, for the engine's sockets. */
  readonly folder: string;
  readonly seed: number;
  readonly operator: World;
  /** Of the operator's thread; outlives the engine. */
  readonly libc: Libc;
  readonly timer: SharedTimer;
  readonly ram: GuestRam;
  readonly guest: GuestSpec;
  /** The machine that its stream names. @default {"none"} */
  readonly machine?: string;
  /** Whether it waits for `migrate-incoming`; otherwise its RAM is filled and its guest starts. */
  readonly incoming: boolean;
  readonly shim: ShimSpec;
  /** A word that holds the connect phase. */
  readonly phase: SharedArrayBuffer;
  /** Of its operator's connection. */
  readonly monitor?: QmpClientOptions;
  /** Where its Workers come from and go back to; absent: they are its own. */
  readonly pool?: WorkerPool;
}

/** A running engine. */
export class RealtimeEngine implements PairEngine {
  readonly kind = "embedded";
  readonly ram: GuestRam;
  readonly qmp: QmpClient;
  readonly qmpAddress: Address;
  readonly loop: ProbedLoop;
  readonly #incoming: boolean;
  readonly #workers: EngineWorkers;

  private constructor(options: RealtimeEngineOptions, workers: EngineWorkers, qmp: QmpClient) {
    this.ram = options.ram;
    this.qmp = qmp;
    this.qmpAddress = qmpAddressOf(options);
    this.loop = { address: probeAddressOf(options), threadId: workers.threadId };
    this.#incoming = options.incoming;
    this.#workers = workers;
  }

  /**
   * Starts an engine and connects its operator.
   *
   * @throws {GuestSpecError} when the guest does not fit the RAM.
   */
  static async start(options: RealtimeEngineOptions): Promise<RealtimeEngine> {
    const { name, seed, timer, guest, ram, shim, phase, pool } = options;
    const workers = await EngineWorkers.start({
      ...{ name, seed, timer, ram, guest, shim, phase },
      ...(options.machine === undefined ? {} : { machine: options.machine }),
      ...(pool === undefined ? {} : { pool }),
      qmp: qmpAddressOf(options),
      probe: probeAddressOf(options),
      ...(options.incoming ? { incoming: "defer" } : {}),
    });
    try {
      const connected = await connectHere(qmpAddressOf(options), "qmp", options.libc);
      const qmp = await openOperator(options.operator, connected, options.monitor);
      return new RealtimeEngine(options, workers, qmp);
    } catch (error) {
      workers.stop();
      await workers.ended();
      throw error;
    }
  }

  /** It ends when it is told to. */
  describeEnd(): Promise<null> {
    return Promise.resolve(null);
  }

  isWhole(): Promise<boolean> {
    const { received } = this.ram;
    return Promise.resolve(!this.#incoming || received.nextClear(0) === received.size);
  }

  /** The memory in place. */
  readMemory(): Promise<Uint8Array> {
    return Promise.resolve(this.ram.memory);
  }

  /** Replaces the shim's specification. A main loop that is held on a connect hears of it when that has ended. */
  setShim(spec: ShimSpec): Promise<void> {
    return this.#workers.setShim(spec);
  }

  /** What the shim noted of this side. */
  shimLog(): Promise<ShimLog> {
    // A Worker whose loop is held answers no more than its monitor does.
    if (this.qmp.silence !== null) return Promise.resolve({ holds: [], connects: [] });
    return this.#workers.shimLog();
  }

  /** Ends it, wherever it is: a main loop that is held on a connect is let go. */
  async close(): Promise<void> {
    this.#workers.stop();
    await this.qmp.close();
    await this.#workers.ended();
  }
}

function qmpAddressOf({ folder, name }: RealtimeEngineOptions): Address {
  return { kind: "unix", path: `${folder}/${name}.qmp` };
}

function probeAddressOf({ folder, name }: RealtimeEngineOptions): Address {
  return { kind: "unix", path: `${folder}/${name}.probe` };
}
