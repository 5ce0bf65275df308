/**
 * Lines of text over a Channel: what QMP needs of a transport, for client and server alike.
 *
 * The hard thing is that neither direction may wait for the other: a peer that reads slowly must not stop whoever has
 * something to say. So `send` only queues, a writer thread writes what is queued in one piece, and `waiting` tells
 * how far the peer is behind. The reader lets the main loop turn between two reads, or a peer that floods would
 * starve everything else.
 *
 * @module
 */

import {
  type Channel,
  ChannelError,
  type Condition,
  type MainLoop,
  type Thread,
} from "../world/world.ts";

/** A peer sent a line that is longer than allowed. The channel is of no use any more. */
export class LineTooLongError extends Error {
  override readonly name = "LineTooLongError";
}

const LINE_FEED = 0x0a;
const READ_BYTES = 16 * 1024;

/** A channel that carries lines. One thread reads, any number of threads send. */
export class LineChannel {
  readonly #mainLoop: MainLoop;
  readonly #channel: Channel;
  readonly #lineBytesMax: number;
  readonly #changed: Condition;
  readonly #writer: Thread;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #bytes = new Uint8Array(READ_BYTES);
  /** Read but not yet returned: `#bytes` from `#start` to `#end`. */
  #start = 0;
  #end = 0;
  #hasRead = false;
  #queue: string[] = [];
  #state: "open" | "finishing" | "closed" = "open";

  /**
   * Takes the channel over and starts its writer thread.
   *
   * @param options.name names the writer thread: `NAME-writer`
   * @param options.lineBytesMax longest line that the peer may send, in bytes without its end
   */
  constructor(
    mainLoop: MainLoop,
    channel: Channel,
    options: { readonly name: string; readonly lineBytesMax: number },
  ) {
    this.#mainLoop = mainLoop;
    this.#channel = channel;
    this.#lineBytesMax = options.lineBytesMax;
    this.#changed = mainLoop.condition();
    this.#writer = mainLoop.spawn(`${options.name}-writer`, () => this.#write());
  }

  /** Lines that were sent but that the writer has not taken yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * The next line, without its end (`\n` or `\r\n`); `null` at the end of the stream, where an unfinished line is
   * dropped.
   *
   * @throws {ChannelError} when the channel broke or was closed on this side
   * @throws {LineTooLongError} when the peer's line has no end within the limit
   */
  async readLine(): Promise<string | null> {
    let searched = this.#start;
    for (;;) {
      const end = this.#bytes.subarray(0, this.#end).indexOf(LINE_FEED, searched);
      const length = (end < 0 ? this.#end : end) - this.#start;
      if (length > this.#lineBytesMax) {
        throw new LineTooLongError(`A line is longer than ${this.#lineBytesMax} bytes`);
      }
      if (end >= 0) return this.#takeLine(end);
      this.#makeRoom();
      searched = this.#end;
      if (this.#hasRead) await this.#mainLoop.turn();
      this.#hasRead = true;
      const count = await this.#channel.read(this.#bytes.subarray(this.#end));
      if (count === null) return null;
      this.#end += count;
    }
  }

  #takeLine(end: number): string {
    const line = this.#decoder.decode(this.#bytes.subarray(this.#start, end));
    this.#start = end + 1;
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  }

  /** Makes room behind the unfinished line: moves it to the front, into a larger buffer if need be. */
  #makeRoom(): void {
    const unfinished = this.#bytes.subarray(this.#start, this.#end);
    const isFull = this.#bytes.length - unfinished.length < READ_BYTES;
    if (this.#start === 0 && !isFull) return;
    if (isFull) this.#bytes = new Uint8Array(this.#bytes.length * 2);
    this.#bytes.set(unfinished);
    this.#start = 0;
    this.#end = unfinished.length;
  }

  /** Sends a line, without waiting. After `finish` or `close`, and once the channel broke, it is dropped. */
  send(line: string): void {
    if (this.#state !== "open") return;
    this.#queue.push(line);
    this.#changed.notify();
  }

  /** Resolves once fewer than `count` lines are waiting, or the channel is closed. */
  async waitingBelow(count: number): Promise<void> {
    while (this.#queue.length >= count) await this.#changed.wait();
  }

  async #write(): Promise<void> {
    try {
      while (this.#state !== "closed") {
        const lines = this.#queue.splice(0);
        if (lines.length === 0) {
          if (this.#state === "finishing") break;
          await this.#changed.wait();
          continue;
        }
        this.#changed.notify();
        await this.#channel.write(this.#encoder.encode(lines.join("\r\n") + "\r\n"));
      }
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
    }
    this.close();
  }

  /** Closes the channel once everything sent is written. */
  finish(): void {
    if (this.#state === "open") this.#state = "finishing";
    this.#changed.notify();
  }

  /** Closes the channel at once; what is waiting is dropped. A pending `readLine` rejects. Idempotent. */
  close(): void {
    this.#state = "closed";
    this.#queue = [];
    this.#channel.close();
    this.#changed.notify();
  }

  /** Resolves when the writer thread has ended, that is, when the channel is closed and no write is pending. */
  async join(): Promise<void> {
    await this.#writer.join();
  }
}
