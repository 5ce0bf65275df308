/**
 * The seam between the engines and everything outside of them: clock, network, main loop, chance.
 *
 * Engine code is ordinary async TypeScript that awaits only what its World gives it. Two worlds implement this contract:
 * `virtual/` (one isolate, virtual time, seeded) and `realtime/` (Workers, sockets). The hard thing about it is one rule that the
 * virtual world depends on: **every promise that a World method returns is awaited at once, by the thread that called the method**,
 * so a thread is always in exactly one wait (no `Promise.all` or `Promise.race` over World promises: spawn a thread and join it).
 * That is how the virtual scheduler knows when nothing is runnable and time may jump.
 *
 * @module
 */

import type { PageBatch } from "../wire/page_batch.ts";
import type { Address } from "./address.ts";

/** What a channel is for. A connect carries its role, so that a shim never guesses. */
export type ChannelRole = "main" | "preempt" | "qmp" | "probe";

/** Microseconds. In virtual time the clock starts at 0, in real time all Workers share one origin. */
export interface Clock {
  /** Now, in integer microseconds, never going back. */
  now(): number;
  /**
   * Resolves after `us` microseconds (never earlier), or at once when `signal` aborts: the caller looks at the clock or at its own
   * state to tell which. Never rejects. `us` <= 0 resolves without letting time pass.
   */
  sleep(us: number, signal?: AbortSignal): Promise<void>;
}

/** Why a channel operation failed. `reset`: the peer or the network broke it; `closed`: this side closed it. */
export type ChannelFailure = "reset" | "closed";

/** A read or write that the network or a local close ended. An operating error: callers turn it into a status. */
export class ChannelError extends Error {
  override readonly name = "ChannelError";
  constructor(readonly failure: ChannelFailure, message: string) {
    super(message);
  }
}

/**
 * A byte stream with two directions. One reader thread and one writer at a time.
 *
 * - Order: bytes arrive in the order written, in chunks of any size.
 * - Ownership: `into` and `bytes` belong to the channel until the promise settles, then to the caller again (buffers are reused). Both may
 *   lie on a SharedArrayBuffer. A batch's pages are guest RAM: what they hold is read at some time before the promise settles.
 * - Backpressure: `write` resolves when the channel has taken all bytes, which may be long before the peer reads them.
 * - `close()` ends both directions: bytes already written still reach the peer, which then reads `null`. Own pending and later reads and
 *   writes reject with ChannelError "closed". Idempotent, never throws.
 * - `reset()` drops what is in flight: the peer's reads and writes reject with ChannelError "reset" (a peer may see `null` where the
 *   carrier cannot tell). Own pending and later ones reject with "closed".
 * - Writing to a channel that the peer closed rejects with "reset", at the latest on the second write.
 */
export interface Channel {
  readonly role: ChannelRole;
  /** Reads at least 1 and at most `into.length` bytes; `null` at the end of the stream. */
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array | PageBatch): Promise<void>;
  close(): void;
  reset(): void;
}

/** How a connect ended. Refusal is an outcome, not an exception. `cause` is a short text, e.g. "Connection refused". */
export type ConnectResult =
  | { readonly kind: "connected"; readonly channel: Channel }
  | { readonly kind: "failed"; readonly cause: string };

/** An outgoing connect that was started. */
export interface ConnectOperation {
  /** Resolves when the connect ended, well or badly; also after `abort()` (failed, cause "aborted"). May be called once. */
  wait(): Promise<ConnectResult>;
  /** Ends a connect that is still under way; a channel that nobody took yet is closed. Idempotent, never throws. */
  abort(): void;
}

/** Accepts incoming connections at one address. The role of an accepted channel is unknown: it is given by the listener. */
export interface Listener {
  /** The address as bound (a TCP port 0 is resolved). */
  readonly address: Address;
  /** The next connection, or `null` once the listener is closed. */
  accept(): Promise<Channel | null>;
  /** Stops listening; a Unix socket's file is removed. Idempotent. */
  close(): void;
}

export interface Network {
  /** @throws {AddressError} when the address cannot be bound (in use, no such folder, no permission). */
  listen(address: Address, role: ChannelRole): Listener;
  /** Starts a connect in the connect worker; returns at once. */
  connect(address: Address, role: ChannelRole): ConnectOperation;
}

/** A running thread of an engine. */
export interface Thread {
  readonly name: string;
  /** Resolves when the thread has returned. A thread that throws is a bug in Faultline: the world reports it and ends the run. */
  join(): Promise<void>;
}

/**
 * Threads wait on a condition and check their predicate again: `while (!ready) await condition.wait()`. Nothing is remembered: a
 * `notify` with nobody waiting has no effect, so a leftover token cannot exist.
 */
export interface Condition {
  /** Resolves at the next `notify()`, or after `timeoutUs` if given. */
  wait(timeoutUs?: number): Promise<void>;
  /** Wakes every waiting thread, in the order in which they began to wait. Callable from anywhere, returns at once. */
  notify(): void;
}

/** Work that costs time: `lib/world/virtual/cost_table.ts` has the price of each. Real time pays by doing it. */
export type Work =
  | "page-copied"
  | "page-scanned"
  | "record-parsed"
  | "system-call"
  | "qmp-command"
  | "connect";

/** One engine's main loop. What runs between two awaits has the Big QEMU Lock. */
export interface MainLoop {
  /** Starts a thread; it first runs when the caller next awaits. Its name is QEMU's: "migration", "return-path", "fault", ... */
  spawn(name: string, thread: () => Promise<void>): Thread;
  condition(): Condition;
  /** Notes work just done. Virtual time is paid for it at the next World wait; real time ignores it. */
  spend(work: Work, count?: number): void;
  /** Lets the loop serve everything else that is ready, sockets included, then goes on. Awaited after every batch of work. */
  turn(): Promise<void>;
  /**
   * Waits for `operation` the way a synchronous connect does: **this engine's loop serves nothing until it ends**. That is the
   * `blocking` policy, and nothing else may use it.
   */
  hold(operation: ConnectOperation): Promise<ConnectResult>;
}

/** A seeded source of chance. Equal seeds give equal draws on every machine; forks are independent of their parent's later draws. */
export interface Random {
  /** A uniform integer in [0, bound); bound in [1, 2^31]. */
  integer(bound: number): number;
  /** A uniform number in [0, 1). */
  fraction(): number;
  /** A generator of its own for `name`: adding a draw in one does not shift the others. */
  fork(name: string): Random;
}

/** What an engine may touch of the outside. Nothing else in lib/engine reads a clock, opens a socket or draws a number. */
export interface World {
  readonly clock: Clock;
  readonly network: Network;
  readonly mainLoop: MainLoop;
  readonly random: Random;
}
