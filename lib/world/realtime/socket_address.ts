/**
 * Addresses as connect(2) takes them. Hosts are numeric, or `localhost`: resolving a name would be a second wait of
 * unknown length in front of the one that is measured.
 *
 * @module
 */

import type { Address } from "../address.ts";
import { unreachable } from "../../invariant.ts";
import { Errno, Family, type Libc } from "./libc.ts";

/** The longest path that a Unix socket can have: sun_path without its final 0. */
const UNIX_PATH_BYTES_MAX = 107;

/** No address that a socket can connect to; `cause` says why, in the words of a failed connect. */
export interface UnusableAddress {
  readonly kind: "unusable";
  readonly cause: string;
}

/** A `struct sockaddr`: the family in the first two bytes, in the machine's order. */
export interface SocketAddress {
  readonly kind: "socket-address";
  readonly family: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The host that sockets take: `localhost` is 127.0.0.1 wherever Faultline listens or connects. */
export function numericHost(host: string): string {
  return host === "localhost" ? "127.0.0.1" : host;
}

/**
 * A path for a Unix socket of one's own that is in no folder, so that nothing is to be removed; nobody else can guess
 * it.
 */
export function abstractPath(): string {
  return `\0faultline-${crypto.randomUUID()}`;
}

/** Encodes an address for connect(2). */
export function encodeSocketAddress(
  address: Address,
  libc: Libc,
): SocketAddress | UnusableAddress {
  switch (address.kind) {
    case "unix":
      return encodeUnix(address.path, libc);
    case "tcp":
      return encodeTcp(numericHost(address.host), address.port, libc);
    default:
      return unreachable(address);
  }
}

function encodeUnix(path: string, libc: Libc): SocketAddress | UnusableAddress {
  const text = new TextEncoder().encode(path);
  if (text.length > UNIX_PATH_BYTES_MAX) {
    return { kind: "unusable", cause: libc.errorText(Errno.ENAMETOOLONG) };
  }
  // Without a final 0, which would be part of the name where the address is an abstract one.
  const bytes = new Uint8Array(2 + text.length);
  bytes.set(text, 2);
  return withFamily(Family.unix, bytes);
}

function encodeTcp(host: string, port: number, libc: Libc): SocketAddress | UnusableAddress {
  const ipv4 = libc.parseHost(Family.ipv4, host);
  if (ipv4 !== null) {
    const bytes = new Uint8Array(16);
    new DataView(bytes.buffer).setUint16(2, port);
    bytes.set(ipv4, 4);
    return withFamily(Family.ipv4, bytes);
  }
  const ipv6 = libc.parseHost(Family.ipv6, host);
  if (ipv6 !== null) {
    const bytes = new Uint8Array(28);
    new DataView(bytes.buffer).setUint16(2, port);
    bytes.set(ipv6, 8);
    return withFamily(Family.ipv6, bytes);
  }
  return { kind: "unusable", cause: `"${host}" is not a numeric address` };
}

function withFamily(family: number, bytes: Uint8Array<ArrayBuffer>): SocketAddress {
  new Uint16Array(bytes.buffer, 0, 1)[0] = family;
  return { kind: "socket-address", family, bytes };
}
