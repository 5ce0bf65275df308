/**
 * The connect Workers of one World: an idle one takes the next connect, and where none is idle another is started, so
 * that a connect that hangs delays no other. Usually there is one.
 *
 * The hard thing is where it is started. A Worker that is started by a Worker costs a second in Deno 2.9 (its inspector
 * waits half a second for a debugger at the start, and again at the first message); so the main thread can start the
 * first one of a World that lives in a Worker.
 *
 * @module
 */

import { type ConnectOwner, WorkerConnect } from "./connect_operation.ts";
import { type ConnectRequest, ConnectSlot } from "./connect_slot.ts";
import { JoinedWorker } from "./joined_worker.ts";
import type { WorkerPool } from "./worker_pool.ts";

/** What a connect Worker is started with. */
export interface ConnectWorkerStart {
  readonly memory: SharedArrayBuffer;
  /** The origin of the clock in which requests give their time. */
  readonly originMs: number;
}

const MODULE = new URL("../../worker/connect_worker.ts", import.meta.url);

/** One connect Worker, for the thread that starts it. */
export class ConnectWorker implements AsyncDisposable {
  readonly slot = new ConnectSlot();
  readonly #worker: JoinedWorker;

  /** @param originMs where the process clock starts. */
  constructor(originMs: number, pool?: WorkerPool) {
    const start: ConnectWorkerStart = { memory: this.slot.memory, originMs };
    this.#worker = new JoinedWorker(MODULE, "connect", start, pool);
  }

  /** Ends the Worker, after the World that used it was closed. */
  async close(): Promise<void> {
    // Nothing is pending, unless that World's Worker has failed.
    this.slot.abort();
    await this.slot.stop();
    await this.#worker.join();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** A slot and who looks after it. */
interface Place {
  readonly slot: ConnectSlot;
  /** `null`: whoever lent the slot ends its Worker. */
  readonly worker: ConnectWorker | null;
  /** The last connect that it was given. */
  operation: WorkerConnect | null;
}

/** What the connect Workers of a World are started with. */
export interface ConnectWorkersOptions {
  /** Where the process clock starts. */
  readonly originMs: number;
  /** The slot's memory of a connect Worker that another thread has started and ends. */
  readonly connectWorker?: SharedArrayBuffer | undefined;
  /** Where others come from and go back to. */
  readonly pool?: WorkerPool | undefined;
}

/** Starts connects. */
export class ConnectWorkers {
  readonly #options: ConnectWorkersOptions;
  readonly #places: Place[] = [];

  constructor(options: ConnectWorkersOptions) {
    this.#options = options;
    const { connectWorker: lent } = options;
    if (lent === undefined) return;
    this.#places.push({ slot: new ConnectSlot(lent), worker: null, operation: null });
  }

  /** Starts a connect; returns at once. */
  start(request: ConnectRequest, owner: ConnectOwner): WorkerConnect {
    const place = this.#places.find(({ slot }) => slot.isIdle) ?? this.#startWorker();
    place.slot.start(request);
    return place.operation = new WorkerConnect(place.slot, owner);
  }

  /** Aborts what is under way, until nothing of it is left, and joins the Workers that were started here. */
  async close(): Promise<void> {
    await Promise.all(
      this.#places.splice(0).map(async ({ operation, slot, worker }) => {
        operation?.abort();
        if (worker === null) await slot.settled();
        else await worker.close();
      }),
    );
  }

  #startWorker(): Place {
    const worker = new ConnectWorker(this.#options.originMs, this.#options.pool);
    const place = { slot: worker.slot, worker, operation: null };
    this.#places.push(place);
    return place;
  }
}
