/**
 * The runnable tasks in the order in which they became runnable: a ring, since the first one nearly always goes next.
 *
 * @module
 */

import type { Task } from "./task.ts";

/** A queue of tasks. */
export class TaskQueue {
  #slots: (Task | undefined)[] = new Array(16).fill(undefined);
  #head = 0;
  #length = 0;

  /** How many tasks are in it. */
  get length(): number {
    return this.#length;
  }

  /** Adds a task at the end. */
  push(task: Task): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = task;
    this.#length++;
  }

  /** The task at `index`, counted from the first, which must be there. */
  at(index: number): Task {
    return this.#slots[(this.#head + index) & (this.#slots.length - 1)]!;
  }

  /** Takes out the task at `index`, counted from the first, which must be there; the others keep their order. */
  take(index: number): Task {
    const mask = this.#slots.length - 1;
    const task = this.#slots[(this.#head + index) & mask]!;
    for (let i = index; i > 0; i--) {
      this.#slots[(this.#head + i) & mask] = this.#slots[(this.#head + i - 1) & mask];
    }
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & mask;
    this.#length--;
    return task;
  }

  /** Takes out every task that `matches`, in order; the others keep theirs. */
  takeAll(matches: (task: Task) => boolean): Task[] {
    const taken: Task[] = [];
    for (let left = this.#length; left > 0; left--) {
      const task = this.take(0);
      if (matches(task)) taken.push(task);
      else this.push(task);
    }
    return taken;
  }

  #grow(): void {
    const slots = new Array<Task | undefined>(this.#slots.length * 2).fill(undefined);
    for (let i = 0; i < this.#length; i++) {
      slots[i] = this.#slots[(this.#head + i) & (this.#slots.length - 1)];
    }
    this.#slots = slots;
    this.#head = 0;
  }
}
