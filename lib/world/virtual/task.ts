/**
 * A thread of the virtual world as the scheduler sees it, and what it may wait in.
 *
 * Every wait is an `Operation` that is polled: it ends when a poll gives its value. So a task is woken whenever something
 * *may* have changed, by anyone and any number of times, and the operation alone decides, in the one place that looks at the
 * state when the task really goes on. Nothing that happens between wake-up and going on is lost.
 *
 * @module
 */

import type { Loop } from "./loop.ts";
import { Timer } from "./timer_heap.ts";

/** A poll's answer when there is no value yet. */
export const PENDING = Symbol("pending");

/** The kinds of wait, numbered for the trace hash. Numbers are never reused, or old seeds mean other traces. */
export const WAIT = {
  start: 0,
  turn: 1,
  sleep: 2,
  condition: 3,
  join: 4,
  read: 5,
  write: 6,
  accept: 7,
  connect: 8,
} as const;

/** A kind of wait. */
export type Wait = typeof WAIT[keyof typeof WAIT];

const WAIT_NAMES = Object.keys(WAIT);

/** A wait for a value. */
export interface Operation<T> {
  readonly kind: Wait;
  /** The kernel does it and tells the loop: it may have ended, and not be undone, before its thread goes on. */
  readonly isKernels?: true;
  /**
   * The value, or `PENDING` after having seen to it that `task` is woken when that may change.
   *
   * @throws what the waiting thread is to see.
   */
  poll(task: Task): T | typeof PENDING;
  /** What is waited for, for a report, e.g. `the main channel`; "" when the kind of wait says all. */
  subject(): string;
}

/** One thread. Its timer is its own alarm clock: it wakes the task. */
export class Task extends Timer {
  /** Resolves the promise that the thread awaits; set while it is parked. */
  resolve: (value: unknown) => void = unparked;
  /** Rejects it. */
  reject: (error: unknown) => void = unparked;
  /** What it waits in. `null`: to be started, or for its turn. */
  operation: Operation<unknown> | null = null;
  /** How that has ended, where the task has yet to hear of it. */
  outcome: { readonly value: unknown } | null = null;
  /** The kind of the wait, also without an operation. */
  wait: Wait = WAIT.start;
  /** Whether it waits; `false` while it runs and after its end. */
  parked = true;
  /** Runnable, or about to be when its loop is free. */
  ready = false;
  /** Its loop is busy with work that this task has done: nothing but the end of it makes the task runnable. */
  paying = false;
  /** Whether it lets every task of its loop go first that became runnable before it. */
  turns = false;
  /** Whether it has returned or was killed. */
  ended = false;
  /** Tasks that wait for its end. */
  readonly joiners: Task[] = [];

  constructor(readonly id: number, readonly name: string, readonly loop: Loop) {
    super();
  }

  override fire(): void {
    this.loop.scheduler.wake(this);
  }

  /** Where it is, for a report. */
  describeWait(): string {
    const subject = this.operation?.subject() ?? "";
    const name = WAIT_NAMES[this.wait]!;
    return subject === "" ? name : `${name} of ${subject}`;
  }
}

function unparked(): never {
  throw new TypeError("Cannot resume a task: it is not parked");
}
