/**
 * The probing side of the main loop probe: sends each measured loop a byte at intended times, without waiting for answers,
 * and keeps what came back. Written over the World contract, so it measures loops in real and in virtual time. The hard thing
 * is a loop that answers nothing for long: a socket takes only some hundreds of single bytes before a write to it waits. So
 * each loop has a writer of its own that sends what has fallen due meanwhile in one piece, and no loop delays another's
 * ticks.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import {
  type Channel,
  ChannelError,
  type Condition,
  type Thread,
  type World,
} from "../world/world.ts";
import {
  type ProbeRecord,
  type ProbeTick,
  type ReceivedAnswer,
  STALL_LISTED_FROM_US,
} from "./loop_stalls.ts";
import { pace } from "./pace.ts";
import { PROBE_ANSWER_BYTES, type ProbeAnswer, ProbeAnswerDecoder } from "./probe_answer.ts";

/** A loop to measure. */
export interface ProbeTarget {
  readonly name: string;
  /** A channel of role "probe" whose other end is in `answerProbe`. The probe closes it. */
  readonly channel: Channel;
  /** How long the loop's thread has waited for a CPU so far; `null` where that is not known. */
  readonly readCpuWaitUs?: () => number | null;
}

/** A running probe. */
export interface LoopProbe {
  /** Ends the measurement now and resolves with what was seen of each target, by name. */
  stop(): Promise<ReadonlyMap<string, ProbeRecord>>;
}

/** Bytes of one write: more than a full socket leaves waiting in a minute. */
const TICKS = new Uint8Array(65536);

/** Starts to probe all `targets` at the same times, `intervalUs` apart. */
export function startLoopProbe(
  world: World,
  targets: readonly ProbeTarget[],
  options: { readonly intervalUs: number },
): LoopProbe {
  const stopping = new AbortController();
  const loops = targets.map((target) => new ProbedLoop(world, target));
  const pacer = world.mainLoop.spawn(
    "probe-pacer",
    () =>
      pace(world.clock, { ...options, signal: stopping.signal }, (intendedUs, nowUs) => {
        for (const loop of loops) loop.send(intendedUs, nowUs);
      }),
  );
  return {
    stop: async () => {
      stopping.abort();
      for (const loop of loops) loop.end();
      await pacer.join();
      const records = new Map<string, ProbeRecord>();
      for (const loop of loops) {
        await loop.join();
        records.set(loop.name, loop.record(options.intervalUs));
      }
      return records;
    },
  };
}

class ProbedLoop {
  readonly name: string;
  readonly #world: World;
  readonly #channel: Channel;
  readonly #readCpuWaitUs: () => number | null;
  readonly #due: Condition;
  readonly #threads: readonly Thread[];
  readonly #ticks: ProbeTick[] = [];
  readonly #answers: ReceivedAnswer[] = [];
  #unsent = 0;
  #answered = 0;
  #endUs: number | undefined;

  constructor(world: World, target: ProbeTarget) {
    this.name = target.name;
    this.#world = world;
    this.#channel = target.channel;
    this.#readCpuWaitUs = target.readCpuWaitUs ?? (() => null);
    this.#due = world.mainLoop.condition();
    this.#threads = [
      world.mainLoop.spawn(`probe-writer-${target.name}`, () => this.#untilClosed(this.#write)),
      world.mainLoop.spawn(`probe-reader-${target.name}`, () => this.#untilClosed(this.#read)),
    ];
  }

  send(intendedUs: readonly number[], sentUs: number): void {
    if (this.#endUs !== undefined) return;
    const cpuWaitUs = this.#readCpuWaitUs();
    for (const us of intendedUs) this.#ticks.push({ intendedUs: us, sentUs, cpuWaitUs });
    this.#unsent += intendedUs.length;
    this.#due.notify();
  }

  /** The end of the measurement, or of the loop: an engine that has ended is not a stalled one. */
  end(): void {
    this.#endUs ??= this.#world.clock.now();
    this.#channel.close();
    this.#due.notify();
  }

  async join(): Promise<void> {
    for (const thread of this.#threads) await thread.join();
  }

  record(intervalUs: number): ProbeRecord {
    const endUs = this.#endUs ?? this.#world.clock.now();
    return { intervalUs, ticks: this.#ticks, answers: this.#answers, endUs };
  }

  async #untilClosed(thread: () => Promise<void>): Promise<void> {
    try {
      await thread.call(this);
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
    }
    this.end();
  }

  async #write(): Promise<void> {
    while (this.#endUs === undefined) {
      if (this.#unsent === 0) {
        await this.#due.wait();
        continue;
      }
      const ticks = TICKS.subarray(0, this.#unsent);
      this.#unsent -= ticks.length;
      await this.#channel.write(ticks);
    }
  }

  async #read(): Promise<void> {
    const decoder = new ProbeAnswerDecoder();
    const chunk = new Uint8Array(64 * PROBE_ANSWER_BYTES);
    for (;;) {
      const length = await this.#channel.read(chunk);
      if (length === null) return;
      for (const answer of decoder.push(chunk.subarray(0, length))) this.#take(answer);
    }
  }

  #take(answer: ProbeAnswer): void {
    const oldest = this.#ticks[this.#answered];
    invariant(oldest !== undefined, `the loop "${this.name}" answered a tick that was not sent`);
    this.#answered += answer.count;
    // Only what is a stall is asked for its cause: reading that between two sleeps costs 13 us, not the 2 of a tight loop.
    const isStall = answer.stampUs - oldest.intendedUs >= STALL_LISTED_FROM_US;
    this.#answers.push({ ...answer, cpuWaitUs: isStall ? this.#readCpuWaitUs() : null });
  }
}
