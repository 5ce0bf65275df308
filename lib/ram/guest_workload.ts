/**
 * Which page step n of a vCPU touches, and whether it writes: pure functions of (seed, vCPU, n), so that anybody who knows how
 * many steps were done knows every write that was made. Page 0 is never touched: it holds the registers.
 *
 * @module
 */

import { unreachable } from "../invariant.ts";
import { type GuestSpec, GuestSpecError, type Workload } from "./guest_spec.ts";
import { mix32 } from "./mix32.ts";

/** The part of the touched pages that the default stride skips. */
const GOLDEN_SECTION = (Math.sqrt(5) - 1) / 2;
const TWO_TO_32 = 2 ** 32;

/**
 * The choices of one vCPU.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readGuest } from "./guest_spec.ts";
 *
 * const spec = readGuest({ workload: "sequential" });
 * const workload = new GuestWorkload(spec, 4, 0);
 * assertEquals([0, 1, 2, 3].map((step) => workload.page(step)), [1, 2, 3, 1]);
 * ```
 */
export class GuestWorkload {
  readonly #spec: GuestSpec;
  /** Pages that are touched: all but the register page. */
  readonly #touched: number;
  readonly #first: number;
  readonly #stride: number;
  readonly #hot: number;
  readonly #pageKey: number;
  readonly #writeKey: number;

  /** @throws {GuestSpecError} as `checkGuestFits`. */
  constructor(spec: GuestSpec, pages: number, vcpu: number) {
    checkGuestFits(spec, pages);
    const { workload } = spec;
    const touched = pages - 1;
    this.#spec = spec;
    this.#touched = touched;
    this.#first = Math.floor((vcpu * touched) / spec.vcpus);
    this.#stride = strideOf(workload) ?? goldenStride(touched);
    this.#hot = workload.kind === "hot-cold"
      ? Math.max(1, Math.min(touched - 1, Math.round(workload.hotPages * touched)))
      : 0;
    this.#pageKey = mix32(mix32(spec.seed) + vcpu);
    this.#writeKey = mix32(this.#pageKey);
  }

  /** The page that a step touches; 1 or more. */
  page(step: number): number {
    const { workload } = this.#spec;
    switch (workload.kind) {
      case "uniform":
        return 1 + below(this.#touched, draw(step, this.#pageKey));
      case "sequential":
        return 1 + ((this.#first + step) % this.#touched);
      case "strided":
        return 1 + this.#strided(this.#first, step);
      case "hot-cold":
        return 1 + this.#hotOrCold(draw(step, this.#pageKey), workload.hotTouches);
      default:
        return unreachable(workload);
    }
  }

  /** Whether a step writes. */
  isWrite(step: number): boolean {
    return draw(step, this.#writeKey) < this.#spec.writeShare * TWO_TO_32;
  }

  /** Hot pages are every stride-th one, so that they lie anywhere in the order of the background stream. */
  #hotOrCold(drawn: number, hotTouches: number): number {
    const within = mix32(drawn) >>> 0;
    const cold = this.#touched - this.#hot;
    const isHot = cold === 0 || drawn < hotTouches * TWO_TO_32;
    return this.#strided(0, isHot ? below(this.#hot, within) : this.#hot + below(cold, within));
  }

  /** `first + count * stride`, modulo the touched pages; exact, as both factors are at most 2^24. */
  #strided(first: number, count: number): number {
    return (first + (count % this.#touched) * this.#stride) % this.#touched;
  }
}

/**
 * Checks that a guest can run on so many pages: at least 2, and a stride of its own must be coprime with one less.
 *
 * @throws {GuestSpecError} saying what was expected.
 */
export function checkGuestFits({ workload }: GuestSpec, pages: number): void {
  if (pages < 2) {
    throw new GuestSpecError(`Cannot run a guest: expected at least 2 pages, received ${pages}`);
  }
  if (workload.kind === "strided") strideFor(workload, pages - 1);
}

function strideOf(workload: Workload): number | undefined {
  return workload.kind === "strided" ? workload.stride : undefined;
}

/**
 * The stride of an order over so many pages: 1, the workload's own, or one near the golden section.
 *
 * @throws {GuestSpecError} when its own is not coprime with them.
 */
export function strideFor(
  workload: Extract<Workload, { kind: "sequential" | "strided" }>,
  pages: number,
): number {
  if (workload.kind === "sequential") return 1;
  const stride = strideOf(workload) ?? goldenStride(pages);
  if (greatestCommonDivisor(stride, pages) === 1) return stride;
  throw new GuestSpecError(
    `Cannot run a guest: stride expected a number coprime with the ${pages} pages touched, received ${stride}`,
  );
}

/**
 * The number nearest to the golden section of `touched` that is coprime with it: successive touches lie far apart, everywhere.
 */
function goldenStride(touched: number): number {
  const near = Math.max(1, Math.round(touched * GOLDEN_SECTION));
  for (let distance = 0; distance < touched; distance++) {
    for (const stride of [near + distance, near - distance]) {
      if (stride >= 1 && greatestCommonDivisor(stride, touched) === 1) return stride;
    }
  }
  return 1;
}

function greatestCommonDivisor(left: number, right: number): number {
  return right === 0 ? left : greatestCommonDivisor(right, left % right);
}

/** An unsigned 32-bit number for a step. */
function draw(step: number, key: number): number {
  return mix32(mix32(step) ^ key) >>> 0;
}

/** Maps an unsigned 32-bit number to [0, bound). */
function below(bound: number, drawn: number): number {
  return Math.floor((drawn * bound) / TWO_TO_32);
}
