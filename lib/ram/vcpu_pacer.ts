/**
 * When a vCPU's next touch is due. Touches lie on a grid, so that a timer that fires late lowers no rate; a vCPU that was
 * blocked, or that got no CPU for long, begins a new grid instead of making up for what it missed.
 *
 * @module
 */

/** Lateness that is still made up for. */
const FORGIVEN_US = 10_000;
/** A vCPU that was busy for so long rests, as its share of a CPU asks. */
const SLICE_US = 1000;

/**
 * One vCPU's schedule. It has no clock: the time is an argument, in microseconds.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const pacer = new VcpuPacer({ phase: 0, cpuShare: 1 });
 * assertEquals(pacer.waitUs(5000, 1000), 0);
 * pacer.touched();
 * assertEquals(pacer.waitUs(5200, 1000), 800);
 * ```
 */
export class VcpuPacer {
  readonly #phase: number;
  readonly #restPerBusy: number;
  #rate = 0;
  #dueUs = 0;
  #restUntilUs = 0;
  #busySinceUs: number | null = null;

  /**
   * @param options `phase`: which part of the interval lies before the first touch, so that vCPUs do not touch all at once;
   * `cpuShare`: the most of a CPU that the vCPU may use, above 0, at most 1.
   */
  constructor(options: { readonly phase: number; readonly cpuShare: number }) {
    this.#phase = options.phase;
    this.#restPerBusy = 1 / options.cpuShare - 1;
  }

  /** Forgets the schedule: the vCPU stopped or went idle. */
  reset(): void {
    this.#rate = 0;
    this.#busySinceUs = null;
  }

  /** Begins a new grid now: the vCPU was blocked. */
  restart(nowUs: number): void {
    this.#dueUs = nowUs;
    this.#busySinceUs = nowUs;
  }

  /** How long to wait for the next touch; 0 = it is due, Infinity = there is none. */
  waitUs(nowUs: number, touchesPerSecond: number): number {
    if (touchesPerSecond === 0) {
      this.reset();
      return Infinity;
    }
    if (touchesPerSecond !== this.#rate) {
      this.#rate = touchesPerSecond;
      this.#dueUs = nowUs + this.#phase * this.#intervalUs;
    }
    if (nowUs - this.#dueUs > FORGIVEN_US) this.#dueUs = nowUs;
    if (this.#busySinceUs !== null && nowUs - this.#busySinceUs >= SLICE_US) {
      this.#restUntilUs = nowUs + (nowUs - this.#busySinceUs) * this.#restPerBusy;
      this.#busySinceUs = null;
    }
    const wait = Math.ceil(Math.max(this.#dueUs, this.#restUntilUs) - nowUs);
    if (wait > 0) this.#busySinceUs = null;
    else this.#busySinceUs ??= nowUs;
    return Math.max(0, wait);
  }

  /** The touch that was due is done. */
  touched(): void {
    this.#dueUs += this.#intervalUs;
  }

  get #intervalUs(): number {
    return 1_000_000 / this.#rate;
  }
}
