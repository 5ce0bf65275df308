/**
 * The preempt channel, source side: a second connection to the destination on which requested pages overtake the background stream.
 *
 * QEMU connects it in one of three ways, and that choice is what Faultline exists to measure:
 *
 * | policy | QEMU | who waits |
 * |---|---|---|
 * | `blocking` | the commit before d0edb8a173, never released | the main thread connects synchronously: QMP is dead meanwhile |
 * | `async-at-setup` | d0edb8a173; 7.1, 7.2 | the main thread only starts the connect when the migration starts |
 * | `async-after-main` | 8.0 and later | the connect starts when it is needed, once the main channel has proved to work |
 *
 * Whatever the policy, the migration thread waits for the connect to have ended at two places: the start of postcopy and a recovery.
 * QEMU posts a semaphore when the connect ended and so can keep a token from a migration that never took it. Here the wait is on this
 * object's state, and the object lives as long as one session, so a leftover token cannot exist.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";
import type { RamRecordWriter } from "../../wire/ram_record_writer.ts";
import type { Address } from "../../world/address.ts";
import type { Channel, ConnectOperation, ConnectResult, World } from "../../world/world.ts";
import { ChannelError } from "../../world/world.ts";
import { Mutex } from "../mutex.ts";
import { type Session, SessionError } from "../session.ts";

/** How far the connect has come. */
type State =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" }
  | { readonly kind: "connected"; readonly channel: Channel }
  | { readonly kind: "failed"; readonly cause: string };

/** One session's preempt channel. */
export class PreemptChannel {
  readonly #world: World;
  readonly #session: Session;
  readonly #address: Address;
  readonly #records: RamRecordWriter;
  readonly #writing: Mutex;
  #state: State = { kind: "idle" };
  #isEnded = false;

  constructor(world: World, session: Session, address: Address, records: RamRecordWriter) {
    this.#world = world;
    this.#session = session;
    this.#address = address;
    this.#records = records;
    this.#writing = new Mutex(world.mainLoop);
  }

  /** `blocking`: connects with the main loop held. */
  async connectBlocking(): Promise<void> {
    const operation = this.#start();
    this.#ended(operation, await this.#world.mainLoop.hold(operation));
  }

  /** The async policies: starts the connect and returns; its end is a state that `settled` shows. */
  startConnect(): void {
    const operation = this.#start();
    this.#session.spawn(
      "preempt-connect",
      async () => this.#ended(operation, await operation.wait()),
    );
  }

  /** Whether the connect has ended, well or badly. */
  get settled(): boolean {
    return this.#state.kind === "connected" || this.#state.kind === "failed";
  }

  /** Whether the connect has not been started. */
  get isIdle(): boolean {
    return this.#state.kind === "idle";
  }

  /** @throws {SessionError} when there is no channel: that the connect has ended does not say that it succeeded. */
  requireConnected(): Channel {
    if (this.#state.kind === "connected") return this.#state.channel;
    const cause = this.#state.kind === "failed" ? this.#state.cause : "it was never connected";
    throw new SessionError(`Cannot use the preempt channel: ${cause}`);
  }

  /** Writes one page record and flushes it, so that a request never waits for the next one. Returns the bytes written. */
  sendPage(
    page: number,
    append: (records: RamRecordWriter, page: number) => void,
  ): Promise<number> {
    return this.#write((records) => append(records, page));
  }

  /** Tells a 7.x destination that no more pages come; 8.0 and later tolerate it. */
  async sendEnd(): Promise<void> {
    this.#isEnded = true;
    await this.#write((records) => records.eos());
  }

  /** Whether everything was sent on it: from here on the destination may close it. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Waits until the channel ends, and says how. */
  async closed(): Promise<string> {
    try {
      const count = await this.requireConnected().read(new Uint8Array(1));
      return count === null
        ? "The destination closed the preempt channel"
        : "The destination wrote to the preempt channel";
    } catch (error) {
      if (error instanceof ChannelError) return error.message;
      throw error;
    }
  }

  #write(append: (records: RamRecordWriter) => void): Promise<number> {
    return this.#writing.run(async () => {
      const channel = this.requireConnected();
      this.#records.reset();
      append(this.#records);
      const { batch } = this.#records;
      await channel.write(batch);
      return batch.length;
    });
  }

  #start(): ConnectOperation {
    invariant(this.#state.kind === "idle", "Cannot connect the preempt channel twice in a session");
    this.#state = { kind: "connecting" };
    return this.#session.connect(this.#address, "preempt");
  }

  #ended(operation: ConnectOperation, result: ConnectResult): void {
    this.#state = this.#session.settle(operation, result);
    this.#session.changed.notify();
  }
}
