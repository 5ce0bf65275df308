/**
 * One client's connection to a QMP server: its mode, and how far it may run ahead of the server or fall behind it.
 *
 * A client that sends faster than it is served waits in its socket. A client that does not read its replies is not
 * read either. Only events come unasked, so a client that does not read those is cut off.
 *
 * @module
 */

import { genericError, QmpError } from "../qapi/qmp_error.ts";
import { ChannelError, type Condition, type MainLoop } from "../world/world.ts";
import { type LineChannel, LineTooLongError } from "./line_channel.ts";
import { encodeError } from "./qmp_message.ts";

/**
 * Requests of one client that may wait for the dispatcher, and replies that may wait for the client. QEMU's limit.
 */
export const REQUESTS_MAX = 8;

/** Lines that may wait for a client that does not read. The next event cuts it off. */
export const WAITING_LINES_MAX = 4096;

/** A client's connection. */
export class Monitor {
  readonly #lines: LineChannel;
  readonly #answered: Condition;
  readonly #inbox: (line: string) => void;
  #negotiated = false;
  #unanswered = 0;
  #endReason: string | null = null;

  /** @param inbox takes each line of the client; `reply` answers it */
  constructor(mainLoop: MainLoop, lines: LineChannel, inbox: (line: string) => void) {
    this.#lines = lines;
    this.#answered = mainLoop.condition();
    this.#inbox = inbox;
  }

  /** Whether the client has ended the negotiation: before, it gets no events and may give one command only. */
  get negotiated(): boolean {
    return this.#negotiated;
  }

  /**
   * Serves `qmp_capabilities`.
   *
   * @throws {QmpError} when it comes a second time, or asks for a capability (none is offered)
   */
  negotiate(enable: readonly string[]): void {
    if (this.#negotiated) {
      throw new QmpError(
        "CommandNotFound",
        "Capabilities negotiation is already complete, command ignored",
      );
    }
    if (enable.length > 0) throw genericError(`Capability ${enable.join(", ")} not available`);
    this.#negotiated = true;
  }

  /** Reads the client's lines until the connection ends, then returns why, as a sentence. */
  async serve(greeting: string): Promise<string> {
    this.#lines.send(greeting);
    try {
      await this.#readLines();
      this.#end("The client closed the connection");
      this.#lines.finish();
    } catch (error) {
      this.#endWith(error);
    }
    await this.#lines.join();
    return this.#endReason ?? "The connection was closed";
  }

  async #readLines(): Promise<void> {
    let line: string | null = "";
    while (line !== null && this.#endReason === null) {
      await this.#unansweredBelow(REQUESTS_MAX);
      await this.#lines.waitingBelow(REQUESTS_MAX);
      line = await this.#lines.readLine();
      if (line === null || line.trim() === "") continue;
      this.#unanswered++;
      this.#inbox(line);
    }
    // What a client asked before it closed its end is answered: "echo ... | socat" works.
    await this.#unansweredBelow(1);
  }

  async #unansweredBelow(count: number): Promise<void> {
    while (this.#unanswered >= count && this.#endReason === null) await this.#answered.wait();
  }

  #endWith(error: unknown): void {
    if (error instanceof LineTooLongError) {
      this.#lines.send(encodeError({}, genericError(error.message)));
      this.#end(error.message);
      this.#lines.finish();
    } else if (error instanceof ChannelError) {
      this.#end(error.message);
      this.#lines.close();
    } else {
      throw error;
    }
  }

  #end(reason: string): void {
    this.#endReason ??= reason;
    this.#answered.notify();
  }

  /** Answers the oldest line that is not answered yet. */
  reply(line: string): void {
    this.#unanswered--;
    this.#lines.send(line);
    this.#answered.notify();
  }

  /** Tells the client an event; drops the client if it does not read. */
  tell(line: string): void {
    if (!this.#negotiated) return;
    if (this.#lines.waiting < WAITING_LINES_MAX) return this.#lines.send(line);
    this.#end(`The client does not read: ${WAITING_LINES_MAX} lines are waiting for it`);
    this.#lines.close();
  }

  /** Ends the connection once everything said is written. */
  finish(reason: string): void {
    this.#end(reason);
    this.#lines.finish();
  }

  /** Ends the connection at once. */
  close(reason: string): void {
    this.#end(reason);
    this.#lines.close();
  }
}
