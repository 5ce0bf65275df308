/**
 * The violations that the vCPUs of one machine have found, in shared memory: all are counted, the first are kept.
 *
 * @module
 */

import { type GuestViolation, VIOLATION_KINDS } from "./guest_violation.ts";

/** How many violations are kept. */
const KEPT = 16;
/** Words of one: whether it is whole, kind, vCPU, step, page, expected (3), found (3). */
const VIOLATION_WORDS = 11;

/** Violations of one run. Several vCPUs write at once, each into a place of its own. */
export class ViolationLog {
  /** Word 0 counts; the violations follow. */
  readonly #words: Int32Array<SharedArrayBuffer>;

  private constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
  }

  static allocate(): ViolationLog {
    return new ViolationLog(new SharedArrayBuffer((1 + KEPT * VIOLATION_WORDS) * 4));
  }

  /** The same log, seen from another Worker. */
  static attach(shared: SharedArrayBuffer): ViolationLog {
    return new ViolationLog(shared);
  }

  get shared(): SharedArrayBuffer {
    return this.#words.buffer;
  }

  /** How many were found, kept or not. */
  get count(): number {
    return Atomics.load(this.#words, 0);
  }

  add(violation: GuestViolation): void {
    const place = Atomics.add(this.#words, 0, 1);
    if (place >= KEPT) return;
    const at = 1 + place * VIOLATION_WORDS;
    const { kind, vcpu, step, page, expected, found } = violation;
    this.#words.set(
      [VIOLATION_KINDS.indexOf(kind), vcpu, step, page, ...expected, ...found],
      at + 1,
    );
    Atomics.store(this.#words, at, 1);
  }

  /** The first violations, in the order found. */
  first(): GuestViolation[] {
    const violations: GuestViolation[] = [];
    for (let at = 1; at < this.#words.length; at += VIOLATION_WORDS) {
      if (Atomics.load(this.#words, at) === 1) violations.push(this.#read(at));
    }
    return violations;
  }

  #read(at: number): GuestViolation {
    const word = (offset: number) => this.#words[at + offset]!;
    return {
      kind: VIOLATION_KINDS[word(1)]!,
      vcpu: word(2),
      step: word(3),
      page: word(4),
      expected: [word(5), word(6), word(7)],
      found: [word(8), word(9), word(10)],
    };
  }
}
