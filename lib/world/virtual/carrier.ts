/**
 * A link of lib/netem under virtual time: pipes offer bytes, and hear when these have been sent.
 *
 * @module
 */

import { Link, type LinkChannelOptions, type LinkOptions } from "../../netem/link.ts";
import type { Scheduler } from "./scheduler.ts";
import { Timer } from "./timer_heap.ts";

/** Who sends over a carrier. */
export interface Sender {
  /** A number of its own. */
  readonly id: number;
  /** `bytes` of what was offered have been sent, the last of them at `atNs`. */
  sent(bytes: number, atNs: number): void;
}

/** One direction of a link. Its timer is the end of the segment that is being sent. */
export class Carrier extends Timer {
  readonly #scheduler: Scheduler;
  readonly #link: Link;
  readonly #senders = new Map<number, Sender>();

  constructor(scheduler: Scheduler, options: LinkOptions) {
    super();
    this.#scheduler = scheduler;
    this.#link = new Link(options);
  }

  /** Lets `sender` offer bytes. */
  open(sender: Sender, options: LinkChannelOptions): void {
    this.#senders.set(sender.id, sender);
    this.#link.open(sender.id, options);
  }

  /** Drops what `sender` has offered and what has not been sent. */
  close(sender: Sender): void {
    this.#senders.delete(sender.id);
    this.#link.close(sender.id);
    this.#setTimer();
  }

  /** `sender` wants `bytes` to be sent. */
  offer(sender: Sender, bytes: number): void {
    this.#link.offer(sender.id, bytes, this.#scheduler.nowNs / 1000);
    this.#setTimer();
  }

  override fire(): void {
    for (const { channel, bytes, atUs } of this.#link.advance(this.#scheduler.nowNs / 1000)) {
      this.#senders.get(channel)?.sent(bytes, atUs * 1000);
    }
    this.#setTimer();
  }

  #setTimer(): void {
    const { timers, nowNs } = this.#scheduler;
    const nextUs = this.#link.nextUs();
    const dueNs = nextUs === null ? null : Math.max(nowNs, Math.round(nextUs * 1000));
    if (this.isSet && this.dueNs === dueNs) return;
    timers.clear(this);
    if (dueNs !== null) timers.set(this, dueNs);
  }
}
