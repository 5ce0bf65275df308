/**
 * The Workers of one machine's vCPUs, seen by whoever started them. That may be another thread than the engine's: a Worker that is
 * started by a Worker costs a second in Deno 2.9 (its inspector waits half a second for a debugger at the start, and again at the first
 * message), one that the main thread starts 30 ms. So here is what starts and joins them, and in `worker_vcpus.ts` what commands
 * them, and only shared memory is between the two.
 *
 * @module
 */

import { InvariantError } from "../invariant.ts";
import type { GuestRam } from "../ram/guest_ram.ts";
import type { GuestSpec } from "../ram/guest_spec.ts";
import { checkGuestFits } from "../ram/guest_workload.ts";
import type { PageRequestLog } from "../ram/page_request_log.ts";
import { type SharedVcpuBoard, VcpuBoard } from "../ram/vcpu_board.ts";
import { NO_POOL, type WorkerPool } from "../world/realtime/worker_pool.ts";
import type { VcpuWorkerMessage, VcpuWorkerStart } from "./vcpu_worker.ts";

/** What the vCPUs of one machine work with. */
export interface WorkerVcpusOptions {
  readonly spec: GuestSpec;
  readonly ram: GuestRam;
  readonly log: PageRequestLog;
  /** The origin of the shared clock, as milliseconds since the epoch (a `performance.timeOrigin`). */
  readonly originMs: number;
  /** The most of a CPU that all vCPUs together may use, above 0. @default {0.5} */
  readonly cpuShare?: number;
  /** Where their Workers come from and go back to; absent: they are started here, and ended. */
  readonly pool?: WorkerPool;
}

/** Running vCPU Workers as they travel to the engine's Worker. */
export interface SharedVcpuWorkers {
  readonly board: SharedVcpuBoard;
  /** A word that is not 0 once a vCPU's Worker has failed. */
  readonly failed: SharedArrayBuffer;
  readonly originMs: number;
}

const MODULE = new URL("./vcpu_worker.ts", import.meta.url);

/** One vCPU's Worker. */
interface VcpuWorker {
  readonly name: string;
  readonly worker: Worker;
  readonly ready: PromiseWithResolvers<void>;
  readonly ended: PromiseWithResolvers<void>;
}

/** A Worker for each vCPU. */
export class VcpuWorkers implements AsyncDisposable {
  readonly #board: VcpuBoard;
  readonly #failed = new Int32Array(new SharedArrayBuffer(4));
  readonly #originMs: number;
  readonly #pool: WorkerPool;
  readonly #workers: VcpuWorker[] = [];
  #failure: InvariantError | null = null;

  /**
   * Starts them; returns at once.
   *
   * @throws {GuestSpecError} when the guest does not fit the RAM.
   */
  constructor(options: WorkerVcpusOptions) {
    const { spec, ram, log, originMs, cpuShare = 0.5, pool = NO_POOL } = options;
    checkGuestFits(spec, ram.pages);
    this.#pool = pool;
    this.#originMs = originMs;
    this.#board = VcpuBoard.allocate(spec);
    const shared = { spec, ram: ram.shared, board: this.#board.shared, log: log.shared, originMs };
    const share = Math.min(1, cpuShare / spec.vcpus);
    for (let vcpu = 0; vcpu < spec.vcpus; vcpu++) this.#start({ ...shared, vcpu, cpuShare: share });
  }

  /** What the engine's Worker commands them by. */
  get shared(): SharedVcpuWorkers {
    return {
      board: this.#board.shared,
      failed: this.#failed.buffer,
      originMs: this.#originMs,
    };
  }

  /** Resolves when all Workers obey the board. @throws {InvariantError} when one does not start. */
  async ready(): Promise<void> {
    await Promise.all(this.#workers.map(({ ready }) => ready.promise));
  }

  /** Ends the vCPUs, unless their engine has, and gives their Workers back. @throws {InvariantError} when one had failed. */
  async close(): Promise<void> {
    this.#board.command("close");
    for (let vcpu = 0; vcpu < this.#workers.length; vcpu++) this.#ring(this.#board.bellOf(vcpu));
    for (const { name, worker, ended } of this.#workers.splice(0)) {
      await ended.promise;
      if (this.#failure !== null) worker.terminate();
      else this.#pool.give({ module: MODULE, name }, worker);
    }
    if (this.#failure !== null) throw this.#failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #start(start: VcpuWorkerStart): void {
    const name = `vcpu ${start.vcpu}`;
    const worker = this.#pool.take({ module: MODULE, name });
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    // Nobody may wait for it any more when it fails.
    ready.promise.catch(() => {});
    worker.onmessage = ({ data }: MessageEvent<VcpuWorkerMessage>) => {
      (data === "ready" ? ready : ended).resolve();
    };
    worker.onerror = (event) => {
      // Told to whoever waits for the vCPU; else it would end this process, with nothing cleaned up.
      event.preventDefault();
      this.#failure = new InvariantError(`The Worker of ${name} failed: ${event.message}`);
      ready.reject(this.#failure);
      ended.resolve();
      Atomics.store(this.#failed, 0, 1);
      this.#ring(this.#board.engineBell);
    };
    worker.postMessage(start);
    this.#workers.push({ name, worker, ready, ended });
  }

  #ring(bell: number): void {
    Atomics.add(this.#board.words, bell, 1);
    Atomics.notify(this.#board.words, bell);
  }
}
