/**
 * The guest program as one vCPU runs it: look at the next page, compare what is there with the last write that must be there,
 * write, go on. It has no loop and no clock: whoever drives it decides when a step is taken, and may let others in between the
 * two halves of a write.
 *
 * How many steps are done lives in guest memory alone, in the register page: `saveRegisters` when the vCPU stops, `arrive` before
 * it goes on, here or on the other side.
 *
 * @module
 */

import { GuestFill } from "./guest_fill.ts";
import {
  equalSlots,
  LAST_WORD,
  MIDDLE_WORD,
  PAGE_WORDS,
  readSlot,
  REGISTER_PAGE,
  registerSlot,
  type SlotWords,
  stepsOfRegister,
  writeSlot,
  writtenSlot,
} from "./guest_page.ts";
import type { GuestRam } from "./guest_ram.ts";
import type { GuestSpec } from "./guest_spec.ts";
import { classifySlot, type GuestViolation, type ViolationKind } from "./guest_violation.ts";
import { GuestWorkload } from "./guest_workload.ts";
import { WriteHistory } from "./write_history.ts";

/**
 * One vCPU's program on one machine's RAM.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { GuestRam } from "./guest_ram.ts";
 * import { fillGuestRam } from "./guest_fill.ts";
 * import { readGuest } from "./guest_spec.ts";
 *
 * const ram = GuestRam.allocate([{ name: "ram", offset: 0, length: 16 * 4096 }]);
 * const spec = readGuest({ "write-share": 1 });
 * fillGuestRam(ram, spec);
 * const program = new GuestProgram(spec, ram, 0);
 * assertEquals([program.arrive(), program.check()], [null, null]);
 * program.writeFirstHalf();
 * program.writeSecondHalfAndMark();
 * program.advance();
 * assertEquals([program.steps, ram.dirty.count()], [1, 1]);
 * ```
 */
export class GuestProgram {
  readonly #ram: GuestRam;
  readonly #vcpu: number;
  readonly #fill: GuestFill;
  readonly #workload: GuestWorkload;
  readonly #history: WriteHistory;
  #arrivedAt = 0;

  /** @throws {GuestSpecError} when the guest does not fit the RAM. */
  constructor(spec: GuestSpec, ram: GuestRam, vcpu: number) {
    this.#ram = ram;
    this.#vcpu = vcpu;
    this.#fill = new GuestFill(spec);
    this.#workload = new GuestWorkload(spec, ram.pages, vcpu);
    this.#history = new WriteHistory(this.#workload, ram.pages, spec.quota);
  }

  /** Steps done. */
  get steps(): number {
    return this.#history.steps;
  }

  /** The page of the next step. */
  get page(): number {
    return this.#history.page;
  }

  /** Whether the next step writes. */
  get isWrite(): boolean {
    return this.#history.isWrite;
  }

  /** The quota is reached: there is no next step. */
  get finished(): boolean {
    return this.#history.finished;
  }

  /**
   * Reads from the register page how many steps were done, and goes on from there. A violation means that the page does not say:
   * the vCPU cannot go on.
   */
  arrive(): GuestViolation | null {
    const slot = readSlot(this.#ram.words, REGISTER_PAGE * PAGE_WORDS, this.#vcpu);
    const steps = stepsOfRegister(slot);
    if (steps === null) return this.#illegibleRegister(slot);
    if (steps === this.#history.steps) return null;
    this.#history.moveTo(steps);
    this.#arrivedAt = steps;
    return null;
  }

  /** Writes to the register page how many steps are done, then marks it. Only after `arrive`: the page is there then. */
  saveRegisters(): void {
    const at = REGISTER_PAGE * PAGE_WORDS;
    writeSlot(this.#ram.words, at, this.#vcpu, registerSlot(this.#history.steps));
    this.#ram.dirty.set(REGISTER_PAGE);
  }

  /** Compares the vCPU's slot of the next step's page, which must be there, with what it must hold. Done before a write too. */
  check(): GuestViolation | null {
    const { page } = this.#history;
    const lastWrite = this.#history.lastWrite(page);
    const initial = this.#fill.slot(page, this.#vcpu);
    const expected = lastWrite < 0 ? initial : writtenSlot(lastWrite);
    const found = readSlot(this.#ram.words, page * PAGE_WORDS, this.#vcpu);
    if (equalSlots(found, expected)) return null;
    const { kind, page: wrong } = classifySlot({
      page,
      steps: this.#history.steps,
      arrivedAt: this.#arrivedAt,
      expected,
      found,
      initial,
      lastWrite,
      received: this.#ram.received.test(page),
      writesHere: (step) => this.#workload.isWrite(step) && this.#workload.page(step) === page,
    });
    return this.#violation(kind, wrong, expected, found);
  }

  /** Stores the first half of the write: between the halves others may copy the page, torn. */
  writeFirstHalf(): void {
    const at = this.#history.page * PAGE_WORDS + this.#vcpu;
    this.#ram.words[at] = this.#history.steps + 1;
    this.#ram.words[at + MIDDLE_WORD] = this.#history.steps + 1;
  }

  /** Stores the rest, then marks the page dirty: whoever copied it torn copies it again. */
  writeSecondHalfAndMark(): void {
    const { page, steps } = this.#history;
    this.#ram.words[page * PAGE_WORDS + LAST_WORD + this.#vcpu] = steps + 1;
    this.#ram.dirty.set(page);
  }

  /** Goes on to the next step. */
  advance(): void {
    this.#history.advance();
  }

  #illegibleRegister(found: SlotWords): GuestViolation {
    const expected = registerSlot(this.#history.steps);
    return this.#violation(this.#registerKind(found), REGISTER_PAGE, expected, found);
  }

  #registerKind(found: SlotWords): ViolationKind {
    if (found.every((word) => word === 0)) {
      return this.#ram.received.test(REGISTER_PAGE) ? "zeroed" : "lost";
    }
    const hasSigns = found[0] >= 0 && found[1] <= 0 && found[2] >= 0;
    return hasSigns ? "torn" : "foreign";
  }

  #violation(
    kind: ViolationKind,
    page: number,
    expected: SlotWords,
    found: SlotWords,
  ): GuestViolation {
    return { kind, vcpu: this.#vcpu, step: this.#history.steps, page, expected, found };
  }
}
