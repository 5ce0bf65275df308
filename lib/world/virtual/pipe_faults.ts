/**
 * What chaos does to one direction of a channel: how bytes arrive, and whether they are the ones that were written.
 *
 * @module
 */

/** Bits to invert in the byte at a position. */
interface Corruption {
  readonly position: number;
  readonly mask: number;
}

const NONE: readonly Corruption[] = [];

/** The faults of one pipe; none at first. Positions count the bytes from the pipe's beginning. */
export class PipeFaults {
  /** Nothing arrives before; `Infinity`: nothing any more. */
  stalledUntilNs = 0;
  /** The most that one read gives. */
  readMaxBytes = Infinity;
  /** No byte from here on arrives. */
  cutPosition = Infinity;
  /** Called when the reader has read everything before the cut. */
  onCut: () => void = () => {};
  #corruptions: Corruption[] = [];

  /** The byte at `position`, which has not been written yet, will be another one. */
  corrupt(position: number, mask: number): void {
    this.#corruptions.push({ position, mask });
  }

  /** Takes out the corruptions of bytes before `end`. */
  takeCorruptions(end: number): readonly Corruption[] {
    if (this.#corruptions.length === 0) return NONE;
    const due = this.#corruptions.filter(({ position }) => position < end);
    this.#corruptions = this.#corruptions.filter(({ position }) => position >= end);
    return due;
  }
}
