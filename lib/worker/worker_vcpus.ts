/**
 * vCPUs in real time: a Worker each, on shared memory. The engine's side never blocks: it waits with `Atomics.waitAsync`, which
 * turns its loop. A vCPU that fails must not leave the engine waiting for it: every wait here ends with an error.
 *
 * @module
 */

import { InvariantError } from "../invariant.ts";
import { GuestVcpus, type VcpuBells } from "../ram/guest_vcpus.ts";
import { VcpuBoard } from "../ram/vcpu_board.ts";
import { processClock } from "../world/realtime/process_clock.ts";
import { type SharedVcpuWorkers, VcpuWorkers, type WorkerVcpusOptions } from "./vcpu_workers.ts";

/** The vCPUs of Workers that run already. Who has started these ends them, after `close()` of the vCPUs. */
export function attachWorkerVcpus(shared: SharedVcpuWorkers): GuestVcpus {
  return vcpusOf(shared, () => Promise.resolve());
}

/**
 * Starts one Worker for each vCPU; resolves when all of them are ready to run. `close()` them.
 *
 * @throws {GuestSpecError} when the guest does not fit the RAM.
 * @throws {InvariantError} when a Worker does not start.
 */
export async function startWorkerVcpus(options: WorkerVcpusOptions): Promise<GuestVcpus> {
  const workers = new VcpuWorkers(options);
  try {
    await workers.ready();
  } catch (error) {
    await workers.close().catch(() => {});
    throw error;
  }
  return vcpusOf(workers.shared, () => workers.close());
}

function vcpusOf(shared: SharedVcpuWorkers, release: () => Promise<void>): GuestVcpus {
  const board = VcpuBoard.attach(shared.board);
  const bells = new WorkerBells(board, new Int32Array(shared.failed), release);
  return new GuestVcpus(board, bells, processClock(shared.originMs));
}

/** Bells between Workers: a word counts the rings, `Atomics.notify` wakes who waits for it to change. */
class WorkerBells implements VcpuBells {
  readonly release: () => Promise<void>;
  readonly #board: VcpuBoard;
  readonly #failed: Int32Array;

  constructor(board: VcpuBoard, failed: Int32Array, release: () => Promise<void>) {
    this.#board = board;
    this.#failed = failed;
    this.release = release;
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
      this.#throwIfFailed();
      const wait = Atomics.waitAsync(words, engineBell, seen);
      if (wait.async) await wait.value;
    }
    this.#throwIfFailed();
  }

  #throwIfFailed(): void {
    if (Atomics.load(this.#failed, 0) !== 0) {
      throw new InvariantError("The Worker of a vCPU failed");
    }
  }

  #ring(bell: number): void {
    Atomics.add(this.#board.words, bell, 1);
    Atomics.notify(this.#board.words, bell);
  }
}
