/**
 * One direction of a channel: what was written travels, arrives and waits to be read.
 *
 *     written        sent             released        arrived        read
 *        |-- carrier --|-- delay line --|-- latency ----|-- unread ----|
 *        |<----------------------- ring, at most the limit ----------->|
 *
 * All of these are positions in one byte ring, so that a byte is copied in once and out once, and the sum of what is under
 * way and unread is what backpressure looks at. Where no rate applies there is no carrier, and a write costs one event: its
 * arrival.
 *
 * @module
 */

import type { TrafficCondition } from "../../netem/conditions.ts";
import { DelayLine } from "../../netem/delay_line.ts";
import type { LinkChannelOptions } from "../../netem/link.ts";
import type { Random } from "../world.ts";
import { ByteRing } from "./byte_ring.ts";
import type { Carrier, Sender } from "./carrier.ts";
import type { HoldLog } from "./hold_log.ts";
import { PipeFaults } from "./pipe_faults.ts";
import type { Scheduler } from "./scheduler.ts";
import { Timer } from "./timer_heap.ts";

/** What a pipe is subject to now. */
export interface Traffic {
  readonly condition: TrafficCondition | null;
  readonly limitBytes: number;
  /** `null`: no rate applies. */
  readonly carrier: Carrier | null;
  /** The pipe's part in the carrier. */
  readonly share: LinkChannelOptions;
}

/** What a pipe is made of. */
export interface PipeOptions {
  readonly id: number;
  readonly scheduler: Scheduler;
  readonly latencyNs: number;
  /** Gives the source of its jitter. */
  readonly random: () => Random;
  /** Where holds are recorded; `null`: nowhere. */
  readonly holds: HoldLog | null;
  /** What it is subject to at first. */
  readonly traffic: Traffic;
}

/** What comes out of a pipe. */
export interface Receiver {
  /** Bytes arrived. */
  onBytes(): void;
  /** The end of the stream arrived: nothing comes after the bytes that are there. */
  onEnd(): void;
  /** The peer reset the channel. */
  onReset(): void;
}

/** Where a pipe's bytes come from. */
export interface Writer {
  /** Bytes were read: there may be room for more. */
  onRoom(): void;
}

/** Bytes up to a position, or the end, on their way to the reader. A list, since there is nearly always just one. */
interface Arrival {
  position: number;
  readonly dueNs: number;
  readonly kind: "bytes" | "end" | "reset";
  next: Arrival | null;
}

/** One direction of a channel. Its timer is the next arrival. */
export class Pipe extends Timer implements Sender {
  readonly id: number;
  readonly faults = new PipeFaults();
  /** Who reads and who writes: the two ends, set when they are made. */
  receiver!: Receiver;
  writer!: Writer;
  readonly #options: PipeOptions;
  readonly #ring = new ByteRing();
  #nextArrival: Arrival | null = null;
  #lastArrival: Arrival | null = null;
  #delayLine: DelayLine | null = null;
  #traffic: Traffic;
  #written = 0;
  #sent = 0;
  #delivered = 0;
  /** Less than what was delivered where a cut keeps the rest. */
  #arrived = 0;
  #read = 0;
  #state: "open" | "ending" | "ended" | "abandoned" = "open";

  constructor(options: PipeOptions) {
    super();
    this.id = options.id;
    this.#options = options;
    this.#traffic = options.traffic;
    this.#enterTraffic();
  }

  /** Bytes that may be read now. */
  get readableBytes(): number {
    return this.#arrived - this.#read;
  }

