/**
 * A guest on the command line: `--guest vcpus=2,workload=strided,touches=1000`.
 *
 * @module
 */

import { type GuestSpec, GuestSpecError, readGuest } from "./guest_spec.ts";

const NUMBER = /^-?\d+(\.\d+)?(e-\d+)?$/;

/**
 * Reads `WORD=VALUE,...`, with the words of `readGuest`. The empty text is the guest of all defaults.
 *
 * @throws {GuestSpecError} naming the word and what was expected.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const guest = parseGuest("vcpus=2,workload=hot-cold,hot-pages=0.2,write-share=1");
 * assertEquals(guest.workload, { kind: "hot-cold", hotPages: 0.2, hotTouches: 0.9 });
 * ```
 */
export function parseGuest(text: string): GuestSpec {
  const words = new Map<string, string | number>();
  for (const part of text === "" ? [] : text.split(",")) {
    const [word, value, ...rest] = part.split("=");
    if (word === undefined || value === undefined || rest.length > 0) {
      throw new GuestSpecError(`Cannot read guest: expected WORD=VALUE, received "${part}"`);
    }
    if (words.has(word)) {
      throw new GuestSpecError(`Cannot read guest: expected ${word} once, received it twice`);
    }
    words.set(word, NUMBER.test(value) ? Number(value) : value);
  }
  return readGuest(Object.fromEntries(words));
}

/**
 * The text that `parseGuest` reads, defaults spelled out.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(
 *   formatGuest(parseGuest("touches=0")),
 *   "vcpus=1,workload=strided,touches=0,write-share=0.5,fill=random,seed=1",
 * );
 * ```
 */
export function formatGuest(guest: GuestSpec): string {
  const { workload } = guest;
  const words = {
    "vcpus": guest.vcpus,
    "workload": workload.kind,
    "stride": workload.kind === "strided" ? workload.stride : undefined,
    "hot-pages": workload.kind === "hot-cold" ? workload.hotPages : undefined,
    "hot-touches": workload.kind === "hot-cold" ? workload.hotTouches : undefined,
    "touches": guest.touchesPerSecond,
    "write-share": guest.writeShare,
    "quota": guest.quota,
    "fill": guest.fill,
    "seed": guest.seed,
  };
  return Object.entries(words)
    .filter(([, value]) => value !== undefined)
    .map(([word, value]) => `${word}=${value}`)
    .join(",");
}
