/**
 * A Worker that answers requests one at a time, seen from the Worker that started it. The hard thing is never to hang on one
 * that died: an error that escapes there rejects the request that is waiting here.
 *
 * @module
 */

import { invariant } from "../invariant.ts";

/** A Worker whose module calls `serveRequests` with the same two types. `using` it: that ends the Worker. */
export class WorkerClient<Request, Reply> implements Disposable {
  readonly #worker: Worker;
  readonly #name: string;
  #waiting: PromiseWithResolvers<Reply> | undefined;
  #failure: Error | undefined;

  /** @param module the Worker's file, as a URL relative to the caller: `new URL("./probe_worker.ts", import.meta.url)`. */
  constructor(module: URL, name: string) {
    this.#name = name;
    this.#worker = new Worker(module, { type: "module", name });
    this.#worker.onmessage = (event: MessageEvent<Reply>) => {
      this.#waiting?.resolve(event.data);
      this.#waiting = undefined;
    };
    this.#worker.onerror = (event) => {
      // Told to the one who waits, who would otherwise wait for ever; not to the process, which would end without cleaning up.
      event.preventDefault();
      this.#failure = new Error(`Worker "${name}" failed: ${event.message}`);
      this.#waiting?.reject(this.#failure);
      this.#waiting = undefined;
    };
  }

  /**
   * Sends one request and resolves with its reply.
   *
   * @throws {Error} if the Worker failed.
   */
  ask(request: Request): Promise<Reply> {
    invariant(this.#waiting === undefined, `Worker "${this.#name}" was asked twice at once`);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#waiting = Promise.withResolvers<Reply>();
    this.#worker.postMessage(request);
    return this.#waiting.promise;
  }

  /** Ends the Worker. Its module never blocks for long between two requests, so this leaves nothing behind. */
  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
