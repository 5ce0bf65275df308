/**
 * The page requests that a destination has sent and that are not answered yet. A recovery sends them again, in their order, or
 * a vCPU would wait until the background stream gets to its page.
 *
 * @module
 */

/**
 * Pages requested and not yet placed, in the order requested.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const open = new OpenRequests();
 * assertEquals([open.add(7), open.add(3), open.add(7)], [true, true, false]);
 * open.delete(7);
 * assertEquals([...open], [3]);
 * ```
 */
export class OpenRequests implements Iterable<number> {
  readonly #pages = new Set<number>();

  /** How many requests are open. */
  get size(): number {
    return this.#pages.size;
  }

  has(page: number): boolean {
    return this.#pages.has(page);
  }

  /** Notes a request; false when one for this page is open already, and none needs to be sent. */
  add(page: number): boolean {
    if (this.#pages.has(page)) return false;
    this.#pages.add(page);
    return true;
  }

  /** Ends a request, its page being placed; false when there was none. */
  delete(page: number): boolean {
    return this.#pages.delete(page);
  }

  clear(): void {
    this.#pages.clear();
  }

  /** The pages, oldest request first. */
  [Symbol.iterator](): Iterator<number> {
    return this.#pages.values();
  }
}
