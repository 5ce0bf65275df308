/**
 * One outgoing migration (QEMU's MigrationState): its status, its session, what the operator asked for.
 *
 * The operator's commands only note a wish or end the session; the migration thread alone decides what a status becomes next. That keeps
 * cancel and pause effective in every wait, and each status change in one place.
 *
 * @module
 */

import { type MigrationStatus, step } from "../../qapi/migration_status.ts";
import type { Address } from "../../world/address.ts";
import type { Channel, Condition } from "../../world/world.ts";
import { MIN_HEAD_BYTES, RamRecordWriter } from "../../wire/ram_record_writer.ts";
import type { EngineContext } from "../context.ts";
import { Session, SessionError } from "../session.ts";
import { MigrationStats } from "./migration_stats.ts";
import { PreemptChannel } from "./preempt_channel.ts";
import { RamSender } from "./ram_sender.ts";
import { RamState } from "./ram_state.ts";
import { ReturnPath } from "./return_path.ts";

/** An interval in which the migration thread waited for the preempt channel to exist. */
export interface PreemptWait {
  readonly phase: number;
  readonly beginUs: number;
  endUs: number | null;
}

/** A session with what the source keeps for it. */
export interface SourceSession {
  readonly session: Session;
  /** Set once its connect has succeeded. */
  main: Channel | null;
  readonly address: Address;
  readonly preempt: PreemptChannel;
  readonly returnPath: ReturnPath;
  readonly sender: RamSender;
}

/** The state of one outgoing migration. */
export class MigrationState {
  readonly context: EngineContext;
  readonly ram: RamState;
  readonly stats: MigrationStats;
  readonly preemptWaits: PreemptWait[] = [];
  /** Wakes the migration thread while it is paused. */
  readonly wake: Condition;
  #status: MigrationStatus = "none";
  #errorDesc: string | null = null;
  #current: SourceSession;
  #phase = 0;
  #postcopyRequested = false;
  #continueRequested = false;
  #quitting = false;
  #committed = false;
  /** The guest ran when the switch stopped it, so a failed switch starts it again. */
  wasRunning = false;

  constructor(context: EngineContext, address: Address) {
    this.context = context;
    this.wake = context.world.mainLoop.condition();
    this.ram = new RamState(context.machine.ram);
    this.stats = new MigrationStats(context.world.clock.now());
    this.#current = this.#open(address);
  }

  get status(): MigrationStatus {
    return this.#status;
  }

  get errorDesc(): string | null {
    return this.#errorDesc;
  }

  get current(): SourceSession {
    return this.#current;
  }

  /** The main channel of the current session. */
  get main(): Channel {
    const { main } = this.#current;
    if (main === null) throw new SessionError("The main channel is not connected");
    return main;
  }

  /** Without postcopy a return path is opened only where it is asked for. */
  get usesReturnPath(): boolean {
    const { capabilities } = this.context;
    return capabilities["postcopy-ram"] || capabilities["return-path"];
  }

  /** The last byte of what lets the destination run the guest may be out: cancel comes too late, and a failure must not run it here. */
  get committed(): boolean {
    return this.#committed;
  }

  /** Commits to the switch. */
  commit(): void {
    this.#committed = true;
    this.context.machine.giveUpGuest();
  }

  /** Notes that the migration thread begins to wait for the preempt channel; the caller sets the end. */
  noteWait(beginUs: number): PreemptWait {
    const wait: PreemptWait = { phase: this.#phase, beginUs, endUs: null };
    this.preemptWaits.push(wait);
    return wait;
  }

  get session(): Session {
    return this.#current.session;
  }

  /** The operator wants postcopy; it begins with the next batch. */
  requestPostcopy(): void {
    this.#postcopyRequested = true;
  }

  get postcopyRequested(): boolean {
    return this.#postcopyRequested;
  }

  /** The operator lets a switch go on that `pause-before-switchover` stopped. */
  continueSwitchover(): void {
    this.#continueRequested = true;
    this.session.changed.notify();
  }

  get continueRequested(): boolean {
    return this.#continueRequested;
  }

  /** `migrate_cancel`: every wait of the migration ends, and the migration thread cleans up. */
  cancel(): void {
    this.step("cancelling");
    this.session.end("cancelled by migrate_cancel");
  }

  /** Takes a transition of the table, with its event. */
  step(to: MigrationStatus): void {
    step("source", this.#status, to);
    this.#status = to;
    this.context.emit("MIGRATION", { status: to });
  }

  /** `step` for the migration thread: a cancel that came since its last wait goes first. */
  advance(to: MigrationStatus): void {
    if (this.session.failure !== null) throw new SessionError(this.session.failure);
    this.step(to);
  }

  /** Notes why the migration failed or paused; the latest reason is shown by query-migrate. */
  setError(description: string): void {
    this.#errorDesc = description;
  }

  /** The engine ends: nothing is waited for any more. */
  get quitting(): boolean {
    return this.#quitting;
  }

  /** Ends the migration wherever it is. */
  quit(): void {
    this.#quitting = true;
    this.session.end("the engine quits");
    this.wake.notify();
  }

  /** Opens the next session, for a recovery. Its first status is taken here, so that the command returns with it. */
  beginRecovery(address: Address): void {
    this.#phase++;
    this.step("postcopy-recover-setup");
    this.#current = this.#open(address);
    this.wake.notify();
  }

  #open(address: Address): SourceSession {
    const { world } = this.context;
    const session = new Session(world, this.#phase);
    const sender = new RamSender(this.context, this.ram, this.stats, session);
    const preempt = new PreemptChannel(
      world,
      session,
      address,
      new RamRecordWriter(MIN_HEAD_BYTES),
    );
    const returnPath = new ReturnPath(session);
    return { session, main: null, address, preempt, returnPath, sender };
  }
}
