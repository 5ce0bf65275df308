/**
 * One end of a virtual channel: two pipes, seen by the thread that reads and the one that writes.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";
import { type PageBatch, sliceBytes } from "../../wire/page_batch.ts";
import { type Channel, ChannelError, type ChannelRole } from "../world.ts";
import type { Loop } from "./loop.ts";
import type { Pipe, Receiver } from "./pipe.ts";
import { type Operation, PENDING, type Task, WAIT } from "./task.ts";

/** What an end of a channel is made of. */
export interface VirtualChannelOptions {
  readonly role: ChannelRole;
  /** Address, as text. */
  readonly at: string;
  /** The loop that it belongs to: it dies with it. */
  readonly loop: Loop;
  readonly outgoing: Pipe;
  readonly incoming: Pipe;
  /** Called once, when this end was closed or reset by its owner. */
  readonly onClosed: () => void;
}

/** One end. `ended`: the peer has closed; `broken`: the peer or the network has reset; `closed`: this end has. */
export class VirtualChannel implements Channel, Receiver {
  readonly options: VirtualChannelOptions;
  readonly #reading: Reading;
  readonly #writing: Writing;
  #state: "open" | "ended" | "broken" | "closed" = "open";

  constructor(options: VirtualChannelOptions) {
    this.options = options;
    this.#reading = new Reading(this);
    this.#writing = new Writing(this);
    options.incoming.receiver = this;
    options.outgoing.writer = this;
  }

  get role(): ChannelRole {
    return this.options.role;
  }

  /** Whether its owner has closed or reset it. */
  get isClosed(): boolean {
    return this.#state === "closed";
  }

  read(into: Uint8Array): Promise<number | null> {
    this.#reading.begin(into);
    return this.options.loop.scheduler.wait(this.#reading);
  }

  write(bytes: Uint8Array | PageBatch): Promise<void> {
    this.#writing.begin(bytes);
    return this.options.loop.scheduler.wait(this.#writing);
  }

  close(): void {
    this.#closeWith(() => this.options.outgoing.end());
  }

  reset(): void {
    this.#closeWith(() => this.options.outgoing.reset());
  }

  /** The network resets the channel at this end. */
  onReset(): void {
    if (this.#state === "closed") return;
    this.#state = "broken";
    this.options.incoming.abandon();
    this.wake();
  }

  /** Breaks this end alone: the peer is not told, and its bytes are not taken. */
  breakOff(): void {
    if (this.#state === "closed") return;
    this.#state = "broken";
    this.wake();
  }

  onBytes(): void {
    this.#reading.wake();
  }

  onEnd(): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    this.wake();
  }

  /** Lets the threads that wait in this end look again. */
  wake(): void {
    this.#reading.wake();
    this.#writing.wake();
  }

  /** Room was made for a writer of this end. */
  onRoom(): void {
    this.#writing.wake();
  }

  /** Whether bytes that are there may be read; `false` at the end of the stream. */
  mayRead(): boolean {
    this.#check("read from");
    return this.#state === "open" || this.options.incoming.readableBytes > 0;
  }

  /** @throws {ChannelError} when nothing can be written any more. */
  checkWritable(): void {
    this.#check("write to");
    if (this.#state === "ended") throw this.#error("reset", "write to", "the peer has closed it");
  }

  /** For a report. */
  toString(): string {
    return `the ${this.role} channel at ${this.options.at}`;
  }

  #closeWith(tellPeer: () => void): void {
    if (this.#state === "closed") return;
    const wasBroken = this.#state === "broken";
    this.#state = "closed";
    if (!wasBroken) {
      tellPeer();
      this.options.incoming.abandon();
    }
    this.wake();
    this.options.onClosed();
  }

  #check(verb: string): void {
    if (this.#state === "closed") throw this.#error("closed", verb, "this side has closed it");
    if (this.#state === "broken") throw this.#error("reset", verb, "the peer has reset it");
  }

  #error(failure: "reset" | "closed", verb: string, why: string): ChannelError {
    return new ChannelError(failure, `Cannot ${verb} ${this}: ${why}`);
  }
}

/** A read under way, one at a time. */
class Reading implements Operation<number | null> {
  readonly kind = WAIT.read;
  readonly isKernels = true;
  readonly #channel: VirtualChannel;
  #into: Uint8Array | null = null;
  #task: Task | null = null;

  constructor(channel: VirtualChannel) {
    this.#channel = channel;
  }

  begin(into: Uint8Array): void {
    invariant(into.length > 0, "a read needs room for a byte");
    invariant(this.#into === null, "two threads read from one channel");
    this.#into = into;
  }

  wake(): void {
    if (this.#task !== null) this.#channel.options.loop.scheduler.wake(this.#task);
  }

  poll(task: Task): number | null | typeof PENDING {
    const into = this.#into!;
    const { incoming } = this.#channel.options;
    this.#task = null;
    this.#into = null;
    if (!this.#channel.mayRead()) return null;
    const count = incoming.read(into);
    if (count === 0) {
      this.#task = task;
      this.#into = into;
      return PENDING;
    }
    task.loop.spend("system-call", 1);
    return count;
  }

  subject(): string {
    return this.#channel.toString();
  }
}

/** A write under way, one at a time. */
class Writing implements Operation<void> {
  readonly kind = WAIT.write;
  readonly isKernels = true;
  readonly #channel: VirtualChannel;
  #bytes: Uint8Array | PageBatch | null = null;
  #done = 0;
  #begunUs = 0;
  #task: Task | null = null;

  constructor(channel: VirtualChannel) {
    this.#channel = channel;
  }

  begin(bytes: Uint8Array | PageBatch): void {
    invariant(this.#bytes === null, "two threads write to one channel");
    this.#bytes = bytes;
    this.#done = 0;
    this.#begunUs = -1;
  }

  wake(): void {
    if (this.#task !== null) this.#channel.options.loop.scheduler.wake(this.#task);
  }

  poll(task: Task): void | typeof PENDING {
    const bytes = this.#bytes!;
    const { outgoing, loop } = this.#channel.options;
    this.#task = null;
    this.#bytes = null;
    this.#channel.checkWritable();
    if (this.#begunUs < 0) this.#begunUs = Math.floor(loop.scheduler.nowNs / 1000);
    const count = Math.min(bytes.length - this.#done, outgoing.writableBytes);
    const start = this.#done;
    this.#done += count;
    const isLast = this.#done === bytes.length;
    if (count > 0) {
      outgoing.write(sliceBytes(bytes, start, this.#done), isLast ? this.#begunUs : null);
    }
    if (isLast) {
      task.loop.spend("system-call", 1);
      return;
    }
    this.#task = task;
    this.#bytes = bytes;
    return PENDING;
  }

  subject(): string {
    return this.#channel.toString();
  }
}
