/**
 * Workers that are used again. A new Worker runs cold code: for its first second each function is parsed, interpreted and compiled,
 * on the core that a measurement needs. An engine that lives for days has none of that, and neither has QEMU, so whoever
 * measures several runs keeps their Workers in a pool.
 *
 * The hard thing is that nothing of one use is left for the next: a Worker is given back only after it has said that it has ended what
 * it was doing, and one that failed is not given back at all.
 *
 * @module
 */

/** What a Worker is started from. */
export interface WorkerKind {
  readonly module: URL;
  /** What it is used for: warm code is warm for that. */
  readonly name: string;
  /** `none`: it may touch nothing outside of itself. @default {"inherit"}, what its starter may */
  readonly permissions?: "none" | "inherit";
}

/**
 * Starts Workers, or lends those that were given back. Dispose of it when nothing that it lent is used any more.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * using pool = new WorkerPool();
 * const kind = { module: new URL("../../worker/timer_worker.ts", import.meta.url), name: "timer" };
 * const worker = pool.take(kind);
 * pool.give(kind, worker);
 * assert(pool.take(kind) === worker);
 * pool.give(kind, worker);
 * ```
 */
export class WorkerPool implements Disposable {
  readonly #idle = new Map<string, Worker[]>();
  #closed = false;

  /** An idle Worker of this kind, or a new one. */
  take(kind: WorkerKind): Worker {
    return this.#idle.get(keyOf(kind))?.pop() ?? startWorker(kind);
  }

  /** Takes a Worker back of whose use nothing is left. */
  give(kind: WorkerKind, worker: Worker): void {
    worker.onmessage = null;
    worker.onerror = null;
    if (this.#closed) return worker.terminate();
    const key = keyOf(kind);
    this.#idle.set(key, [...this.#idle.get(key) ?? [], worker]);
  }

  /** Ends the idle Workers; one that is given back later is ended then. */
  [Symbol.dispose](): void {
    this.#closed = true;
    for (const worker of [...this.#idle.values()].flat()) worker.terminate();
    this.#idle.clear();
  }
}

/** A pool that keeps nothing: each Worker is new, and ended when it is given back. */
export const NO_POOL: WorkerPool = new WorkerPool();
NO_POOL[Symbol.dispose]();

function startWorker({ module, name, permissions = "inherit" }: WorkerKind): Worker {
  return new Worker(module, { type: "module", name, deno: { permissions } });
}

function keyOf({ module, name, permissions = "inherit" }: WorkerKind): string {
  return `${module} ${name} ${permissions}`;
}
