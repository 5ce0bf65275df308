/**
 * What can be wrong with a page that a vCPU looks at, told apart, because each kind has other causes: an old page was sent, or
 * placed over a write; nothing was placed, or zeros were; parts of two versions; something that never was this page.
 *
 * @module
 */

import { equalSlots, REGISTER_PAGE, type SlotWords } from "./guest_page.ts";

/**
 * - `stale`: an older version, from before the vCPU ran here. Of the register page: older than the pages.
 * - `overwritten`: an older version, although the vCPU wrote a newer one here.
 * - `zeroed`: zeros were placed.
 * - `lost`: nothing was placed, and the vCPU was not stopped by that.
 * - `torn`: parts of different versions.
 * - `foreign`: never the content of this slot.
 */
export const VIOLATION_KINDS = [
  "stale",
  "overwritten",
  "zeroed",
  "lost",
  "torn",
  "foreign",
] as const;

export type ViolationKind = (typeof VIOLATION_KINDS)[number];

/** A slot that does not hold what it must. */
export interface GuestViolation {
  readonly kind: ViolationKind;
  readonly vcpu: number;
  /** The step that looked. */
  readonly step: number;
  readonly page: number;
  /** What the slot must hold, and what it held: signed 32-bit words. */
  readonly expected: SlotWords;
  readonly found: SlotWords;
}

/** What the vCPU knows about the slot. */
export interface SlotKnowledge {
  readonly page: number;
  /** Steps done so far, and when the vCPU arrived here. */
  readonly steps: number;
  readonly arrivedAt: number;
  readonly expected: SlotWords;
  readonly found: SlotWords;
  /** The slot before any write. */
  readonly initial: SlotWords;
  /** The step of the slot's last write, or -1. */
  readonly lastWrite: number;
  /** Whether the page was placed. */
  readonly received: boolean;
  /** Whether a step, done or not, writes this page. */
  writesHere(step: number): boolean;
}

/** What is wrong with a slot that does not hold what it must, and with which page. */
export function classifySlot(slot: SlotKnowledge): { kind: ViolationKind; page: number } {
  const { found, expected, page } = slot;
  if (found.every((word) => word === 0)) return { kind: slot.received ? "zeroed" : "lost", page };
  if (found.some((word, at) => word === expected[at])) return { kind: "torn", page };
  const versions = found.map((word, at) => versionOf(slot, word, at));
  if (versions.includes(null)) return { kind: "foreign", page };
  if (versions.some((version) => version !== versions[0])) return { kind: "torn", page };
  if (versions[0]! >= slot.steps) return { kind: "stale", page: REGISTER_PAGE };
  return { kind: slot.lastWrite >= slot.arrivedAt ? "overwritten" : "stale", page };
}

/** The step that wrote a word, -1 for its initial content, `null` for what it never held. */
function versionOf(slot: SlotKnowledge, word: number, at: number): number | null {
  if (word > 0 && slot.writesHere(word - 1)) return word - 1;
  return word === slot.initial[at] ? -1 : null;
}

/**
 * A violation in one sentence.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(
 *   describeViolation({
 *     kind: "stale",
 *     vcpu: 1,
 *     step: 812,
 *     page: 77,
 *     expected: [800, 800, 800],
 *     found: [641, 641, 641],
 *   }),
 *   "vCPU 1, step 812: page 77 is stale: expected 800 in its slot, found 641",
 * );
 * ```
 */
export function describeViolation(violation: GuestViolation): string {
  const { kind, vcpu, step, page, expected, found } = violation;
  return `vCPU ${vcpu}, step ${step}: page ${page} is ${kind}: ` +
    `expected ${describeSlot(expected)} in its slot, found ${describeSlot(found)}`;
}

function describeSlot(slot: SlotWords): string {
  return equalSlots(slot, [slot[0], slot[0], slot[0]]) ? `${slot[0]}` : slot.join(" ");
}
