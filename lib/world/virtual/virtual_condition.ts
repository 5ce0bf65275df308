/**
 * Conditions of virtual time.
 *
 * @module
 */

import type { Condition } from "../world.ts";
import type { Scheduler } from "./scheduler.ts";
import { type Operation, PENDING, type Task, WAIT } from "./task.ts";

/**
 * A condition. A thread counts as waiting from the call on, not from when its work is paid for: it has looked at its
 * predicate already, and a notify in between must reach it.
 */
export class VirtualCondition implements Condition {
  readonly #scheduler: Scheduler;
  readonly #waits: ConditionWait[] = [];

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  wait(timeoutUs?: number): Promise<void> {
    const wait = new ConditionWait(this.#scheduler, this.#waits, timeoutUs);
    this.#waits.push(wait);
    return this.#scheduler.wait(wait);
  }

  notify(): void {
    if (this.#waits.length === 0) return;
    for (const wait of this.#waits.splice(0)) wait.notify();
  }
}

class ConditionWait implements Operation<void> {
  readonly kind = WAIT.condition;
  readonly #scheduler: Scheduler;
  readonly #waits: ConditionWait[];
  readonly #task: Task;
  readonly #timeoutNs: number | undefined;
  #endNs = Infinity;
  #notified = false;

  constructor(scheduler: Scheduler, waits: ConditionWait[], timeoutUs: number | undefined) {
    this.#scheduler = scheduler;
    this.#waits = waits;
    this.#task = scheduler.current;
    this.#timeoutNs = timeoutUs === undefined
      ? undefined
      : Math.max(0, Math.ceil(timeoutUs * 1000));
  }

  notify(): void {
    this.#notified = true;
    this.#scheduler.wake(this.#task);
  }

  poll(task: Task): void | typeof PENDING {
    const { nowNs, timers } = this.#scheduler;
    if (this.#notified) {
      timers.clear(task);
    } else if (nowNs >= this.#endNs) {
      this.#waits.splice(this.#waits.indexOf(this), 1);
    } else {
      if (this.#endNs === Infinity && this.#timeoutNs !== undefined) {
        this.#endNs = nowNs + this.#timeoutNs;
        timers.set(task, this.#endNs);
      }
      return PENDING;
    }
  }

  subject(): string {
    return "";
  }
}
