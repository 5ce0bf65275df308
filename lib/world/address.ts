/**
 * Socket addresses in QEMU's spelling: `unix:PATH` and `tcp:HOST:PORT` (an IPv6 host in brackets).
 *
 * @module
 */

/** Where a channel is listened for or connected to. */
export type Address =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** An address that does not parse, or cannot be bound. */
export class AddressError extends Error {
  override readonly name = "AddressError";
}

/**
 * Reads an address in QEMU's spelling.
 *
 * @throws {AddressError} naming the text and what was expected.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parseAddress("tcp:127.0.0.1:4444"), { kind: "tcp", host: "127.0.0.1", port: 4444 });
 * ```
 */
export function parseAddress(text: string): Address {
  if (text.startsWith("unix:") && text.length > 5) return { kind: "unix", path: text.slice(5) };
  const tcp = /^tcp:(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text);
  const port = Number(tcp?.[3]);
  if (tcp === null || port > 65535) {
    throw new AddressError(
      `Cannot read address "${text}": expected unix:PATH or tcp:HOST:PORT with a port of at most 65535`,
    );
  }
  return { kind: "tcp", host: tcp[1] ?? tcp[2] ?? "", port };
}

/** The spelling that `parseAddress` reads. */
export function formatAddress(address: Address): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `tcp:${host}:${address.port}`;
}
