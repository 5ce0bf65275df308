/**
 * What the destination has said so far in one session: pongs, acknowledgements, received bitmaps. The return-path thread writes it, the
 * migration thread waits for it.
 *
 * @module
 */

import { unreachable } from "../../invariant.ts";
import type { ReturnPathEvent } from "../../wire/return_path_decoder.ts";
import { type Session, SessionError } from "../session.ts";

/** One session's answers. Every wait ends with the session. */
export class ReturnPath {
  readonly #session: Session;
  readonly #pongs = new Set<number>();
  readonly #bitmaps = new Map<string, Uint8Array>();
  #resumeAcknowledged = false;
  #shut: number | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Notes an answer and wakes whoever waits for one. */
  note(answer: Exclude<ReturnPathEvent, { readonly kind: "req-pages" }>): void {
    switch (answer.kind) {
      case "pong":
        this.#pongs.add(answer.value);
        break;
      case "recv-bitmap":
        this.#bitmaps.set(answer.block, answer.bitmap);
        break;
      case "resume-ack":
        this.#resumeAcknowledged = true;
        break;
      case "shut":
        this.#shut = answer.status;
        break;
      case "switchover-ack":
        return;
      default:
        unreachable(answer);
    }
    this.#session.changed.notify();
  }

  /** Waits for the PONG that answers PING `value`. */
  pong(value: number): Promise<void> {
    return this.#session.until(() => this.#pongs.has(value));
  }

  /** Waits for the received bitmap of `block`, as the wire carries it. */
  async bitmap(block: string): Promise<Uint8Array> {
    await this.#session.until(() => this.#bitmaps.has(block));
    return this.#bitmaps.get(block)!;
  }

  resumeAck(): Promise<void> {
    return this.#session.until(() => this.#resumeAcknowledged);
  }

  /** Waits for SHUT, for so long at most; whether it has come. @throws {SessionError} when the session ends first. */
  shutWithin(timeoutUs: number): Promise<boolean> {
    return this.#session.untilWithin(() => this.#shut !== null, timeoutUs);
  }

  /** Waits for SHUT: the destination has every page. @throws {SessionError} when it says that it failed. */
  async shut(): Promise<void> {
    await this.#session.until(() => this.#shut !== null);
    if (this.#shut !== 0) {
      throw new SessionError(`The destination failed: it shut the return path with ${this.#shut}`);
    }
  }
}
