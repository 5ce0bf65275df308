/**
 * Who goes next: the one choice that virtual time leaves open. The bench goes first in, first out; chaos chooses by seed and
 * replays.
 *
 * @module
 */

/**
 * Chooses among tasks that are runnable at the same instant. Not free is a thread that takes a `turn`: in its place the task of its loop
 * goes that has been runnable for longest, since what a turn promises no event loop breaks.
 */
export interface Schedule {
  /**
   * The index of the task that goes next, in [0, `runnable`); `runnable` is at least 2, index 0 has been runnable for
   * longest. Called once per choice, in an order that only depends on earlier answers: a recorded list of answers replays a
   * run.
   *
   * @param taskAt The number of the task at an index; a task keeps its number for life.
   */
  choose(runnable: number, taskAt: (index: number) => number): number;
  /**
   * Whether the end of a wait is a choice too: others may go after it and before its thread, also where the wait could end at once.
   * Default `false`: a read of bytes that are there goes on without serving anybody else, and a thread that never takes a `turn` starves
   * its loop.
   */
  readonly yieldsWhenReady?: boolean;
}

/** First in, first out. */
export const FIFO: Schedule = { choose: () => 0 };
