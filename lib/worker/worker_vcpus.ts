/**
 * vCPUs in real time: a Worker each, on shared memory. The engine's side never blocks: it waits with `Atomics.waitAsync`, which
 * turns its loop. A vCPU that fails must not leave the engine waiting for it: every wait here ends with its error.
 *
 * @module
 */

import { InvariantError } from "../invariant.ts";
import type { GuestRam } from "../ram/guest_ram.ts";
import type { GuestSpec } from "../ram/guest_spec.ts";
import { GuestVcpus, type VcpuBells } from "../ram/guest_vcpus.ts";
import { checkGuestFits } from "../ram/guest_workload.ts";
import type { PageRequestLog } from "../ram/page_request_log.ts";
import { VcpuBoard } from "../ram/vcpu_board.ts";
import { processClock } from "../world/realtime/process_clock.ts";
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
}

/**
 * Starts one Worker for each vCPU; resolves when all of them are ready to run. `close()` them.
 *
 * @throws {GuestSpecError} when the guest does not fit the RAM.
 * @throws {InvariantError} when a Worker does not start.
 */
export async function startWorkerVcpus(options: WorkerVcpusOptions): Promise<GuestVcpus> {
  const { spec, ram, log, originMs } = options;
  checkGuestFits(spec, ram.pages);
  const board = VcpuBoard.allocate(spec);
  const cpuShare = Math.min(1, (options.cpuShare ?? 0.5) / spec.vcpus);
  const shared = { spec, ram: ram.shared, board: board.shared, log: log.shared };
  const bells = new WorkerBells(board);
  try {
    for (let vcpu = 0; vcpu < spec.vcpus; vcpu++) {
      bells.start({ ...shared, vcpu, cpuShare, originMs });
    }
    await bells.ready();
  } catch (error) {
    board.command("close");
    await bells.release();
    throw error;
  }
  return new GuestVcpus(board, bells, processClock(originMs));
}

/** One vCPU's Worker, seen from its engine. */
interface VcpuWorker {
  readonly worker: Worker;
  readonly ready: PromiseWithResolvers<void>;
  readonly ended: PromiseWithResolvers<void>;
}

/** Bells between Workers: a word counts the rings, `Atomics.notify` wakes who waits for it to change. */
class WorkerBells implements VcpuBells {
  readonly #board: VcpuBoard;
  readonly #workers: VcpuWorker[] = [];
  #failure: InvariantError | null = null;

  constructor(board: VcpuBoard) {
    this.#board = board;
  }

  start(start: VcpuWorkerStart): void {
    const name = `vcpu ${start.vcpu}`;
    const worker = new Worker(import.meta.resolve("./vcpu_worker.ts"), { type: "module", name });
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    worker.onmessage = ({ data }: MessageEvent<VcpuWorkerMessage>) => {
      (data === "ready" ? ready : ended).resolve();
    };
    worker.onerror = (event) => {
      // Told to whoever waits for the vCPU; else it would end this process, with nothing cleaned up.
      event.preventDefault();
      this.#failure = new InvariantError(`The Worker of ${name} failed: ${event.message}`);
      ready.reject(this.#failure);
      ended.resolve();
      this.ringEngine();
    };
    worker.postMessage(start);
    this.#workers.push({ worker, ready, ended });
  }

  /** Resolves when all Workers obey the board. */
  async ready(): Promise<void> {
    await Promise.all(this.#workers.map(({ ready }) => ready.promise));
  }

  ringVcpu(vcpu: number): void {
    this.#ring(this.#board.bellOf(vcpu));
  }

  ringEngine(): void {
    this.#ring(this.#board.engineBell);
  }

  get engineRings(): number {
    return Atomics.load(this.#board.words, this.#board.engineBell);
  }

  async engineRung(seen: number): Promise<void> {
    const { words, engineBell } = this.#board;
    while (this.engineRings === seen) {
      if (this.#failure !== null) throw this.#failure;
      const wait = Atomics.waitAsync(words, engineBell, seen);
      if (wait.async) await wait.value;
    }
    if (this.#failure !== null) throw this.#failure;
  }

  async release(): Promise<void> {
    for (let vcpu = 0; vcpu < this.#workers.length; vcpu++) this.ringVcpu(vcpu);
    for (const { worker, ended } of this.#workers.splice(0)) {
      await ended.promise;
      worker.terminate();
    }
  }

  #ring(bell: number): void {
    Atomics.add(this.#board.words, bell, 1);
    Atomics.notify(this.#board.words, bell);
  }
}
