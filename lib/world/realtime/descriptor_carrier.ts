/**
 * A socket that a connect Worker connected, adopted by its descriptor's number. Only `node:net` can wait for it to become
 * ready; what needs no waiting is done by system calls, since a `net.Socket` takes some 40 us for a write that send(2)
 * does in 2.
 *
 * The hard thing is that a `net.Socket` is destroyed whole when a write fails, together with what the peer sent before it
 * went away. So each direction has one of its own, over two descriptors of the same socket: the reader goes on to the
 * end, whatever the writer met.
 *
 * @module
 */

import type { Socket } from "node:net";
import { PageBatch } from "../../wire/page_batch.ts";
import { GatherList } from "./gather_list.ts";
import { Errno, type Libc } from "./libc.ts";
import { type SocketCarrier, SocketError } from "./socket_carrier.ts";

const READ_BYTES = 64 << 10;
/** What is left to `node:net` of a batch that does not fit, so that it says when more will. */
const WAITING_BYTES = 4096;

/** Loaded by the first connect: Node's modules take 4 MiB of a Worker, its `process` too, and most Workers never connect. */
// deno-lint-ignore no-process-global
const net = () => process.getBuiltinModule("node:net");

/** Carries a channel over a connected socket, whose descriptors belong to the carrier from now on. */
export class DescriptorCarrier implements SocketCarrier {
  readonly #libc: Libc;
  readonly #readFd: number;
  readonly #writeFd: number;
  readonly #reader: Socket;
  /** There from the first write on that found the socket full. */
  #writer: Socket | null = null;
  /** There from the first batch on. */
  #list: GatherList | null = null;
  /** Bytes that were received and not read yet; they lie in the reader's one buffer. */
  #received: Uint8Array = new Uint8Array(0);
  #ending: { readonly error: Error | null } | null = null;
  #wake: (() => void) | null = null;

  /** @param readFd and `writeFd` are two descriptors of the same connected socket. */
  constructor(readFd: number, writeFd: number, libc: Libc) {
    this.#libc = libc;
    this.#readFd = readFd;
    this.#writeFd = writeFd;
    const onread = {
      buffer: new Uint8Array(READ_BYTES),
      callback: (count: number, buffer: Uint8Array) => this.#receive(buffer.subarray(0, count)),
    };
    this.#reader = new (net().Socket)({
      fd: readFd,
      readable: true,
      writable: false,
      allowHalfOpen: true,
      onread,
    });
    this.#reader.on("end", () => this.#endReading(null));
    this.#reader.on("error", (error) => this.#endReading(error));
    this.#reader.on("close", () => this.#endReading(null));
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#received.length === 0) {
      if (this.#ending?.error) throw this.#ending.error;
      if (this.#ending !== null) return null;
      // Only now, since it takes time that whoever waits for the answer to the last piece would wait.
      this.#reader.resume();
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const count = Math.min(into.length, this.#received.length);
    into.set(this.#received.subarray(0, count));
    this.#received = this.#received.subarray(count);
    return count;
  }

  async write(bytes: Uint8Array | PageBatch): Promise<void> {
    if (bytes instanceof PageBatch) return await this.#writeBatch(bytes);
    this.#checkWritable();
    const taken = this.#takenOf(this.#libc.send(this.#writeFd, bytes));
    if (taken < bytes.length) await this.#writeWhenReady(bytes.subarray(taken));
  }

  close(): void {
    const fd = this.#openDescriptor();
    if (fd !== null) this.#libc.discardReceived(fd);
    this.#destroy();
  }

  reset(): void {
    const fd = this.#openDescriptor();
    if (fd !== null) this.#libc.disconnect(fd);
    this.#destroy();
  }

  /** Sends heads and pages from where they lie. */
  async #writeBatch(batch: PageBatch): Promise<void> {
    const list = this.#list ??= new GatherList();
    list.fill(batch);
    for (let done = 0;;) {
      this.#checkWritable();
      const taken = this.#takenOf(this.#libc.sendMessage(this.#writeFd, list.header));
      done += taken;
      if (done === batch.length) return;
      const waiting = batch.join(done, done + WAITING_BYTES);
      await this.#writeWhenReady(waiting);
      done += waiting.length;
      if (done === batch.length) return;
      list.drop(taken + waiting.length);
    }
  }

  /** @throws {SocketError} once the writing half is gone, with its descriptor. */
  #checkWritable(): void {
    if (this.#writer?.destroyed) throw this.#errorOf(Errno.EPIPE);
  }

  /** How many bytes a send took. @throws {SocketError} when it says that no more can be sent. */
  #takenOf(result: number): number {
    if (result < 0 && result !== -Errno.EAGAIN) throw this.#errorOf(-result);
    return Math.max(0, result);
  }

  /**
   * Takes one piece and stops reading until another is asked for: what comes next waits in the kernel, where the peer feels it.
   */
  #receive(piece: Uint8Array): boolean {
    this.#received = piece;
    this.#notify();
    return false;
  }

  #endReading(error: Error | null): void {
    this.#ending ??= { error };
    this.#notify();
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }

  #writeWhenReady(bytes: Uint8Array): Promise<void> {
    const writer = this.#writer ??= this.#openWriter();
    return new Promise((resolve, reject) => {
      writer.write(bytes, (error) => error ? reject(error) : resolve());
    });
  }

  #openWriter(): Socket {
    const fd = this.#writeFd;
    const writer = new (net().Socket)({ fd, readable: false, writable: true, allowHalfOpen: true });
    // The write that failed has its own callback; without a listener the event would be thrown.
    writer.on("error", () => {});
    return writer;
  }

  /** A half that has met the end or an error has closed its descriptor, and the number may be another socket's by now. */
  #openDescriptor(): number | null {
    if (!this.#reader.destroyed) return this.#readFd;
    return this.#writer?.destroyed ? null : this.#writeFd;
  }

  #destroy(): void {
    this.#reader.destroy();
    if (this.#writer !== null) this.#writer.destroy();
    else this.#libc.closeDescriptor(this.#writeFd);
  }

  #errorOf(errno: number): SocketError {
    return new SocketError(errno, this.#libc.errorText(errno));
  }
}
