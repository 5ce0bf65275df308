/**
 * The memory that a World and one of its connect Workers share: one connect at a time. It is memory and not messages
 * because a loop that is held on the connect reads none.
 *
 * The hard thing is who closes the descriptor when an abort and the end of the connect cross. One status word settles
 * it, since each change of it is one compare-and-exchange, made by one side:
 *
 *     idle --World--> pending --Worker--> done --World--> idle       the World has the descriptor
 *                     pending --World--> aborted --Worker--> idle    the Worker closes it
 *     idle --World--> stopping                                       the Worker ends
 *
 * @module
 */

import { invariant } from "../../invariant.ts";
import { blockUntil, type SharedWords, storeAndNotify, waitWhile } from "./shared_words.ts";

/** What the connect Worker does, once the time has come. */
export interface ConnectRequest {
  /** `refuse` fails without connecting; `reset` connects and breaks the connection. */
  readonly kind: "connect" | "refuse" | "reset";
  /** A `struct sockaddr`. */
  readonly address: Uint8Array<ArrayBuffer>;
  /** Not before this time of the process clock, in microseconds; `Infinity`: never. */
  readonly notBeforeUs: number;
}

/** How a connect ended, as the Worker sees it. */
export type ConnectOutcome =
  | { readonly kind: "connected"; readonly fd: number }
  | { readonly kind: "reset" }
  | { readonly kind: "failed"; readonly errno: number };

const REQUEST_KINDS = ["connect", "refuse", "reset"] as const;
const OUTCOME_KINDS = ["connected", "reset", "failed"] as const;

const Status = { idle: 0, pending: 1, done: 2, aborted: 3, stopping: 4 } as const;

/** Word indices: status, outcome and its descriptor or errno; request kind and address length. */
const STATUS = 0;
const OUTCOME = 1;
const VALUE = 2;
const REQUEST = 3;
const ADDRESS_BYTES = 4;
const NOT_BEFORE_OFFSET = 24;
const ADDRESS_OFFSET = 32;
const ADDRESS_BYTES_MAX = 128;

/** One side's view of the memory. */
export class ConnectSlot {
  readonly memory: SharedArrayBuffer;
  readonly #words: SharedWords;
  readonly #notBefore: Float64Array;
  readonly #address: Uint8Array;

  constructor(memory = new SharedArrayBuffer(ADDRESS_OFFSET + ADDRESS_BYTES_MAX)) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, ADDRESS_BYTES + 1);
    this.#notBefore = new Float64Array(memory, NOT_BEFORE_OFFSET, 1);
    this.#address = new Uint8Array(memory, ADDRESS_OFFSET);
  }

  // -- The World's side --

  /** Whether a connect can be started here. */
  get isIdle(): boolean {
    return this.#status === Status.idle;
  }

  /** Whether the connect that was started is still under way. */
  get isPending(): boolean {
    return this.#status === Status.pending;
  }

  /** Hands a request to the Worker; the slot must be idle. */
  start(request: ConnectRequest): void {
    this.#words[REQUEST] = REQUEST_KINDS.indexOf(request.kind);
    this.#words[ADDRESS_BYTES] = request.address.length;
    this.#notBefore[0] = request.notBeforeUs;
    this.#address.set(request.address);
    const started = this.#change(Status.idle, Status.pending);
    invariant(started, "a connect Worker was given a connect while it had one");
  }

  /** Waits, with the loop, while the connect is under way; `isWanted` tells it from the slot's next one. */
  async waitWhilePending(isWanted: () => boolean): Promise<void> {
    await waitWhile(this.#words, STATUS, Status.pending, isWanted);
  }

  /** Blocks this thread while the connect is under way, for `us` at most. */
  blockWhilePending(us: number): void {
    Atomics.wait(this.#words, STATUS, Status.pending, us / 1000);
  }

  /** Gives the connect up. @returns false when it has ended already: then its outcome must be taken. */
  abort(): boolean {
    return this.#change(Status.pending, Status.aborted);
  }

  /** The outcome of a connect that has ended; from now on the slot is idle. */
  take(): ConnectOutcome {
    const kind = OUTCOME_KINDS[this.#words[OUTCOME]!]!;
    const value = this.#words[VALUE]!;
    const taken = this.#change(Status.done, Status.idle);
    invariant(taken, "the outcome of a connect was taken before it ended, or twice");
    switch (kind) {
      case "connected":
        return { kind, fd: value };
      case "reset":
        return { kind };
      case "failed":
        return { kind, errno: value };
    }
  }

  /** Waits for a connect that was aborted, so that its descriptor is closed. */
  async settled(): Promise<void> {
    await waitWhile(this.#words, STATUS, Status.aborted);
  }

  /** Ends the Worker's loop, after a connect that was aborted. */
  async stop(): Promise<void> {
    await this.settled();
    const stopping = this.#change(Status.idle, Status.stopping);
    invariant(stopping, "a connect Worker was stopped while a connect was under way");
  }

  // -- The Worker's side --

  /** Blocks until there is a request; `null` when the Worker shall end. */
  nextRequest(): ConnectRequest | null {
    for (const before of [Status.done, Status.idle]) {
      blockUntil(this.#words, STATUS, before, Infinity, () => 0);
    }
    if (this.#status === Status.stopping) return null;
    return {
      kind: REQUEST_KINDS[this.#words[REQUEST]!]!,
      address: this.#address.slice(0, this.#words[ADDRESS_BYTES]),
      notBeforeUs: this.#notBefore[0]!,
    };
  }

  /** Blocks until `deadlineUs`. @returns false when the connect was given up before. */
  sleepUntil(deadlineUs: number, nowUs: () => number): boolean {
    return blockUntil(this.#words, STATUS, Status.pending, deadlineUs, nowUs);
  }

  /** Hands over the outcome. @returns false when the connect was given up: then the Worker closes what it has. */
  finish(outcome: ConnectOutcome): boolean {
    this.#words[OUTCOME] = OUTCOME_KINDS.indexOf(outcome.kind);
    this.#words[VALUE] = outcome.kind === "connected"
      ? outcome.fd
      : outcome.kind === "failed"
      ? outcome.errno
      : 0;
    return this.#change(Status.pending, Status.done);
  }

  /** Says that nothing is left of a connect that was given up. */
  release(): void {
    storeAndNotify(this.#words, STATUS, Status.idle);
  }

  get #status(): number {
    return Atomics.load(this.#words, STATUS);
  }

  #change(from: number, to: number): boolean {
    const changed = Atomics.compareExchange(this.#words, STATUS, from, to) === from;
    if (changed) Atomics.notify(this.#words, STATUS);
    return changed;
  }
}
