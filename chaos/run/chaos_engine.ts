/**
 * One engine of a run, as its operator sees it: commands that nobody has to wait for, and the status that it last told.
 *
 * @module
 */

import type { CommandArguments, EngineCommandName } from "../../lib/qapi/commands.ts";
import { isEvent } from "../../lib/qapi/events.ts";
import type { MigrationInfo } from "../../lib/qapi/migration_info.ts";
import type { MigrationStatus } from "../../lib/qapi/migration_status.ts";
import { QmpError } from "../../lib/qapi/qmp_error.ts";
import { eventTimeUs } from "../../lib/pair/assemble.ts";
import type { VirtualEngine } from "../../lib/pair/virtual_engine.ts";
import { type LoggedEvent, QmpClosedError } from "../../lib/qmp/qmp_client.ts";
import type { CommandRecord, EngineName } from "../history.ts";
import { takeSamples } from "./observers.ts";
import type { Stage } from "./stage.ts";

/** An engine. */
export class ChaosEngine {
  readonly name: EngineName;
  readonly virtual: VirtualEngine;
  /** Threads that it has while no migration is under way. */
  baseline: readonly string[] = [];
  readonly #stage: Stage;
  #alive = true;
  /** By its events. */
  #told: MigrationStatus = "none";
  /** All of them. */
  readonly #heard: MigrationStatus[] = [];
  /** By its events or its latest answer, whichever came later. */
  #status: MigrationStatus = "none";
  #sinceUs = 0;

  constructor(stage: Stage, name: EngineName, virtual: VirtualEngine) {
    this.name = name;
    this.virtual = virtual;
    this.#stage = stage;
    virtual.qmp.subscribe((event) => this.#hear(event));
  }

  /** Whether it has neither been killed nor ended. */
  get alive(): boolean {
    return this.#alive;
  }

  get status(): MigrationStatus {
    return this.#status;
  }

  /** Since when it has its status. */
  get sinceUs(): number {
    return this.#sinceUs;
  }

  /** It becomes the source of another migration. */
  beginAgain(): void {
    this.#told = "none";
    this.#set("none");
  }

  /** It was killed. */
  die(): void {
    this.#alive = false;
  }

  /** Gives a command. The record is filled when the answer comes. */
  tell<C extends EngineCommandName>(
    command: C,
    args: CommandArguments<C>,
    by: CommandRecord["by"],
  ): CommandRecord {
    const { recorder, clock } = this.#stage;
    const record: CommandRecord = {
      engine: this.name,
      side: recorder.sideOf(this.name),
      migration: recorder.migration,
      command,
      arguments: args as CommandRecord["arguments"],
      by,
      askedUs: clock.now(),
      answeredUs: null,
      error: null,
      value: null,
      statusAsked: this.#told,
      statusesMeanwhile: [this.#told],
      closed: false,
    };
    recorder.commands.push(record);
    if (by !== "prober") this.#stage.unanswered++;
    // What is heard between now and the thread's first step was told before the command got there.
    const heard = this.#heard.length;
    this.#stage.spawn(command, () => this.#execute(record, heard));
    return record;
  }

  /** Gives a command and waits for the answer, for so long at most. */
  async ask<C extends EngineCommandName>(
    command: C,
    args: CommandArguments<C>,
    timeoutUs: number,
  ): Promise<CommandRecord> {
    const record = this.tell(command, args, "operator");
    await this.#stage.until(() => record.answeredUs !== null || record.closed, timeoutUs);
    return record;
  }

  /** Ends it; resolves when nothing of it is left. */
  async close(): Promise<void> {
    await this.virtual.close();
    this.#alive = false;
  }

  async #execute(record: CommandRecord, heard: number): Promise<void> {
    const { clock, changed, recorder } = this.#stage;
    try {
      record.value = await this.virtual.qmp.execute(record.command, record.arguments as never);
      record.answeredUs = clock.now();
    } catch (error) {
      if (error instanceof QmpClosedError) record.closed = true;
      else if (error instanceof QmpError) {
        const { errorClass, desc } = error;
        record.error = { errorClass, desc };
        record.answeredUs = clock.now();
      } else throw error;
    }
    if (record.by !== "prober") this.#stage.unanswered--;
    record.statusesMeanwhile = [record.statusAsked, ...this.#heard.slice(heard)];
    // What was told meanwhile may be newer than the answer, which this thread sees only now.
    const isOld = this.#heard.length > heard ||
      recorder.migration === 2 && this.#told === "none";
    if (record.command === "query-migrate" && record.answeredUs !== null && !isOld) {
      this.#set((record.value as MigrationInfo).status ?? "none");
    }
    changed.notify();
  }

  #hear(event: LoggedEvent): void {
    const { recorder, changed } = this.#stage;
    const timeUs = eventTimeUs(event);
    if (isEvent(event, "MIGRATION")) {
      const { status } = event.data;
      const { migration } = recorder;
      const side = recorder.sideOf(this.name);
      recorder.statuses.push({ timeUs, engine: this.name, side, migration, status });
      this.#told = status;
      this.#heard.push(status);
      this.#set(status);
      takeSamples(this.#stage);
    } else {
      recorder.events.push({ timeUs, engine: this.name, name: event.event, data: event.data });
      if (event.event === "MIGRATION_PASS") takeSamples(this.#stage);
    }
    changed.notify();
  }

  #set(status: MigrationStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#sinceUs = this.#stage.clock.now();
  }
}
