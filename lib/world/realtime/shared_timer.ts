/**
 * The memory that one timer Worker shares with its clients, one client for each World, in any Worker of the process.
 * A client's own alarms are in its own list (`alarms.ts`): here it has one deadline, its earliest.
 *
 * The hard thing is to lose none: the Worker reads the doorbell before it looks at the deadlines, and sleeps only
 * while the doorbell is the same; it takes a deadline away by compare-and-exchange, so that one that was changed
 * meanwhile stays.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";
import { addAndNotify, blockUntil, type SharedWords, waitWhile } from "./shared_words.ts";
import { JoinedWorker } from "./joined_worker.ts";
import { processClock } from "./process_clock.ts";
import type { WorkerPool } from "./worker_pool.ts";

/** A running timer Worker, as it is passed to other Workers. */
export interface SharedTimer {
  readonly memory: SharedArrayBuffer;
  /** The origin of the clock that all its clients use. */
  readonly originMs: number;
}

/** How many Worlds one timer Worker serves. */
export const TIMER_CLIENTS_MAX = 64;

const DOORBELL = 0;
const STOP = 1;
/** Words of the clients: whether the place is taken, and how often its deadline has come. */
const TAKEN = 2;
const RINGS = TAKEN + TIMER_CLIENTS_MAX;
const WORDS = RINGS + TIMER_CLIENTS_MAX;
/** No deadline. */
const NONE = 0n;

interface TimerMemory {
  readonly words: SharedWords;
  /** In microseconds of the process clock. */
  readonly deadlines: BigInt64Array<SharedArrayBuffer>;
}

function timerMemory(memory: SharedArrayBuffer): TimerMemory {
  return {
    words: new Int32Array(memory, 0, WORDS),
    deadlines: new BigInt64Array(memory, 4 * WORDS, TIMER_CLIENTS_MAX),
  };
}

/** A timer Worker and the way to end it; its owner closes it after all clients. */
export class TimerWorker {
  readonly timer: SharedTimer;
  readonly #worker: JoinedWorker;

  /** @param originMs where the process clock starts. @default {performance.timeOrigin} */
  constructor(originMs: number = performance.timeOrigin, pool?: WorkerPool) {
    const memory = new SharedArrayBuffer(4 * WORDS + 8 * TIMER_CLIENTS_MAX);
    this.timer = { memory, originMs };
    const module = new URL("../../worker/timer_worker.ts", import.meta.url);
    this.#worker = new JoinedWorker(module, "timer", this.timer, pool);
  }

  /** Ends the Worker and waits until it has. */
  async close(): Promise<void> {
    const { words } = timerMemory(this.timer.memory);
    Atomics.store(words, STOP, 1);
    addAndNotify(words, DOORBELL);
    await this.#worker.join();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** What the timer Worker does: rings its clients in time, until it is told to stop. */
export function serveTimer({ memory, originMs }: SharedTimer): void {
  const { words, deadlines } = timerMemory(memory);
  const nowUs = processClock(originMs);
  for (;;) {
    const doorbell = Atomics.load(words, DOORBELL);
    if (Atomics.load(words, STOP) === 1) return;
    let earliestUs = Infinity;
    for (let client = 0; client < TIMER_CLIENTS_MAX; client++) {
      if (Atomics.load(words, TAKEN + client) === 0) continue;
      const deadline = Atomics.load(deadlines, client);
      if (deadline === NONE) continue;
      const deadlineUs = Number(deadline);
      if (deadlineUs > nowUs()) {
        earliestUs = Math.min(earliestUs, deadlineUs);
      } else if (Atomics.compareExchange(deadlines, client, deadline, NONE) === deadline) {
        addAndNotify(words, RINGS + client);
      }
    }
    blockUntil(words, DOORBELL, doorbell, earliestUs, nowUs);
  }
}

/** One World's place at the timer Worker. */
export class TimerClient {
  readonly #words: SharedWords;
  readonly #deadlines: BigInt64Array<SharedArrayBuffer>;
  readonly #client: number;

  constructor({ memory }: SharedTimer) {
    const { words, deadlines } = timerMemory(memory);
    this.#words = words;
    this.#deadlines = deadlines;
    this.#client = takePlace(words);
  }

  /** How often a deadline has come: read before `setDeadline`, and waited for with `waitWhile`. */
  get rings(): number {
    return Atomics.load(this.#words, RINGS + this.#client);
  }

  /** Replaces the deadline; `null`: none. */
  setDeadline(deadlineUs: number | null): void {
    const deadline = deadlineUs === null ? NONE : BigInt(Math.max(1, Math.ceil(deadlineUs)));
    Atomics.store(this.#deadlines, this.#client, deadline);
    addAndNotify(this.#words, DOORBELL);
  }

  /** Resolves when the deadline has come, if it had come `rings` times before. */
  async waitForRing(rings: number): Promise<void> {
    await waitWhile(this.#words, RINGS + this.#client, rings);
  }

  /** Ends a wait before its deadline. */
  ring(): void {
    addAndNotify(this.#words, RINGS + this.#client);
  }

  /** Gives the place back. */
  close(): void {
    this.setDeadline(null);
    Atomics.store(this.#words, TAKEN + this.#client, 0);
  }
}

function takePlace(words: SharedWords): number {
  for (let client = 0; client < TIMER_CLIENTS_MAX; client++) {
    if (Atomics.compareExchange(words, TAKEN + client, 0, 1) === 0) return client;
  }
  invariant(false, `one timer Worker serves at most ${TIMER_CLIENTS_MAX} Worlds`);
}
