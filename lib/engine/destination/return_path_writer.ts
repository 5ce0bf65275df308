/**
 * The return path, destination side. Several threads answer on it, so messages are queued and one thread writes them.
 *
 * @module
 */

import { concat } from "../../wire/concat.ts";
import type { Channel, World } from "../../world/world.ts";
import type { Session } from "../session.ts";

/** Sends messages back to the source, in the order in which they were given. */
export class ReturnPathWriter {
  readonly #world: World;
  readonly #session: Session;
  readonly #queue: Uint8Array[] = [];
  #opened: boolean;
  #isWriting = false;

  /** @param opened a recovery's return path is open from the start; otherwise the source has to ask for it. */
  constructor(world: World, session: Session, opened: boolean) {
    this.#world = world;
    this.#session = session;
    this.#opened = opened;
  }

  /** The source reads what is sent. */
  open(): void {
    this.#opened = true;
  }

  /** Queues an encoded message; drops it where nobody would read it. */
  send(message: Uint8Array): void {
    if (!this.#opened) return;
    this.#queue.push(message);
    this.#session.changed.notify();
  }

  /**
   * Waits until all that was queued has been handed to the channel. A write that is under way when the session ends decides: what it has
   * handed over the source may have read.
   *
   * @throws {SessionError} when the session ended before.
   */
  async flushed(): Promise<void> {
    while (this.#queue.length > 0) {
      if (!this.#isWriting) this.#session.throwIfEnded();
      await this.#session.changed.wait();
    }
  }

  /** The thread that writes; ends with the session. */
  async run(main: Channel): Promise<void> {
    for (;;) {
      await this.#session.until(() => this.#queue.length > 0);
      const count = this.#queue.length;
      const bytes = concat(this.#queue);
      this.#isWriting = true;
      try {
        await main.write(bytes);
        this.#queue.splice(0, count);
      } finally {
        this.#isWriting = false;
        this.#session.changed.notify();
      }
    }
  }
}
