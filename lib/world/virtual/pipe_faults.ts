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

/** Something that is to be done when the reader has read up to a position. */
interface Mark {
  readonly position: number;
  readonly act: () => void;
}

/** The faults of one pipe; none at first. Positions count the bytes from the pipe's beginning. */
export class PipeFaults {
  /** Nothing arrives before; `Infinity`: nothing any more. */
  stalledUntilNs = 0;
  /** No byte from here on arrives. */
  cutPosition = Infinity;
  /** Called when the reader has read everything before the cut. */
  onCut: () => void = () => {};
  /** The most that each of the next `#tornReads` reads gives. */
  #readMaxBytes = Infinity;
  #tornReads = 0;
  #corruptions: Corruption[] = [];
  #marks: Mark[] = [];

  /** The next `reads` reads give no more than `bytes`. */
  tear(bytes: number, reads: number): void {
    this.#readMaxBytes = bytes;
    this.#tornReads = reads;
  }

  /** The most that this read gives. */
  takeReadMax(): number {
    if (this.#tornReads === 0) return Infinity;
    this.#tornReads--;
    return this.#readMaxBytes;
  }

  /** Calls `act` once the reader has read everything before `position`. */
  mark(position: number, act: () => void): void {
    this.#marks.push({ position, act });
  }

  /** The reader has read everything before `position`. */
  pass(position: number): void {
    if (this.#marks.length > 0) {
      const due = this.#marks.filter((mark) => mark.position <= position);
      this.#marks = this.#marks.filter((mark) => mark.position > position);
      for (const { act } of due) act();
    }
    if (position === this.cutPosition) this.onCut();
  }

  /** Takes back what has not happened yet. */
  heal(): void {
    this.stalledUntilNs = 0;
    this.cutPosition = Infinity;
    this.#tornReads = 0;
    this.#corruptions = [];
    this.#marks = [];
  }

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
