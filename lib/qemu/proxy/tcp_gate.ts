/**
 * A gate at a TCP port. The kernel has no way to hold a TCP connect exactly: one that finds the listener's queue full tries again
 * after 1 s, 3 s, 7 s, so a connect that was let go gets through at one of those, and nobody sees that one waits. What a
 * scenario says of connects is exact with Unix sockets; this is for those who must have TCP.
 *
 * @module
 */

import { type Address, AddressError, formatAddress } from "../../world/address.ts";
import { encodeSocketAddress, type SocketAddress } from "../../world/realtime/socket_address.ts";
import type { Gate, GateState } from "./gate.ts";
import { Shut, type SocketCalls } from "./socket_calls.ts";

/** While connects may come as they like, more than one may wait: a second one must not lose a second. */
const BACKLOG = 16;

/** See the module. */
export class TcpGate implements Gate {
  readonly address: Address & { readonly kind: "tcp" };
  readonly seesWaiters = false;
  readonly #calls: SocketCalls;
  readonly #listener: number;
  readonly #bound: SocketAddress;
  #filler = -1;
  #state: GateState = "full";

  constructor({ host, port }: { host: string; port: number }, calls: SocketCalls) {
    this.#calls = calls;
    this.address = { kind: "tcp", host, port };
    const encoded = encodeSocketAddress(this.address, calls.libc);
    if (encoded.kind === "unusable") this.#refuse(encoded.cause);
    const { listener, bytes } = this.#bind(encoded);
    // A port that the kernel chose would be another one after the gate has refused: it is bound again by its number.
    if (port === 0) calls.close(listener);
    this.#bound = { ...encoded, bytes };
    this.#listener = port === 0 ? this.#bind(this.#bound).listener : listener;
    this.address = { kind: "tcp", host, port: new DataView(bytes.buffer).getUint16(2) };
    this.turn("full");
  }

  get fd(): number {
    return this.#state === "open" ? this.#listener : -1;
  }

  turn(state: GateState): void {
    if (state === "refusing") this.#calls.shutdown(this.#listener, Shut.read);
    else this.#check(this.#calls.listen(this.#listener, state === "full" ? 0 : BACKLOG));
    if (state === "full") this.#fill();
    else this.#empty();
    this.#state = state;
  }

  take(next: GateState): number | null {
    const fd = this.#calls.accept(this.#listener);
    if (next !== this.#state) this.turn(next);
    if (fd < 0) return null;
    this.#calls.libc.setNoDelay(fd);
    return fd;
  }

  hasWaiter(): boolean {
    return false;
  }

  close(): void {
    this.#empty();
    this.#calls.close(this.#listener);
  }

  #bind({ family, bytes }: SocketAddress): {
    readonly listener: number;
    readonly bytes: Uint8Array<ArrayBuffer>;
  } {
    const listener = this.#calls.openStream(family);
    this.#check(listener);
    this.#calls.setReuseAddress(listener);
    this.#check(this.#calls.bind(listener, bytes));
    return { listener, bytes: new Uint8Array(this.#calls.libc.localAddress(listener) ?? bytes) };
  }

  #fill(): void {
    if (this.#filler >= 0) return;
    this.#filler = this.#calls.openStream(this.#bound.family);
    // On its way at once: to this machine's own kernel a connect is done before the call returns, refused or not.
    this.#calls.libc.connect(this.#filler, this.#bound.bytes);
  }

  #empty(): void {
    if (this.#filler < 0) return;
    const fd = this.#state === "full" ? this.#calls.accept(this.#listener) : -1;
    if (fd >= 0) this.#calls.close(fd);
    this.#calls.close(this.#filler);
    this.#filler = -1;
  }

  #check(result: number): void {
    if (result < 0) this.#refuse(this.#calls.libc.errorText(-result));
  }

  #refuse(cause: string): never {
    throw new AddressError(
      `Cannot listen at ${formatAddress(this.address)}: ` +
        `expected an address that is free and can be bound, received "${cause}"`,
    );
  }
}
