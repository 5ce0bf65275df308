/**
 * A gate at a Unix socket's path. Every connection has a listener of its own there, with room for just one, so whoever connects
 * next waits until that one was taken. To change what comes next, another listener takes the path's name (rename(2)), and the old
 * one is closed: the kernel sends every connect that waits there back to look the name up again. So there is no moment in which
 * two get through, or in which a connect meets what was meant for the one before it.
 *
 * A connect that waits is seen by the time of last access of the path, which the kernel sets when it looks a socket up. Where the
 * file system keeps no such times, `seesWaiters` is false.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";
import { type Address, AddressError, formatAddress } from "../../world/address.ts";
import { encodeSocketAddress } from "../../world/realtime/socket_address.ts";
import type { Gate, GateState } from "./gate.ts";
import type { SocketCalls } from "./socket_calls.ts";

/** An access time that no clock gives any more, in seconds. */
const UNTOUCHED_S = 1;

/** See the module. */
export class UnixGate implements Gate {
  readonly address: Address & { readonly kind: "unix" };
  readonly seesWaiters: boolean;
  readonly #calls: SocketCalls;
  readonly #path: string;
  #listener = -1;
  /** The connect of our own that takes the one place, -1: nobody's. */
  #filler = -1;
  #state: GateState = "full";

  constructor(address: Address & { readonly kind: "unix" }, calls: SocketCalls) {
    this.address = address;
    this.#calls = calls;
    this.#path = address.path;
    if (exists(address.path)) this.#refuse("Address already in use");
    this.turn("full");
    this.seesWaiters = this.#tryAccessTime();
  }

  get fd(): number {
    return this.#state === "open" ? this.#listener : -1;
  }

  turn(state: GateState): void {
    this.#close(this.#replace(state));
  }

  take(next: GateState): number | null {
    const before = this.#replace(next);
    const fd = this.#calls.accept(before.listener);
    this.#close(before);
    return fd < 0 ? null : fd;
  }

  hasWaiter(): boolean {
    return this.#state === "full" && this.#isTouched();
  }

  close(): void {
    Deno.removeSync(this.#path);
    this.#close({ listener: this.#listener, filler: this.#filler });
  }

  /** Puts a new listener in the place of the old one, which is returned. */
  #replace(state: GateState): { readonly listener: number; readonly filler: number } {
    const before = { listener: this.#listener, filler: this.#filler };
    const path = `${this.#path}~`;
    const encoded = encodeSocketAddress({ kind: "unix", path }, this.#calls.libc);
    if (encoded.kind === "unusable") this.#refuse(encoded.cause);
    const listener = this.#calls.openStream(encoded.family);
    this.#check(listener);
    this.#check(this.#calls.bind(listener, encoded.bytes));
    if (state !== "refusing") this.#check(this.#calls.listen(listener, 0));
    this.#filler = state === "full" ? this.#fill(encoded) : -1;
    Deno.utimeSync(path, UNTOUCHED_S, UNTOUCHED_S);
    Deno.renameSync(path, this.#path);
    this.#listener = listener;
    this.#state = state;
    return before;
  }

  #fill({ family, bytes }: { family: number; bytes: Uint8Array<ArrayBuffer> }): number {
    const fd = this.#calls.openStream(family);
    invariant(
      this.#calls.libc.connect(fd, bytes) === 0,
      "a gate that was empty could not be filled",
    );
    return fd;
  }

  #close({ listener, filler }: { readonly listener: number; readonly filler: number }): void {
    for (const fd of [listener, filler]) if (fd >= 0) this.#calls.close(fd);
  }

  /** Whether one more connect to the full gate is seen: it is given up at once. */
  #tryAccessTime(): boolean {
    const encoded = encodeSocketAddress(this.address, this.#calls.libc);
    if (encoded.kind === "unusable") return false;
    const fd = this.#calls.openStream(encoded.family);
    this.#calls.libc.connect(fd, encoded.bytes);
    this.#calls.close(fd);
    const seen = this.#isTouched();
    Deno.utimeSync(this.#path, UNTOUCHED_S, UNTOUCHED_S);
    return seen;
  }

  #isTouched(): boolean {
    return Deno.lstatSync(this.#path).atime?.getTime() !== UNTOUCHED_S * 1000;
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

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
