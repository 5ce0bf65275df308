/**
 * Leaves out some of many without losing what stands out.
 *
 * @module
 */

/**
 * At most `most` of `items`: of each stretch of as many neighbours the greatest one, and the middle one, so that peaks stay and so does
 * what is usual. The greatest of all is always among them.
 *
 * @param items in the order in which they are neighbours, which the result keeps.
 * @param most at least 2.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(keepPeaks([1, 2, 9, 1, 1, 2, 3, 8], 4, (item) => item), [9, 1, 2, 8]);
 * ```
 */
export function keepPeaks<T>(
  items: readonly T[],
  most: number,
  sizeOf: (item: T) => number,
): readonly T[] {
  if (items.length <= most) return items;
  const stretches = Math.floor(most / 2);
  const kept: T[] = [];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const begin = Math.floor(stretch * items.length / stretches);
    const end = Math.floor((stretch + 1) * items.length / stretches);
    const places = Array.from({ length: end - begin }, (_, index) => begin + index);
    const bySize = places.sort((a, b) => sizeOf(items[a]!) - sizeOf(items[b]!));
    const chosen = [bySize[Math.floor((bySize.length - 1) / 2)]!, bySize.at(-1)!];
    kept.push(...[...new Set(chosen)].sort((a, b) => a - b).map((place) => items[place]!));
  }
  return kept;
}

/**
 * The `most` greatest of `items`, in the order in which they were.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(keepGreatest([3, 1, 9, 2], 2, (item) => item), [3, 9]);
 * ```
 */
export function keepGreatest<T>(
  items: readonly T[],
  most: number,
  sizeOf: (item: T) => number,
): readonly T[] {
  if (items.length <= most) return items;
  const bySize = [...items.keys()].sort((a, b) => sizeOf(items[b]!) - sizeOf(items[a]!) || a - b);
  const chosen = new Set(bySize.slice(0, most));
  return items.filter((_, index) => chosen.has(index));
}
