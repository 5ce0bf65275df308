/**
 * What was seen of a run, from outside of the engines: all that oracles, marks, coverage and reports know.
 *
 * Times are microseconds of virtual time. Everything is in the order in which it was seen; statuses carry the engine's own time.
 *
 * @module
 */

import type { EngineCommandName } from "../lib/qapi/commands.ts";
import type { MigrationStatus, Side } from "../lib/qapi/migration_status.ts";
import type { RunState } from "../lib/qapi/run_state.ts";
import type { JsonObject } from "../lib/qapi/value_type.ts";
import type { PageRequestEntry } from "../lib/ram/page_request_log.ts";
import type { Outcome } from "../lib/world/virtual/outcome.ts";
import type { OpenConnection } from "../lib/world/virtual/faults.ts";
import type { Plan } from "./plan.ts";

/** The engines of a run: a pair, and where the guest goes in the second migration. */
export const ENGINES = ["source", "destination", "third"] as const;

export type EngineName = typeof ENGINES[number];

/** 1: the one that faults hit; 2: the one after it. */
export type MigrationNumber = 1 | 2;

/** A MIGRATION event. */
export interface StatusChange {
  readonly timeUs: number;
  readonly engine: EngineName;
  readonly side: Side;
  readonly migration: MigrationNumber;
  readonly status: MigrationStatus;
}

/** Any other event. */
export interface OtherEvent {
  readonly timeUs: number;
  readonly engine: EngineName;
  readonly name: string;
  readonly data: JsonObject;
}

/** A command and its answer. */
export interface CommandRecord {
  readonly engine: EngineName;
  readonly side: Side;
  readonly migration: MigrationNumber;
  readonly command: EngineCommandName;
  readonly arguments: JsonObject;
  /** Who gave it: the operator by himself, a fault, or the prober. */
  readonly by: "operator" | "fault" | "prober";
  readonly askedUs: number;
  /** `null`: never. */
  answeredUs: number | null;
  /** The refusal; `null`: none, or no answer. */
  error: { readonly errorClass: string; readonly desc: string } | null;
  /** The answer of a query. */
  value: unknown;
  /** The engine's status as its events had told it when the command was given. */
  readonly statusAsked: MigrationStatus;
  /** Which statuses its events told from then until the answer came, that one first. */
  statusesMeanwhile: readonly MigrationStatus[];
  /** Why there never was an answer: the connection has ended. */
  closed: boolean;
}

/** A fault of the plan that struck, or found nothing to strike. */
export interface Strike {
  readonly timeUs: number;
  /** Its place in the plan. */
  readonly index: number;
  readonly hit: boolean;
  /** The statuses of the pair when it struck. */
  readonly statuses: Readonly<Record<Side, MigrationStatus>>;
}

/** A connection of main or preempt that was made. */
export interface ConnectionRecord extends OpenConnection {
  readonly migration: MigrationNumber;
  readonly openedUs: number;
  /** When both ends had closed it; `null`: never. */
  closedUs: number | null;
}

/** A connection of somebody else to where a destination listens. */
export interface StrangerRecord {
  readonly openedUs: number;
  /** When both ends had closed it; `null`: never. */
  closedUs: number | null;
}

/** How much the main channel of a session had carried at a moment. */
export interface Sample {
  readonly timeUs: number;
  readonly connection: number;
  /** Bytes that the source has written. */
  readonly writtenBytes: number;
}

/** A time for which a main loop served nothing. */
export interface Silence {
  readonly engine: EngineName;
  readonly fromUs: number;
  readonly us: number;
}

/** What an engine was when the run had settled. */
export interface EngineState {
  readonly status: MigrationStatus;
  readonly errorDesc: string | null;
  readonly runState: RunState;
  readonly running: boolean;
  /** Whether every page is there. */
  readonly whole: boolean;
  /** What differs from what the guest must have left, as a sentence; `null` where nothing does, or it was not compared. */
  readonly difference: string | null;
  readonly violations: readonly string[];
}

/** How far the run has come. A time is `null` where it did not come to that. */
export interface Milestones {
  /** `migrate` was given. */
  migratedUs: number | null;
  /** Everything healed. */
  healedUs: number | null;
  /** The first migration had come to an end that nothing is left to do about. */
  settledUs: number | null;
  /** The second began, and ended. */
  secondUs: number | null;
  secondSettledUs: number | null;
  /** Every engine had ended. */
  endedUs: number | null;
}

/** A run. */
export interface History {
  readonly plan: Plan;
  readonly statuses: readonly StatusChange[];
  readonly events: readonly OtherEvent[];
  readonly commands: readonly CommandRecord[];
  readonly strikes: readonly Strike[];
  readonly connections: readonly ConnectionRecord[];
  readonly strangers: readonly StrangerRecord[];
  readonly samples: readonly Sample[];
  readonly silences: readonly Silence[];
  /** Where the guest made a write, each time that it was another engine than the last time. */
  readonly guestMoves: readonly { readonly timeUs: number; readonly engine: EngineName }[];
  readonly deaths: readonly { readonly timeUs: number; readonly engine: EngineName }[];
  readonly milestones: Readonly<Milestones>;
  /** By engine, at the end of each migration; absent: dead, or it never came to that. */
  readonly states: Readonly<Record<MigrationNumber, Partial<Record<EngineName, EngineState>>>>;
  readonly requests: Partial<Record<EngineName, readonly PageRequestEntry[]>>;
  /** What an idle engine does not have, and these had after a migration, as sentences. */
  readonly leftovers: readonly string[];
  /** Why the run ended before its time, as a sentence: a thread threw. */
  readonly crash: string | null;
  readonly outcome: Outcome | null;
  /** A fingerprint of every step that was taken. */
  readonly traceHash: string;
}
