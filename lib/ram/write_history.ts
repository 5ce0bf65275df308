/**
 * What one vCPU has written, known from nothing but how many steps it has done: the steps are replayed. This is how a vCPU that
 * arrives on the other side knows what it must find there, and how the whole RAM is verified, without a channel beside the
 * migration.
 *
 * @module
 */

import type { GuestWorkload } from "./guest_workload.ts";

/** A vCPU ends after so many steps, as after its quota: a slot of the register page holds no more. */
const MAX_STEPS = 2 ** 31 - 2;

/**
 * One vCPU's steps so far, with its last write to each page.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readGuest } from "./guest_spec.ts";
 * import { GuestWorkload } from "./guest_workload.ts";
 *
 * const spec = readGuest({ workload: "sequential", "write-share": 1 });
 * const history = new WriteHistory(new GuestWorkload(spec, 4, 0), 4);
 * history.moveTo(5);
 * assertEquals([1, 2, 3].map((page) => history.lastWrite(page)), [3, 4, 2]);
 * ```
 */
export class WriteHistory {
  readonly #workload: GuestWorkload;
  readonly #quota: number;
  /** 1 + the step of the last write to each page; 0 = none. */
  readonly #lastWrites: Int32Array;
  #steps = 0;
  #writes = 0;
  #page = 0;
  #isWrite = false;

  /** @param quota writes after which there is no next step; absent: none. */
  constructor(workload: GuestWorkload, pages: number, quota = Infinity) {
    this.#workload = workload;
    this.#quota = quota;
    this.#lastWrites = new Int32Array(pages);
    this.#choose();
  }

  /** Steps done; the number of the next one. */
  get steps(): number {
    return this.#steps;
  }

  /** The page of the next step. */
  get page(): number {
    return this.#page;
  }

  /** Whether the next step writes. */
  get isWrite(): boolean {
    return this.#isWrite;
  }

  /** The quota is reached: there is no next step. */
  get finished(): boolean {
    return this.#writes >= this.#quota || this.#steps >= MAX_STEPS;
  }

  /** The step of the last write to a page, or -1. */
  lastWrite(page: number): number {
    return this.#lastWrites[page]! - 1;
  }

  /** Notes that the next step was done. */
  advance(): void {
    if (this.#isWrite) {
      this.#lastWrites[this.#page] = this.#steps + 1;
      this.#writes++;
    }
    this.#steps++;
    this.#choose();
  }

  /** Becomes the history after `steps` steps, or after as many as the quota allows. */
  moveTo(steps: number): void {
    if (steps < this.#steps) {
      this.#lastWrites.fill(0);
      this.#steps = 0;
      this.#writes = 0;
      this.#choose();
    }
    while (this.#steps < steps && !this.finished) this.advance();
  }

  #choose(): void {
    this.#page = this.#workload.page(this.#steps);
    this.#isWrite = this.#workload.isWrite(this.#steps);
  }
}
