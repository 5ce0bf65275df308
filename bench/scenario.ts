/**
 * A scenario, read and checked: what is asked of which pair of engines, in which settings, and what must come out.
 *
 * @module
 */

import type { ClockKind } from "../lib/measure/metric.ts";
import type { MetricName } from "../lib/measure/metrics.ts";
import type { PairOptions } from "../lib/pair/pair.ts";
import type { ShimSpec } from "../lib/netem/conditions.ts";
import type { MigrationCapability } from "../lib/qapi/capabilities.ts";
import type { CheckedCommand } from "../lib/qapi/commands.ts";
import type { MigrationStatus, Side } from "../lib/qapi/migration_status.ts";
import type { ParameterChanges } from "../lib/qapi/parameters.ts";
import type { Arm } from "../lib/report/arm.ts";
import type { RunOutcome } from "../lib/report/result.ts";
import type { Threshold } from "./expression.ts";
import type { Meaning } from "./meaning.ts";

/** What the operator does next. A wait that takes longer than `timeoutUs` ends the run. */
export type StepAction =
  | { readonly kind: "execute"; readonly on: Side; readonly command: CheckedCommand }
  | {
    readonly kind: "wait-for-status";
    readonly on: Side;
    /** Any of them. */
    readonly statuses: readonly MigrationStatus[];
    readonly timeoutUs: number;
  }
  | {
    readonly kind: "wait-for-event";
    readonly on: Side;
    readonly event: string;
    readonly timeoutUs: number;
  }
  /** Until the source has received `count` page requests since the migration began. */
  | { readonly kind: "wait-for-page-requests"; readonly count: number; readonly timeoutUs: number }
  | { readonly kind: "wait"; readonly us: number }
  /** Until a QEMU has ended by itself. */
  | { readonly kind: "wait-for-end"; readonly on: Side; readonly timeoutUs: number }
  /** Numbers the connects that follow, and gives them an address of their own. */
  | { readonly kind: "connect-phase"; readonly phase: number }
  | { readonly kind: "shim"; readonly spec: ShimSpec };

/** One step. Its number is its place in the file, from 1. */
export type Step = StepAction & { readonly number: number };

/** The scenario in one setting. */
export interface ScenarioArm
  extends Pick<PairOptions, "guest" | "ram" | "shim" | "transport" | "machine" | "engines"> {
  readonly arm: Arm;
  /** How often the engines are probed, where the file says so; `null`: they are not. */
  readonly probes: Partial<NonNullable<PairOptions["probes"]>> | null;
  /** What both sides switch on or off before anything else. */
  readonly capabilities: Readonly<Partial<Record<MigrationCapability, boolean>>>;
  /** What the source is set to before anything else. */
  readonly parameters: ParameterChanges;
  readonly steps: readonly Step[];
  /** What must have become of the migration; absent: whatever the steps come to. */
  readonly expected?: ExpectedOutcome;
}

/** What must have become of a migration. */
export interface ExpectedOutcome {
  readonly outcome: Partial<RunOutcome>;
  /** The side that is known to die of it; absent: none may. */
  readonly ends?: Side;
}

/** The runs in real time before those that are measured. */
export interface WarmUp {
  /** They go on for so long at least, in microseconds. */
  readonly forUs: number;
  /** The arms that are run, in turn. Of a scenario with a process per run each process runs its own. */
  readonly arms: readonly ScenarioArm[];
}

/** A scenario. */
export interface Scenario {
  readonly name: string;
  /** What it answers, in a sentence. */
  readonly question: string;
  /** Where it was read from, and the text itself. */
  readonly file: string;
  readonly text: string;
  /** Each run has a process of its own, so that peak memory is this run's. */
  readonly processPerRun: boolean;
  readonly warmUp: WarmUp;
  /** Metrics of its table, in order. */
  readonly show: readonly MetricName[];
  /** In the order in which they are run. */
  readonly arms: readonly ScenarioArm[];
  /** Every term names scenario and arm in full. */
  readonly thresholds: Readonly<Record<ClockKind, readonly Threshold[]>>;
  /** One sentence that says what the figures mean; `null` where the file gives none. */
  readonly meaning: Readonly<Record<ClockKind, Meaning | null>>;
}
