/**
 * Takes down the history of a run.
 *
 * @module
 */

import type { MigrationStatus, Side } from "../../lib/qapi/migration_status.ts";
import type { PageRequestEntry } from "../../lib/ram/page_request_log.ts";
import type {
  CommandRecord,
  ConnectionRecord,
  EngineName,
  EngineState,
  History,
  MigrationNumber,
  Milestones,
  OtherEvent,
  Sample,
  Silence,
  StatusChange,
  StrangerRecord,
  Strike,
} from "../history.ts";

/** What is added while a run goes on. */
export class Recorder {
  readonly statuses: StatusChange[] = [];
  readonly events: OtherEvent[] = [];
  readonly commands: CommandRecord[] = [];
  readonly strikes: Strike[] = [];
  readonly connections: ConnectionRecord[] = [];
  readonly strangers: StrangerRecord[] = [];
  readonly samples: Sample[] = [];
  readonly silences: Silence[] = [];
  readonly guestMoves: { readonly timeUs: number; readonly engine: EngineName }[] = [];
  readonly deaths: { readonly timeUs: number; readonly engine: EngineName }[] = [];
  readonly states: History["states"] = { 1: {}, 2: {} };
  readonly requests: Partial<Record<EngineName, readonly PageRequestEntry[]>> = {};
  readonly leftovers: string[] = [];
  readonly milestones: Milestones = {
    migratedUs: null,
    healedUs: null,
    settledUs: null,
    secondUs: null,
    secondSettledUs: null,
    endedUs: null,
  };
  #migration: MigrationNumber = 1;
  #pair: Readonly<Record<Side, EngineName>> = { source: "source", destination: "destination" };

  /** The migration that goes on. */
  get migration(): MigrationNumber {
    return this.#migration;
  }

  /** Its engines. */
  get pair(): Readonly<Record<Side, EngineName>> {
    return this.#pair;
  }

  /** The side of an engine in the migration that goes on. */
  sideOf(engine: EngineName): Side {
    return this.#pair.source === engine ? "source" : "destination";
  }

  /** The second migration begins. */
  beginSecond(source: EngineName): void {
    this.#migration = 2;
    this.#pair = { source, destination: "third" };
  }

  /** The guest makes a write. */
  guestWrites(engine: EngineName, timeUs: number): void {
    if (this.guestMoves.at(-1)?.engine !== engine) this.guestMoves.push({ timeUs, engine });
  }

  /** Notes what an engine was at the end of a migration. */
  state(engine: EngineName, state: EngineState): void {
    this.states[this.migration][engine] = state;
  }

  /** The status of a side as its events have told it in the migration that goes on. */
  statusOf(side: Side): MigrationStatus {
    const last = this.statuses.findLast((one) =>
      one.migration === this.migration && one.side === side
    );
    return last?.status ?? "none";
  }
}
