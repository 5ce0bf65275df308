/**
 * What was seen of one migration between real QEMUs, as its oracles judge it.
 *
 * @module
 */

import type { TapEvent } from "../../lib/qemu/tap/tap_report.ts";
import type { ProcessEnd } from "../../lib/qemu/tied_process.ts";
import type { Side } from "../../lib/qapi/migration_status.ts";
import type { QemuPlan } from "./plan.ts";

/** Both. */
export const SIDES: readonly Side[] = ["source", "destination"];

/** A line of the timeline. Times are microseconds since the start of the run. */
export interface QemuEntry {
  readonly atUs: number;
  readonly who: Side | "operator" | "fault" | "wire";
  readonly what: string;
}

/** What became of a side. */
export interface QemuSideEnd {
  /** QEMU's version in full. */
  readonly version: string;
  /** The command line. */
  readonly command: readonly string[];
  /** How its process ended before the run was over; `null`: it did not. */
  readonly end: ProcessEnd | null;
  /** What it wrote to its standard error. */
  readonly errors: string;
  /** The source's status when this side's process was seen to have ended. */
  readonly sourceStatusAtEnd: string;
  /** The last status of its migration that was seen. */
  readonly status: string;
  /** `query-status`'s answer at the end; `null`: there was none. */
  readonly runState: string | null;
  /** The longest that it left a question unanswered, in milliseconds. */
  readonly silenceMs: number;
}

/** See the module. */
export interface QemuHistory {
  readonly plan: QemuPlan;
  readonly sides: Readonly<Record<Side, QemuSideEnd>>;
  /** Whether postcopy was reached: then the guest's state is on both sides, and only there. */
  readonly wasPostcopy: boolean;
  /** Whether it came to an end by itself, in time after everything had healed. */
  readonly isSettled: boolean;
  /** What is wrong with the guest's memory, where it was looked at. */
  readonly memoryProblem: string | null;
  readonly entries: readonly QemuEntry[];
  readonly wire: readonly TapEvent[];
}
