/**
 * The clock of virtual time.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";
import type { Clock } from "../world.ts";
import type { Scheduler } from "./scheduler.ts";
import { type Operation, PENDING, type Task, WAIT } from "./task.ts";

const NANOSECONDS_PER_US = 1000;

/** Virtual time for threads. It stands still while they run; what their work costs passes at their next wait. */
export class VirtualClock implements Clock {
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  now(): number {
    return Math.floor(this.#scheduler.nowNs / NANOSECONDS_PER_US);
  }

  sleep(us: number, signal?: AbortSignal): Promise<void> {
    invariant(us < Infinity, "a sleep has an end");
    if (us <= 0 || signal?.aborted === true) return this.#scheduler.turn();
    const ns = Math.ceil(us * NANOSECONDS_PER_US);
    return this.#scheduler.wait(
      signal === undefined
        ? new Sleep(this.#scheduler, ns)
        : new InterruptibleSleep(this.#scheduler, ns, signal),
    );
  }
}

class Sleep implements Operation<void> {
  readonly kind = WAIT.sleep;
  protected readonly scheduler: Scheduler;
  readonly #ns: number;
  #endNs = -1;

  constructor(scheduler: Scheduler, ns: number) {
    this.scheduler = scheduler;
    this.#ns = ns;
  }

  poll(task: Task): void | typeof PENDING {
    const { nowNs, timers } = this.scheduler;
    if (this.#endNs < 0) {
      this.#endNs = nowNs + this.#ns;
      timers.set(task, this.#endNs);
    }
    return nowNs < this.#endNs ? PENDING : undefined;
  }

  subject(): string {
    return "";
  }
}

class InterruptibleSleep extends Sleep {
  readonly #signal: AbortSignal;
  #interrupt: (() => void) | undefined;

  constructor(scheduler: Scheduler, ns: number, signal: AbortSignal) {
    super(scheduler, ns);
    this.#signal = signal;
  }

  override poll(task: Task): void | typeof PENDING {
    if (this.#interrupt === undefined) {
      this.#interrupt = () => this.scheduler.wake(task);
      this.#signal.addEventListener("abort", this.#interrupt);
    }
    if (super.poll(task) === PENDING && !this.#signal.aborted) return PENDING;
    this.#signal.removeEventListener("abort", this.#interrupt);
    this.scheduler.timers.clear(task);
  }
}
