/**
 * A QMP client, for the embedded engine and for a real QEMU alike.
 *
 * Commands may overlap: each waits for the reply with its own `id`. Events are kept with the time of their arrival,
 * because whoever waits for one usually begins to wait after it has come. That the connection ends is a state, since
 * a QEMU destination that fails just exits.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import type { CommandArguments, CommandName, CommandReturn } from "../qapi/commands.ts";
import type { EventTimestamp, QmpEvent } from "../qapi/events.ts";
import type { VersionInfo } from "../qapi/qemu_version.ts";
import { QmpError } from "../qapi/qmp_error.ts";
import type { JsonObject } from "../qapi/value_type.ts";
import { type Address, formatAddress } from "../world/address.ts";
import {
  type Channel,
  ChannelError,
  type Condition,
  type Thread,
  type World,
} from "../world/world.ts";
import { formatQuantity } from "../netem/units.ts";
import { LineChannel, LineTooLongError } from "./line_channel.ts";
import { decodeServerMessage, encodeRequest, type ServerMessage } from "./qmp_message.ts";

/** The connection has ended, or never began; `message` says why. */
export class QmpClosedError extends Error {
  override readonly name = "QmpClosedError";
}

/** An event and its arrival. */
export interface LoggedEvent extends QmpEvent {
  /** Its place in the client's log, from 0. */
  readonly index: number;
  /** When it arrived, in microseconds of the client's clock. */
  readonly receivedUs: number;
}

/** What a client may be given. */
export interface QmpClientOptions {
  /** Takes every line that is sent and received, e.g. to keep them in a file. */
  readonly log?: (direction: "sent" | "received", line: string) => void;
  /**
   * What the server's clock shows when the client's shows 0, in microseconds: events are told in the client's time.
   *
   * @default {0} They share a clock.
   */
  readonly serverOriginUs?: number;
  /**
   * How long the server may owe its greeting or an answer until the connection is given up, in microseconds.
   *
   * @default {Infinity}
   */
  readonly answerTimeoutUs?: number;
}

/** The longest line that a server may send, in bytes: a log of page requests is long. */
export const REPLY_BYTES_MAX = 256 * 1024 * 1024;

interface Pending {
  readonly answered: Condition;
  reply: Extract<ServerMessage, { kind: "return" | "error" }> | null;
}

/** A command's arguments: they may be left out where all are optional. */
type Given<A> = Record<never, never> extends A ? [args?: A] : [args: A];

/**
 * Connects to a QMP server and ends the negotiation.
 *
 * @throws {QmpClosedError} when there is no server, or it does not speak QMP
 */
export async function connectQmp(
  world: Pick<World, "clock" | "mainLoop" | "network">,
  address: Address,
  options: QmpClientOptions = {},
): Promise<QmpClient> {
  const result = await world.network.connect(address, "qmp").wait();
  if (result.kind === "failed") {
    throw new QmpClosedError(`Cannot connect to ${formatAddress(address)}: ${result.cause}`);
  }
  return await QmpClient.open(world, result.channel, options);
}

/** A connection to a QMP server, ready for commands. */
export class QmpClient {
  readonly #world: Pick<World, "clock" | "mainLoop">;
  readonly #lines: LineChannel;
  readonly #log: NonNullable<QmpClientOptions["log"]>;
  readonly #serverOriginUs: number;
  readonly #answerTimeoutUs: number;
  readonly #reader: Thread;
  readonly #changed: Condition;
  readonly #pending = new Map<number, Pending>();
  readonly #events: LoggedEvent[] = [];
  readonly #subscribers = new Set<(event: LoggedEvent) => void>();
  #version: VersionInfo | null = null;
  #closed: string | null = null;
  #silence: string | null = null;
  #nextId = 1;

