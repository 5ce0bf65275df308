/**
 * What guest memory holds before its first write: a pure function of (seed, page) that must be cheap for one word, which every
 * read compares, and for a whole page alike. So a word is a word of one base page, xored with a key of its own page. With
 * random content all words of the base differ and all keys differ: no page is zero, and no two are equal.
 *
 * @module
 */

import { unreachable } from "../invariant.ts";
import {
  LAST_WORD,
  MIDDLE_WORD,
  PAGE_WORDS,
  REGISTER_PAGE,
  registerSlot,
  type SlotWords,
  writeSlot,
} from "./guest_page.ts";
import type { GuestRam } from "./guest_ram.ts";
import type { GuestFillKind, GuestSpec } from "./guest_spec.ts";
import { mix32 } from "./mix32.ts";

/**
 * The initial content of a guest's memory.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const fill = new GuestFill({ fill: "pattern", seed: 1, vcpus: 1 });
 * const words = new Int32Array(1024);
 * fill.page(3, words, 0);
 * assertEquals([...words.slice(0, 3)], [3072, 3073, 3074]);
 * assertEquals(fill.slot(3, 0), [3072, 3584, 4032]);
 * ```
 */
export class GuestFill {
  readonly #kind: GuestFillKind;
  readonly #vcpus: number;
  readonly #key: number;
  readonly #base: Int32Array;

  constructor(spec: Pick<GuestSpec, "fill" | "seed" | "vcpus">) {
    this.#kind = spec.fill;
    this.#vcpus = spec.vcpus;
    this.#key = mix32(spec.seed);
    this.#base = new Int32Array(PAGE_WORDS).map((_, word) => this.#baseWord(word));
  }

  /** Stores a page's content in `words`, from `at` on. The register page says that no vCPU has done a step. */
  page(page: number, words: Int32Array, at: number): void {
    const base = this.#base;
    const key = this.#pageKey(page);
    for (let word = 0; word < PAGE_WORDS; word++) words[at + word] = base[word]! ^ key;
    if (page !== REGISTER_PAGE) return;
    for (let vcpu = 0; vcpu < this.#vcpus; vcpu++) writeSlot(words, at, vcpu, registerSlot(0));
  }

  /** A vCPU's slot of a page that steps touch. */
  slot(page: number, vcpu: number): SlotWords {
    const base = this.#base;
    const key = this.#pageKey(page);
    return [
      base[vcpu]! ^ key,
      base[MIDDLE_WORD + vcpu]! ^ key,
      base[LAST_WORD + vcpu]! ^ key,
    ];
  }

  #baseWord(word: number): number {
    switch (this.#kind) {
      case "random":
        return mix32(this.#key + word);
      case "pattern":
        return word;
      case "zero":
        return 0;
      default:
        return unreachable(this.#kind);
    }
  }

  #pageKey(page: number): number {
    switch (this.#kind) {
      case "random":
        return mix32(page ^ this.#key);
      case "pattern":
        return page * PAGE_WORDS;
      case "zero":
        return 0;
      default:
        return unreachable(this.#kind);
    }
  }
}

/** Gives new RAM its initial content: every page is there, none is dirty. */
export function fillGuestRam(ram: GuestRam, spec: GuestSpec): void {
  const fill = new GuestFill(spec);
  const pages = spec.fill === "zero" ? REGISTER_PAGE + 1 : ram.pages;
  for (let page = 0; page < pages; page++) fill.page(page, ram.words, page * PAGE_WORDS);
  ram.received.fill();
}
