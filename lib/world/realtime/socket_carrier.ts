/**
 * What carries a channel: a socket in one of the two shapes that Deno has for it. What the shapes have in common (who
 * closed, what an error means, one reader at a time) is in `socket_channel.ts`.
 *
 * @module
 */

import type { PageBatch } from "../../wire/page_batch.ts";
import { Errno } from "./libc.ts";

/** A socket. Its pending reads and writes settle, in any way, when it is closed or reset. */
export interface SocketCarrier {
  /** Reads at least 1 byte; `null` at the end. Rejects as its kind of socket does. */
  read(into: Uint8Array): Promise<number | null>;
  /** Resolves when the kernel has taken all bytes. */
  write(bytes: Uint8Array | PageBatch): Promise<void>;
  /** Closes the socket, so that what was written still reaches the peer. */
  close(): void;
  /** Closes the socket, telling the peer of a reset where the kernel can. */
  reset(): void;
}

/** What a system call said of a socket. */
export class SocketError extends Error {
  override readonly name = "SocketError";
  /** @param code the errno. */
  constructor(readonly code: number, message: string) {
    super(message);
  }
}

/** A connection that was reset before anybody could use it. */
export const BROKEN_CARRIER: SocketCarrier = {
  read: () => Promise.reject(new SocketError(Errno.ECONNRESET, "Connection reset by peer")),
  write: () => Promise.reject(new SocketError(Errno.ECONNRESET, "Connection reset by peer")),
  close() {},
  reset() {},
};