  private constructor(
    world: Pick<World, "clock" | "mainLoop">,
    channel: Channel,
    options: QmpClientOptions,
  ) {
    this.#world = world;
    this.#log = options.log ?? (() => {});
    this.#serverOriginUs = options.serverOriginUs ?? 0;
    this.#answerTimeoutUs = options.answerTimeoutUs ?? Infinity;
    this.#changed = world.mainLoop.condition();
    this.#lines = new LineChannel(world.mainLoop, channel, {
      name: "qmp-client",
      lineBytesMax: REPLY_BYTES_MAX,
    });
    this.#reader = world.mainLoop.spawn("qmp-client", () => this.#read());
  }

  /**
   * Takes over a connected channel: waits for the greeting and ends the negotiation.
   *
   * @throws {QmpClosedError} when the peer does not speak QMP, or ends the connection
   */
  static async open(
    world: Pick<World, "clock" | "mainLoop">,
    channel: Channel,
    options: QmpClientOptions = {},
  ): Promise<QmpClient> {
    const client = new QmpClient(world, channel, options);
    try {
      await client.#answered("greet", client.#changed, () => client.#version !== null);
      await client.execute("qmp_capabilities");
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** The server's version, from its greeting. */
  get version(): VersionInfo {
    invariant(this.#version !== null, "A client is open only after the greeting");
    return this.#version;
  }

  /** Why the connection has ended, as a sentence; `null` while it lives. */
  get closed(): string | null {
    return this.#closed;
  }

  /** What the server was asked and did not answer in time, as the end of a sentence; `null`: it is not given up. */
  get silence(): string | null {
    return this.#silence;
  }

  /** Every event since the negotiation, in the order of arrival. */
  get events(): readonly LoggedEvent[] {
    return this.#events;
  }

  /**
   * Gives a command and waits for its reply. Any number of threads may do so at once.
   *
   * @throws {QmpError} when the server refuses it
   * @throws {QmpClosedError} when the connection ends before the reply, or is given up
   */
  async execute<C extends CommandName>(
    command: C,
    ...args: Given<CommandArguments<C>>
  ): Promise<CommandReturn<C>>;
  /** Gives a command that the table does not hold, to a real QEMU. */
  async execute<S extends string>(
    command: S extends CommandName ? never : S,
    args?: JsonObject,
  ): Promise<unknown>;
  async execute(command: string, args: JsonObject = {}): Promise<unknown> {
    if (this.#closed !== null) throw new QmpClosedError(this.#closed);
    const id = this.#nextId++;
    const pending: Pending = { answered: this.#world.mainLoop.condition(), reply: null };
    this.#pending.set(id, pending);
    const line = encodeRequest(id, command, args);
    this.#log("sent", line);
    this.#lines.send(line);
    await this.#answered(`answer ${command}`, pending.answered, () => pending.reply !== null);
    const { reply } = pending;
    invariant(reply !== null, "An answer has come");
    if (reply.kind === "return") return reply.value;
    throw new QmpError(reply.error.errorClass, reply.error.desc);
  }

  /**
   * Waits until `isDone`, of which `changed` tells.
   *
   * @throws {QmpClosedError} when the connection ends before, or it takes too long, which ends it.
   */
  async #answered(owed: string, changed: Condition, isDone: () => boolean): Promise<void> {
    const { clock } = this.#world;
    const deadlineUs = clock.now() + this.#answerTimeoutUs;
    while (!isDone()) {
      if (this.#closed !== null) throw new QmpClosedError(this.#closed);
      const leftUs = deadlineUs - clock.now();
      if (leftUs <= 0) {
        this.#silence = `did not ${owed} within ${formatQuantity("time", this.#answerTimeoutUs)}`;
        this.#end(`The server ${this.#silence}`);
      } else await (leftUs === Infinity ? changed.wait() : changed.wait(leftUs));
    }
  }

  /** Calls `subscriber` with each event as it arrives. Returns the function that ends it. */
  subscribe(subscriber: (event: LoggedEvent) => void): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /**
   * Waits for an event, which may have come already.
   *
   * @param options.after index in the log from which on events count (0: all of them)
   * @param options.timeoutUs how long to wait, in microseconds; absent: for ever
   * @returns the first event that fits; `null` when there was none in time
   * @throws {QmpClosedError} when the connection ended without one
   */
  async waitForEvent(
    predicate: (event: LoggedEvent) => boolean,
    options: { readonly after?: number; readonly timeoutUs?: number } = {},
  ): Promise<LoggedEvent | null> {
    const { after = 0, timeoutUs = Infinity } = options;
    const { clock } = this.#world;
    const deadlineUs = clock.now() + timeoutUs;
    for (let index = after;; index++) {
      while (index >= this.#events.length) {
        if (this.#closed !== null) throw new QmpClosedError(this.#closed);
        const leftUs = deadlineUs - clock.now();
        if (leftUs <= 0) return null;
        await (leftUs === Infinity ? this.#changed.wait() : this.#changed.wait(leftUs));
      }
      const event = this.#events[index];
      if (event !== undefined && predicate(event)) return event;
    }
  }

  /** Waits until the connection has ended, and says why. */
  async waitUntilClosed(): Promise<string> {
    while (this.#closed === null) await this.#changed.wait();
    return this.#closed;
  }

  /** Ends the connection; commands without a reply reject. Resolves when nothing of it is left. Idempotent. */
  async close(): Promise<void> {
    this.#end("The connection was closed on this side");
    await this.#reader.join();
    await this.#lines.join();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const line = await this.#lines.readLine();
        if (line === null) return this.#end("The server closed the connection");
        this.#log("received", line);
        const problem = this.#take(line);
        if (problem !== null) return this.#end(problem);
      }
    } catch (error) {
      if (!(error instanceof ChannelError || error instanceof LineTooLongError)) throw error;
      this.#end(error.message);
    }
  }

  /** Takes a line of the server. Returns what is wrong with it, as a sentence, or `null`. */
  #take(line: string): string | null {
    const message = decodeServerMessage(line);
    if (message === null) return `The server does not speak QMP: it sent "${line.slice(0, 80)}"`;
    switch (message.kind) {
      case "greeting":
        this.#version = message.version;
        this.#changed.notify();
        return null;
      case "event":
        this.#logEvent(message.event);
        return null;
      default:
        return this.#answer(message);
    }
  }

  #logEvent(event: QmpEvent): void {
    const receivedUs = this.#world.clock.now();
    const timestamp = sinceOrigin(event.timestamp, this.#serverOriginUs);
    const logged = { ...event, timestamp, index: this.#events.length, receivedUs };
    this.#events.push(logged);
    for (const subscriber of this.#subscribers) subscriber(logged);
    this.#changed.notify();
  }

  #answer(reply: NonNullable<Pending["reply"]>): string | null {
    const pending = typeof reply.id === "number" ? this.#pending.get(reply.id) : undefined;
    if (pending === undefined) {
      return `The server answered what was not asked: id ${JSON.stringify(reply.id)}`;
    }
    this.#pending.delete(reply.id as number);
    pending.reply = reply;
    pending.answered.notify();
    return null;
  }

  #end(reason: string): void {
    this.#closed ??= reason;
    this.#lines.close();
    for (const { answered } of this.#pending.values()) answered.notify();
    this.#pending.clear();
    this.#changed.notify();
  }
}

/** A moment of the server's clock in that of a client that started at `originUs`. */
function sinceOrigin(timestamp: EventTimestamp, originUs: number): EventTimestamp {
  if (originUs === 0) return timestamp;
  const us = timestamp.seconds * 1e6 + timestamp.microseconds - originUs;
  const seconds = Math.floor(us / 1e6);
  return { seconds, microseconds: us - seconds * 1e6 };
}
