/**
 * One loop's part in the schedule: whether any of its tasks may run now.
 *
 * Only one task runs at a time anyway, so a loop is only a matter of time: work that its tasks have done keeps it busy, and
 * then none of them runs while the tasks of other loops go on. Whoever makes a loop busy **owns** it until he goes on
 * himself; tasks that become runnable meanwhile are held back, in order.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";
import type { Work } from "../world.ts";
import type { CostTable } from "./cost_table.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Task } from "./task.ts";
import { Timer } from "./timer_heap.ts";

const PICOSECONDS_PER_US = 1e6;
const PICOSECONDS_PER_NS = 1e3;

/** One loop. Its timer is the end of the work that it is busy with. */
export class Loop extends Timer {
  /** The one task that may run; `null`: any. */
  owner: Task | null = null;
  /** How many of its tasks are in the scheduler's queue. */
  readyCount = 0;
  /** Its tasks that have not ended, oldest first. */
  readonly tasks = new Set<Task>();
  /** How many times as long as in the table its work takes. */
  slowness = 1;
  readonly #heldBack: Task[] = [];
  #ownerGoesFirst = false;
  /** Work done and not paid for. Integer picoseconds, so that a million small prices add up to what they should. */
  #debtPs = 0;

  /** `costs` is `null` where work is free. */
  constructor(
    readonly scheduler: Scheduler,
    readonly name: string,
    readonly costs: CostTable | null,
  ) {
    super();
  }

  /** Notes work. */
  spend(work: Work, count: number): void {
    if (this.costs === null) return;
    invariant(count >= 0, "work is done 0 times or more");
    this.#debtPs += Math.round(this.costs[work] * PICOSECONDS_PER_US * count * this.slowness);
  }

  /** Notes time that the loop loses otherwise, free or not. */
  lose(us: number): void {
    this.#debtPs += Math.round(us * PICOSECONDS_PER_US);
  }

  /** Whether there is a nanosecond or more to pay. */
  get owes(): boolean {
    return this.#debtPs >= PICOSECONDS_PER_NS;
  }

  /** Makes the loop busy for what it owes. Then `task` becomes runnable: before tasks that were held back, or behind them. */
  pay(task: Task, goesFirst: boolean): void {
    const ns = Math.floor(this.#debtPs / PICOSECONDS_PER_NS);
    this.#debtPs -= ns * PICOSECONDS_PER_NS;
    this.#ownerGoesFirst = goesFirst;
    task.paying = true;
    this.own(task);
    this.scheduler.timers.set(this, this.scheduler.nowNs + ns);
  }

  /** Keeps all other tasks from running until `task` has gone on. */
  own(task: Task): void {
    invariant(this.owner === null, "a loop has one owner at a time");
    this.owner = task;
    if (this.readyCount === 0) return;
    for (const ready of this.scheduler.unqueue(this)) this.#heldBack.push(ready);
  }

  /** Lets every task run again. */
  release(): void {
    this.owner = null;
    if (this.#heldBack.length === 0) return;
    for (const task of this.#heldBack.splice(0)) this.scheduler.queue(task);
  }

  /** Keeps a runnable task until the loop is released. */
  holdBack(task: Task): void {
    this.#heldBack.push(task);
  }

  override fire(): void {
    const owner = this.owner;
    invariant(owner !== null, "a busy loop has an owner");
    owner.paying = false;
    if (!this.#ownerGoesFirst) this.release();
    this.scheduler.wake(owner);
  }

  /** Ends all of its tasks where they are. */
  kill(): void {
    this.scheduler.timers.clear(this);
    for (const task of this.tasks) this.scheduler.end(task);
    // Last, since the end of a task makes those that joined it runnable.
    this.scheduler.unqueue(this);
  }
}
