/**
 * A Channel over a socket. The hard thing is what an error means: the same broken socket shows in a dozen ways,
 * depending on which side closed it, when, and who asks. Here all of them become "closed" if this side closed it and
 * "reset" otherwise.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";
import type { PageBatch } from "../../wire/page_batch.ts";
import { type Channel, ChannelError, type ChannelRole } from "../world.ts";
import type { SocketCarrier } from "./socket_carrier.ts";

/** A byte stream over TCP or a Unix socket. */
export class SocketChannel implements Channel {
  readonly role: ChannelRole;
  readonly #carrier: SocketCarrier;
  readonly #onClose: (channel: SocketChannel) => void;
  #closed = false;
  #reading = false;
  #writing = false;

  /** @param onClose called once, when this side closes or resets it. */
  constructor(
    role: ChannelRole,
    carrier: SocketCarrier,
    onClose: (channel: SocketChannel) => void,
  ) {
    this.role = role;
    this.#carrier = carrier;
    this.#onClose = onClose;
  }

  async read(into: Uint8Array): Promise<number | null> {
    invariant(!this.#reading, "a channel has one reader at a time");
    invariant(into.length > 0, "a read needs room for at least one byte");
    this.#assertOpen();
    this.#reading = true;
    try {
      const count = await this.#carrier.read(into);
      this.#assertOpen();
      return count;
    } catch (error) {
      throw this.#failureOf(error);
    } finally {
      this.#reading = false;
    }
  }

  async write(bytes: Uint8Array | PageBatch): Promise<void> {
    invariant(!this.#writing, "a channel has one writer at a time");
    this.#assertOpen();
    this.#writing = true;
    try {
      await this.#carrier.write(bytes);
      this.#assertOpen();
    } catch (error) {
      throw this.#failureOf(error);
    } finally {
      this.#writing = false;
    }
  }

  close(): void {
    this.#end(() => this.#carrier.close());
  }

  reset(): void {
    this.#end(() => this.#carrier.reset());
  }

  #end(endCarrier: () => void): void {
    if (this.#closed) return;
    this.#closed = true;
    endCarrier();
    this.#onClose(this);
  }

  #assertOpen(): void {
    if (this.#closed) throw new ChannelError("closed", `The ${this.role} channel is closed`);
  }

  #failureOf(error: unknown): unknown {
    if (error instanceof ChannelError || !isSocketError(error)) return error;
    if (this.#closed) return new ChannelError("closed", `The ${this.role} channel is closed`);
    return new ChannelError("reset", `The ${this.role} channel broke: ${error.message}`);
  }
}

/** Deno's errors of the system have its classes, others have a code; anything else is a bug and stays one. */
function isSocketError(error: unknown): error is Error {
  if (!(error instanceof Error) || error instanceof TypeError) return false;
  return "code" in error || Object.values(Deno.errors).some((type) => error instanceof type);
}
