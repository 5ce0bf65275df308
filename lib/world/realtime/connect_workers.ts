/**
 * The connect Workers of one World: an idle one takes the next connect, and where none is idle another is started, so
 * that a connect that hangs delays no other. Usually there is one.
 *
 * @module
 */

import { type ConnectOwner, WorkerConnect } from "./connect_operation.ts";
import { type ConnectRequest, ConnectSlot } from "./connect_slot.ts";
import { JoinedWorker } from "./joined_worker.ts";

/** What a connect Worker is started with. */
export interface ConnectWorkerStart {
  readonly memory: SharedArrayBuffer;
  /** The origin of the clock in which requests give their time. */
  readonly originMs: number;
}

interface ConnectWorker {
  readonly slot: ConnectSlot;
  readonly worker: JoinedWorker;
  /** The last connect that it was given. */
  operation: WorkerConnect | null;
}

const MODULE = new URL("../../worker/connect_worker.ts", import.meta.url);

/** Starts connects. */
export class ConnectWorkers {
  readonly #originMs: number;
  readonly #workers: ConnectWorker[] = [];

  constructor(originMs: number) {
    this.#originMs = originMs;
  }

  /** Starts a connect; returns at once. */
  start(request: ConnectRequest, owner: ConnectOwner): WorkerConnect {
    const worker = this.#workers.find(({ slot }) => slot.isIdle) ?? this.#startWorker();
    worker.slot.start(request);
    return worker.operation = new WorkerConnect(worker.slot, owner);
  }

  /** Aborts what is under way and joins the Workers. */
  async close(): Promise<void> {
    await Promise.all(
      this.#workers.splice(0).map(async ({ operation, slot, worker }) => {
        operation?.abort();
        await slot.stop();
        await worker.join();
      }),
    );
  }

  #startWorker(): ConnectWorker {
    const slot = new ConnectSlot();
    const start: ConnectWorkerStart = { memory: slot.memory, originMs: this.#originMs };
    const worker = { slot, worker: new JoinedWorker(MODULE, "connect", start), operation: null };
    this.#workers.push(worker);
    return worker;
  }
}