  /** Bytes that may be written now. */
  get writableBytes(): number {
    return Math.max(0, this.#traffic.limitBytes - (this.#written - this.#read));
  }

  /** Changes what it is subject to. What has been sent keeps its arrival. */
  setTraffic(traffic: Traffic): void {
    const isDone = this.#state === "ended" || this.#state === "abandoned";
    const { condition, carrier } = this.#traffic;
    if (isDone || (traffic.condition === condition && traffic.carrier === carrier)) return;
    carrier?.close(this);
    this.#traffic = traffic;
    this.#enterTraffic();
    if (this.#sent < this.#written) this.#send(this.#written - this.#sent);
    this.writer.onRoom();
  }

  /** Takes bytes, no more than `writableBytes`. `enqueuedUs`: when the write began that ends with them; `null`: none does. */
  write(bytes: Uint8Array, enqueuedUs: number | null): void {
    if (this.#state !== "open") return;
    this.#written += bytes.length;
    this.#ring.push(bytes);
    for (const { position, mask } of this.faults.takeCorruptions(this.#written)) {
      this.#ring.flip(position - this.#read, mask);
    }
    if (enqueuedUs !== null) {
      if (this.#traffic.condition === null) this.#options.holds?.pass();
      else this.#options.holds?.hold(this.#written, enqueuedUs);
    }
    this.#send(bytes.length);
  }

  /** Gives the next bytes, as many as there are and as `into` takes; returns how many. */
  read(into: Uint8Array): number {
    const readableBytes = this.readableBytes;
    if (readableBytes === 0) return 0;
    const count = Math.min(into.length, readableBytes, this.faults.takeReadMax());
    this.#ring.pull(into, count);
    this.#read += count;
    this.writer.onRoom();
    this.faults.pass(this.#read);
    return count;
  }

  /** Bytes that were written so far. */
  get writtenBytes(): number {
    return this.#written;
  }

  /** Nothing arrives for `us` from now; `Infinity`: ever. */
  stall(us: number): void {
    this.faults.stalledUntilNs = this.#options.scheduler.nowNs + us * 1000;
    this.#resetTimer();
  }

  /** Calls `act` when so many bytes more have been read. */
  mark(bytes: number, act: () => void): void {
    this.faults.mark(this.#read + bytes, act);
  }

  /** Takes all faults back; what a cut has kept back arrives. */
  heal(): void {
    if (this.#state === "abandoned") return;
    this.faults.heal();
    this.#resetTimer();
    this.#arrived = this.#delivered;
    this.receiver.onBytes();
  }

  /** Lets `bytes` more bytes arrive, and calls `onCut` when they have been read. */
  cut(bytes: number, onCut: () => void): void {
    this.faults.cutPosition = this.#arrived + bytes;
    this.faults.onCut = onCut;
    if (this.#read === this.faults.cutPosition) onCut();
  }

  /** Inverts bits in the byte that is written `bytes` from now. */
  corrupt(bytes: number, mask: number): void {
    this.faults.corrupt(this.#written + bytes, mask);
  }

  /** The writer closes: the end of the stream follows the bytes. */
  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#endWhenSent();
  }

  /** The writer resets: bytes under way are dropped. */
  reset(): void {
    if (this.#state === "abandoned") return;
    this.abandon();
    this.#arrive("reset", this.#release(this.#options.scheduler.nowNs));
  }

  /** The reader is gone: everything is dropped, what is written from now on too. */
  abandon(): void {
    this.#traffic.carrier?.close(this);
    this.#traffic = { ...this.#traffic, carrier: null };
    this.#state = "abandoned";
    this.#options.scheduler.timers.clear(this);
    this.#nextArrival = this.#lastArrival = null;
    this.#options.holds?.drop();
    this.#ring.clear();
    this.#read =
      this.#arrived =
      this.#delivered =
      this.#sent =
        this.#written;
  }

  sent(bytes: number, atNs: number): void {
    this.#sent += bytes;
    this.#arrive("bytes", this.#release(atNs));
    this.#endWhenSent();
  }

  override fire(): void {
    const { nowNs } = this.#options.scheduler;
    while (this.#nextArrival !== null && this.#nextArrival.dueNs <= nowNs) {
      const arrival = this.#nextArrival;
      this.#nextArrival = arrival.next;
      this.#deliver(arrival);
    }
    if (this.#nextArrival === null) this.#lastArrival = null;
    else this.#setTimer(this.#nextArrival);
  }

  #deliver({ kind, position }: Arrival): void {
    switch (kind) {
      case "bytes":
        this.#delivered = position;
        this.#arrived = Math.min(position, this.faults.cutPosition);
        this.receiver.onBytes();
        break;
      case "end":
        this.receiver.onEnd();
        break;
      case "reset":
        this.receiver.onReset();
    }
  }

  #enterTraffic(): void {
    const { carrier, condition, share } = this.#traffic;
    carrier?.open(this, share);
    const delay = condition?.delay ?? null;
    if (delay !== null) this.#delayLine ??= new DelayLine(delay, this.#options.random());
    this.#delayLine?.setDelay(delay);
  }

  #send(bytes: number): void {
    const { carrier } = this.#traffic;
    if (carrier === null) this.sent(bytes, this.#options.scheduler.nowNs);
    else carrier.offer(this, bytes);
  }

  #endWhenSent(): void {
    if (this.#state !== "ending" || this.#sent < this.#written) return;
    this.#state = "ended";
    this.#arrive("end", this.#release(this.#options.scheduler.nowNs));
  }

  /** When the shim lets go what it got at `atNs`. Notes it for the writes that end there. */
  #release(atNs: number): number {
    const releasedNs = this.#delayLine === null
      ? atNs
      : Math.round(this.#delayLine.enter(atNs / 1000) * 1000);
    this.#options.holds?.release(this.#sent, Math.floor(releasedNs / 1000));
    return releasedNs;
  }

  #arrive(kind: Arrival["kind"], releasedNs: number): void {
    const dueNs = releasedNs + this.#options.latencyNs;
    const last = this.#lastArrival;
    if (kind === "bytes" && last !== null && last.dueNs === dueNs) {
      last.position = this.#sent;
      return;
    }
    this.#lastArrival = { position: this.#sent, dueNs, kind, next: null };
    if (last === null) {
      this.#nextArrival = this.#lastArrival;
      this.#setTimer(this.#lastArrival);
    } else {
      last.next = this.#lastArrival;
    }
  }

  #resetTimer(): void {
    this.#options.scheduler.timers.clear(this);
    if (this.#nextArrival !== null) this.#setTimer(this.#nextArrival);
  }

  #setTimer({ dueNs }: Arrival): void {
    const { nowNs, timers } = this.#options.scheduler;
    const atNs = Math.max(dueNs, this.faults.stalledUntilNs, nowNs);
    if (atNs < Infinity) timers.set(this, atNs);
  }
}
