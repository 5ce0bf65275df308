/**
 * A socket that a connect Worker connected, adopted by its descriptor's number. Only `node:net` can do that.
 *
 * The hard thing is that a `net.Socket` is destroyed whole when a write fails, together with what the peer sent
 * before it went away. So each direction has a `net.Socket` of its own, over two descriptors of one socket: the
 * reader goes on to the end, whatever the writer met.
 *
 * @module
 */

import { Socket } from "node:net";
import type { Libc } from "./libc.ts";
import type { SocketCarrier } from "./socket_carrier.ts";

const READ_BYTES = 64 << 10;

/** Carries a channel over a connected socket, whose descriptors belong to the carrier from now on. */
export class DescriptorCarrier implements SocketCarrier {
  readonly #libc: Libc;
  readonly #readFd: number;
  readonly #writeFd: number;
  readonly #reader: Socket;
  readonly #writer: Socket;
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
    this.#reader = new Socket({
      fd: readFd,
      readable: true,
      writable: false,
      allowHalfOpen: true,
      onread,
    });
    this.#reader.on("end", () => this.#endReading(null));
    this.#reader.on("error", (error) => this.#endReading(error));
    this.#reader.on("close", () => this.#endReading(null));
    this.#writer = new Socket({
      fd: writeFd,
      readable: false,
      writable: true,
      allowHalfOpen: true,
    });
    // The write that failed has its own callback; without a listener the event would be thrown.
    this.#writer.on("error", () => {});
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#received.length === 0) {
      if (this.#ending?.error) throw this.#ending.error;
      if (this.#ending !== null) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const count = Math.min(into.length, this.#received.length);
    into.set(this.#received.subarray(0, count));
    this.#received = this.#received.subarray(count);
    if (this.#received.length === 0) this.#reader.resume();
    return count;
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#writer.write(bytes, (error) => error ? reject(error) : resolve());
    });
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

  /**
   * Takes one piece and stops reading until it is used up: what comes next waits in the kernel, where the peer feels
   * it.
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

  /**
   * A half that has met the end or an error has closed its descriptor already, and the number may be another socket's
   * by now.
   */
  #openDescriptor(): number | null {
    if (!this.#reader.destroyed) return this.#readFd;
    return this.#writer.destroyed ? null : this.#writeFd;
  }

  #destroy(): void {
    this.#reader.destroy();
    this.#writer.destroy();
  }
}
