/**
 * The vCPUs as an engine sees them: run, stop with a handshake, report faults, wake. Two implementations: Workers on shared memory
 * (`lib/worker/`) and tasks in virtual time (`lib/world/virtual/`). What they run is the guest program (`guest_program.ts`).
 *
 * @module
 */

import type { GuestViolation } from "./guest_violation.ts";

/** The vCPUs of one machine. All methods follow the World's rule: their promises are awaited at once. */
export interface Vcpus {
  readonly count: number;
  /**
   * Starts the vCPUs, or lets them go on. `missing`: pages may be missing (postcopy), so every touch looks at the received bitmap
   * first and blocks in a fault if its page is not there.
   */
  run(options: { readonly missing: boolean }): void;
  /**
   * The stop handshake: resolves when every vCPU has finished its write and its mark in the dirty bitmap, has written its register
   * page, and acknowledged. A vCPU that is blocked in a fault acknowledges too, and goes on with that fault at the next `run`.
   */
  stop(): Promise<void>;
  /**
   * The next page (its global index) that a vCPU blocks on, each block of a vCPU reported once; `null` after `endFaults()`.
   * The fault thread's userfaultfd.
   */
  nextFault(): Promise<number | null>;
  /** Ends `nextFault`, a pending one too. A later `beginFaults` makes it usable again. */
  endFaults(): void;
  beginFaults(): void;
  /** A page was placed: wakes the vCPUs that are blocked on it. Called after the received bit is set. */
  wake(page: number): void;
  /** Microseconds that a vCPU has spent blocked in faults so far, the present one included. */
  blockedUs(vcpu: number): number;
  /** Changes how often each vCPU touches a page; an integer, 0 = idle, at most `MAX_TOUCHES_PER_SECOND`. */
  setTouchesPerSecond(rate: number): void;
  /** Numbers the connect phase that faults are logged under from now on: 0 = start, k = k-th recovery. */
  setSession(session: number): void;
  /** How many steps of the guest program a vCPU has done, as last seen here. */
  steps(vcpu: number): number;
  /** Whether every vCPU has done its quota of writes, as far as is known here: one that has just arrived must have run first. */
  readonly finished: boolean;
  /** How many slots did not hold what they must, and the first of them. Not 0: the guest's memory is corrupt. */
  readonly violationCount: number;
  firstViolations(): readonly GuestViolation[];
  /** Ends the vCPUs for good and releases what they hold. */
  close(): Promise<void>;
}
