/**
 * A socket that a listener accepted: a `Deno.Conn`, which reads and writes without a copy. Its descriptor's number is
 * Deno's secret. For TCP it is found by the two addresses, which no other socket of the process has; for Unix sockets
 * there is no way to tell them apart: there a reset is an ordinary close, and a peer that wrote what nobody read
 * meets a reset where it should meet the end.
 *
 * @module
 */

import { type PageBatch, sliceBytes } from "../../wire/page_batch.ts";
import { encodeSocketAddress } from "./socket_address.ts";
import type { Libc } from "./libc.ts";
import type { SocketCarrier } from "./socket_carrier.ts";

/**
 * Descriptors are given out lowest first. Beyond this one a reset is an ordinary close; the search ends where it
 * finds.
 */
const DESCRIPTORS_SEARCHED = 4096;

/** Carries a channel over an accepted connection. */
export class ConnCarrier implements SocketCarrier {
  readonly #conn: Deno.TcpConn | Deno.UnixConn;
  readonly #libc: Libc;

  constructor(conn: Deno.TcpConn | Deno.UnixConn, libc: Libc) {
    this.#conn = conn;
    this.#libc = libc;
    if ("setNoDelay" in conn) conn.setNoDelay(true);
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.#conn.read(into);
  }

  async write(bytes: Uint8Array | PageBatch): Promise<void> {
    // Pages are sent by the side that connected, so that a copy is no loss.
    const whole = sliceBytes(bytes);
    for (let done = 0; done < whole.length;) done += await this.#conn.write(whole.subarray(done));
  }

  close(): void {
    const fd = this.#findDescriptor();
    if (fd !== null) this.#libc.discardReceived(fd);
    this.#conn.close();
  }

  reset(): void {
    const fd = this.#findDescriptor();
    if (fd !== null) this.#libc.disconnect(fd);
    this.#conn.close();
  }

  #findDescriptor(): number | null {
    const { localAddr, remoteAddr } = this.#conn;
    if (localAddr.transport !== "tcp" || remoteAddr.transport !== "tcp") return null;
    const local = encodeNetAddress(localAddr, this.#libc);
    const remote = encodeNetAddress(remoteAddr, this.#libc);
    if (local === null || remote === null) return null;
    // Not by /proc/self/fd: Deno gives it only to those who may do all.
    for (let fd = 0; fd < DESCRIPTORS_SEARCHED; fd++) {
      if (
        equalBytes(this.#libc.localAddress(fd), local) &&
        equalBytes(this.#libc.remoteAddress(fd), remote)
      ) return fd;
    }
    return null;
  }
}

function encodeNetAddress({ hostname, port }: Deno.NetAddr, libc: Libc): Uint8Array | null {
  const encoded = encodeSocketAddress({ kind: "tcp", host: hostname, port }, libc);
  return encoded.kind === "socket-address" ? encoded.bytes : null;
}

function equalBytes(a: Uint8Array | null, b: Uint8Array): boolean {
  return a !== null && a.length === b.length && a.every((byte, i) => byte === b[i]);
}
