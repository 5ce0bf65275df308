/**
 * Timers in the order in which they are due; those due at the same time in the order in which they were set.
 *
 * A binary heap whose entries know their place, so that a timer is taken out as cheaply as it is put in: a wait with a long
 * timeout that is nearly always notified first would otherwise fill the heap with dead entries.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";

/** Something that is due once at a time. Its owner is the entry itself, so that setting a timer allocates nothing. */
export abstract class Timer {
  /** Due at, in nanoseconds; meaningful while set. */
  dueNs = 0;
  /** Which one was set first, among those due at the same time. */
  order = 0;
  /** Place in the heap, -1 while not set. */
  heapIndex = -1;

  /** Whether it is set. */
  get isSet(): boolean {
    return this.heapIndex >= 0;
  }

  /** Called at its time, after it was taken out. */
  abstract fire(): void;
}

/** The timers that are set. */
export class TimerHeap {
  readonly #entries: Timer[] = [];
  #orders = 0;

  /** How many are set. */
  get size(): number {
    return this.#entries.length;
  }

  /** The next one due, or `undefined`. */
  get first(): Timer | undefined {
    return this.#entries[0];
  }

  /** Sets a timer that is not set, behind all others that are due at `dueNs`. */
  set(timer: Timer, dueNs: number): void {
    invariant(timer.heapIndex < 0, "a timer is set once at a time");
    timer.dueNs = dueNs;
    timer.order = this.#orders++;
    this.#entries.push(timer);
    this.#rise(timer, this.#entries.length - 1);
  }

  /** Takes a timer out; nothing happens when it is not set. */
  clear(timer: Timer): void {
    const index = timer.heapIndex;
    if (index < 0) return;
    timer.heapIndex = -1;
    const last = this.#entries.pop();
    if (last === undefined || last === timer) return;
    if (isBefore(last, timer)) this.#rise(last, index);
    else this.#sink(last, index);
  }

  #rise(timer: Timer, from: number): void {
    const entries = this.#entries;
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = entries[parentIndex]!;
      if (!isBefore(timer, parent)) break;
      entries[index] = parent;
      parent.heapIndex = index;
      index = parentIndex;
    }
    entries[index] = timer;
    timer.heapIndex = index;
  }

  #sink(timer: Timer, from: number): void {
    const entries = this.#entries;
    let index = from;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= entries.length) break;
      const right = entries[childIndex + 1];
      let child = entries[childIndex]!;
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        childIndex++;
      }
      if (!isBefore(child, timer)) break;
      entries[index] = child;
      child.heapIndex = index;
      index = childIndex;
    }
    entries[index] = timer;
    timer.heapIndex = index;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueNs < b.dueNs || (a.dueNs === b.dueNs && a.order < b.order);
}
