/**
 * A Worker that answers requests one at a time, seen from the Worker that started it. The hard thing is its end. An error
 * that escapes there must reject the request that waits here, or that would wait for ever; and a Worker that is merely
 * terminated leaves behind what it has opened (descriptors of its own, Workers that block), so it is always asked to put that
 * away first. After that it can serve another client.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import { NO_POOL, type WorkerKind, type WorkerPool } from "../world/realtime/worker_pool.ts";

/** A Worker whose module calls `serveRequests` with the same two types. `await using` it: that ends the Worker. */
export class WorkerClient<Request, Reply> implements AsyncDisposable {
  readonly #kind: WorkerKind;
  readonly #worker: Worker;
  readonly #pool: WorkerPool;
  readonly #last: Request;
  #waiting: PromiseWithResolvers<Reply> | undefined;
  #failure: Error | undefined;
  #ended = false;

  /**
   * @param module the Worker's file: `new URL("./probe_worker.ts", import.meta.url)`.
   * @param options.last the request after which nothing of the Worker's use is left; it can be made at any time.
   * @param options.permissions `none`: the Worker may touch nothing outside of itself; by default it may what its starter may.
   * @param options.pool where the Worker comes from and goes back to; absent: it is started here, and ended.
   */
  constructor(
    module: URL,
    options: {
      readonly name: string;
      readonly last: Request;
      readonly permissions?: WorkerKind["permissions"];
      readonly pool?: WorkerPool;
    },
  ) {
    const { name, last, permissions = "inherit", pool = NO_POOL } = options;
    this.#kind = { module, name, permissions };
    this.#last = last;
    this.#pool = pool;
    this.#worker = pool.take(this.#kind);
    this.#worker.onmessage = (event: MessageEvent<Reply>) => {
      this.#waiting?.resolve(event.data);
      this.#waiting = undefined;
    };
    this.#worker.onerror = (event) => {
      // Told to the one who waits, not to the process, which would end without cleaning up.
      event.preventDefault();
      this.#failure = new Error(`Worker "${this.#kind.name}" failed: ${event.message}`);
      this.#waiting?.reject(this.#failure);
      this.#waiting = undefined;
    };
  }

  /**
   * Sends a request and resolves with its reply. One at a time.
   *
   * @throws {Error} if the Worker has failed.
   */
  ask(request: Request): Promise<Reply> {
    invariant(!this.#ended, `Worker "${this.#kind.name}" was asked after its end`);
    invariant(this.#waiting === undefined, `Worker "${this.#kind.name}" was asked twice at once`);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#waiting = Promise.withResolvers<Reply>();
    this.#worker.postMessage(request);
    return this.#waiting.promise;
  }

  /**
   * Sends the last request, gives the Worker back and resolves with the reply.
   *
   * @throws {Error} if the Worker has failed; it is ended then.
   */
  async end(): Promise<Reply> {
    try {
      return await this.ask(this.#last);
    } finally {
      this.#ended = true;
      if (this.#failure !== undefined) this.#worker.terminate();
      else this.#pool.give(this.#kind, this.#worker);
    }
  }

  /** Ends the Worker where it is. Only for one that has opened nothing; a request that is under way is never answered. */
  terminate(): void {
    this.#ended = true;
    this.#worker.terminate();
  }

  /** Ends the Worker, if `end` has not, once the request that is under way is answered. Never throws. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#waiting?.promise.catch(() => {});
    if (!this.#ended) await this.end().catch(() => {});
  }
}
