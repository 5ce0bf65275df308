/**
 * A Worker that runs one blocking loop and is joined when that loop has ended. The hard thing is that `terminate()`
 * does not stop a thread in `Atomics.wait` or in a system call, and the process then never ends: so the loop is told
 * to stop through shared memory, the Worker says that it has, and only then it is terminated, or goes back to its pool.
 *
 * @module
 */

import { NO_POOL, type WorkerKind, type WorkerPool } from "./worker_pool.ts";

/** A running Worker whose module calls `runJoinedLoop`. */
export class JoinedWorker {
  readonly #kind: WorkerKind;
  readonly #pool: WorkerPool;
  readonly #worker: Worker;
  readonly #ended = Promise.withResolvers<void>();
  #joined: Promise<void> | undefined;

  /**
   * @param start what the loop is given; shared memory by which it can be told to stop is in it.
   * @param pool where the Worker comes from and goes back to; absent: it is started here, and ended.
   */
  constructor(module: URL, name: string, start: unknown, pool: WorkerPool = NO_POOL) {
    this.#kind = { module, name };
    this.#pool = pool;
    this.#worker = pool.take(this.#kind);
    this.#worker.onmessage = () => this.#ended.resolve();
    this.#worker.postMessage(start);
  }

  /** Waits until the loop has ended, which the caller has told it to, and gives the Worker back. */
  join(): Promise<void> {
    return this.#joined ??= this.#ended.promise.then(() =>
      this.#pool.give(this.#kind, this.#worker)
    );
  }
}

/** What a Worker's global scope has, which its type in a module does not say. */
interface WorkerScope {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown): void;
}

/** The inside of a JoinedWorker: runs `loop` with what the constructor was given, and says when it has ended. */
export function runJoinedLoop<Start>(loop: (start: Start) => void): void {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = (event: MessageEvent<Start>) => {
    loop(event.data);
    scope.postMessage("ended");
  };
}
