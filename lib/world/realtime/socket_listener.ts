/**
 * Listens for incoming connections at a Unix or TCP address.
 *
 * @module
 */

import { type Address, AddressError, formatAddress } from "../address.ts";
import type { Channel, Listener } from "../world.ts";
import { numericHost } from "./socket_address.ts";

/** A connection as Deno accepts it; `null`: the peer has reset it already. */
export type Accepted = Deno.TcpConn | Deno.UnixConn | null;

/** Accepts connections until it is closed. */
export class SocketListener implements Listener {
  readonly address: Address;
  readonly #listener: Deno.TcpListener | Deno.UnixListener;
  readonly #adopt: (accepted: Accepted) => Channel;
  readonly #onClose: (listener: SocketListener) => void;
  #closed = false;

  /**
   * @param adopt makes the channel of a connection.
   * @param onClose called once, when the listener is closed.
   * @throws {AddressError} when the address cannot be bound.
   */
  constructor(
    address: Address,
    adopt: (accepted: Accepted) => Channel,
    onClose: (listener: SocketListener) => void,
  ) {
    this.#listener = listenAt(address);
    const { addr } = this.#listener;
    this.address = addr.transport === "tcp"
      ? { kind: "tcp", host: addr.hostname, port: addr.port }
      : address;
    this.#adopt = adopt;
    this.#onClose = onClose;
  }

  async accept(): Promise<Channel | null> {
    if (this.#closed) return null;
    try {
      const conn = await this.#listener.accept();
      if (!this.#closed) return this.#adopt(conn);
      conn.close();
      return null;
    } catch (error) {
      if (this.#closed) return null;
      if (isResetBeforeAccept(error)) return this.#adopt(null);
      throw error;
    }
  }

  /** Deno removes a Unix socket's file with it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    this.#onClose(this);
  }
}

function listenAt(address: Address): Deno.TcpListener | Deno.UnixListener {
  try {
    return address.kind === "unix"
      ? Deno.listen({ transport: "unix", path: address.path })
      : Deno.listen({ hostname: numericHost(address.host), port: address.port });
  } catch (error) {
    throw new AddressError(
      `Cannot listen at ${
        formatAddress(address)
      }: expected an address that is free and can be bound, ` +
        `received "${error instanceof Error ? error.message : error}"`,
      { cause: error },
    );
  }
}

/** Deno asks an accepted socket for its peer's address, which a socket that was reset no longer has. */
function isResetBeforeAccept(error: unknown): boolean {
  return error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted;
}
