/**
 * One incoming migration (QEMU's MigrationIncomingState): its status, its session, which pages are still missing.
 *
 * @module
 */

import { type MigrationStatus, step } from "../../qapi/migration_status.ts";
import type { PageContent } from "../../ram/guest_ram.ts";
import { OpenRequests } from "../../ram/open_requests.ts";
import { StreamNames } from "../../wire/ram_block.ts";
import type { Address } from "../../world/address.ts";
import type { Condition, Thread } from "../../world/world.ts";
import type { EngineContext } from "../context.ts";
import type { Session } from "../session.ts";
import { type DestinationSession, openDestinationSession } from "./destination_session.ts";

/** How far the destination has come towards running the guest. Only `running` can be recovered. */
export type PostcopyLadder = "none" | "advise" | "discard" | "listening" | "running" | "end";

/** The state of one incoming migration. */
export class IncomingState {
  readonly context: EngineContext;
  /** Requests that were sent, or must be, and whose page is not here yet. They outlive a session. */
  readonly openRequests = new OpenRequests();
  /** Wakes the incoming thread while it is paused. */
  readonly wake: Condition;
  /** What the streams may refer to, from our own RAM blocks on. */
  readonly #names: StreamNames;
  ladder: PostcopyLadder = "none";
  /** The guest was running on the source when it was stopped (from `globalstate`). */
  startsGuest = true;
  /** Runs from LISTEN on, over all sessions. */
  faultThread: Thread | null = null;
  #quitting = false;
  #current: DestinationSession | null = null;
  #status: MigrationStatus = "none";
  #errorDesc: string | null = null;
  #phase = 0;

  constructor(context: EngineContext) {
    this.context = context;
    this.wake = context.world.mainLoop.condition();
    const { blocks } = context.machine.ram;
    this.#names = new StreamNames(blocks.map(({ name, length }) => ({ name, usedLength: length })));
  }

  get status(): MigrationStatus {
    return this.#status;
  }

  get errorDesc(): string | null {
    return this.#errorDesc;
  }

  /** The connect phase: 0 = start, k = k-th recovery. */
  get phase(): number {
    return this.#phase;
  }

  /** Whether no page is missing. */
  get hasEveryPage(): boolean {
    const { received } = this.context.machine.ram;
    return received.nextClear(0) === received.size;
  }

  /** Takes a transition of the table, with its event. */
  step(to: MigrationStatus): void {
    step("destination", this.#status, to);
    this.#status = to;
    this.context.emit("MIGRATION", { status: to });
  }

  /** Notes why the migration failed or paused. */
  setError(description: string): void {
    this.#errorDesc = description;
  }

  /** The session that accepts, loads or recovers, or `null` while there is none. */
  get current(): DestinationSession | null {
    return this.#current;
  }

  /** The current session, or `null`. */
  get session(): Session | null {
    return this.#current?.session ?? null;
  }

  /**
   * Listens for the channels of a session: the first, or a recovery's.
   *
   * @throws {AddressError} when the address cannot be bound; nothing has changed then.
   */
  listen(address: Address): void {
    const first = this.#status === "none";
    const phase = first ? 0 : this.#phase + 1;
    const session = openDestinationSession(this.context, address, phase, this.#names);
    this.#phase = phase;
    this.context.machine.vcpus.setSession(phase);
    this.#current = session;
    this.wake.notify();
  }

  /** The engine ends: nothing is waited for any more. */
  get quitting(): boolean {
    return this.#quitting;
  }

  /** Ends the migration wherever it is. */
  quit(): void {
    this.#quitting = true;
    this.#current?.session.end("the engine quits");
    this.wake.notify();
  }

  /** Lets go of a session that has ended. */
  closeSession(): void {
    this.#current = null;
  }

  /**
   * Places a page that came after the switch, on either channel (`postcopy_place_page`): check, copy, mark, wake, without an await
   * between. A page that is there already stays as it is: the guest may have written to it.
   */
  placePage(page: number, content: PageContent, channel: "main" | "preempt"): void {
    const { machine, pageRequests, world } = this.context;
    const entry = { session: this.#phase, page, channel } as const;
    const readUs = world.clock.now();
    if (!machine.ram.placePage(page, content)) return;
    world.mainLoop.spend("page-copied");
    if (this.openRequests.delete(page)) {
      pageRequests.record("record-read", { ...entry, timeUs: readUs });
      pageRequests.record("placed", { ...entry, timeUs: world.clock.now() });
    }
    // A vCPU may have blocked on it although the fault thread has not read the fault yet.
    machine.vcpus.wake(page);
  }
}
