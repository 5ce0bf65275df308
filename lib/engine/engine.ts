/**
 * The embedded engine: a machine that can migrate away and be migrated to, under QMP's control alone.
 *
 * @module
 */

import { type Capabilities, DEFAULT_CAPABILITIES } from "../qapi/capabilities.ts";
import { CAPABILITY_EVENTS, type EmitEvent } from "../qapi/events.ts";
import { isRunning } from "../qapi/migration_status.ts";
import { DEFAULT_PARAMETERS, type MigrationParameters } from "../qapi/parameters.ts";
import type { GuestRam } from "../ram/guest_ram.ts";
import type { PageRequestLog } from "../ram/page_request_log.ts";
import type { Vcpus } from "../ram/vcpus.ts";
import type { Address } from "../world/address.ts";
import type { Thread, World } from "../world/world.ts";
import type { EngineContext } from "./context.ts";
import { IncomingState } from "./destination/incoming_state.ts";
import { incomingThread } from "./destination/incoming_thread.ts";
import { Machine } from "./machine.ts";
import { MigrationState } from "./source/migration_state.ts";
import { migrationThread } from "./source/migration_thread.ts";

/** What an engine is made of. */
export interface EngineParts {
  readonly world: World;
  /** The machine that its stream names. @default {"none"} */
  readonly machineName?: string;
  readonly ram: GuestRam;
  readonly vcpus: Vcpus;
  readonly pageRequests: PageRequestLog;
  readonly emit: EmitEvent;
  /** The machine waits for an incoming migration instead of starting its guest. */
  readonly incoming: boolean;
}

/** One engine. `monitor.ts` maps QMP's commands to it. */
export class Engine implements EngineContext {
  readonly world: World;
  readonly machine: Machine;
  readonly pageRequests: PageRequestLog;
  readonly emit: EmitEvent;
  capabilities: Capabilities = DEFAULT_CAPABILITIES;
  parameters: MigrationParameters = DEFAULT_PARAMETERS;
  #outgoing: MigrationState | null = null;
  #incoming: IncomingState | null = null;
  readonly #threads: Thread[] = [];

  constructor(parts: EngineParts) {
    this.world = parts.world;
    this.pageRequests = parts.pageRequests;
    this.emit = (name, ...data) => {
      if (this.capabilities.events || !CAPABILITY_EVENTS.includes(name)) parts.emit(name, ...data);
    };
    this.machine = new Machine(parts);
    if (!parts.incoming) this.machine.start(false);
  }

  /** The latest outgoing migration. */
  get outgoing(): MigrationState | null {
    return this.#outgoing;
  }

  /** The latest incoming migration. */
  get incoming(): IncomingState | null {
    return this.#incoming;
  }

  /** Whether a migration is under way in either direction; paused counts. */
  get isMigrating(): boolean {
    return [this.#outgoing, this.#incoming].some((one) => one !== null && isRunning(one.status));
  }

  /** Starts an outgoing migration. */
  migrate(address: Address): void {
    const migration = new MigrationState(this, address);
    this.#outgoing = migration;
    migration.step("setup");
    this.#threads.push(this.world.mainLoop.spawn("migration", () => migrationThread(migration)));
  }

  /** Listens for an incoming migration. @throws {AddressError} when the address cannot be bound. */
  migrateIncoming(address: Address): void {
    const incoming = new IncomingState(this);
    incoming.listen(address);
    this.#incoming = incoming;
    incoming.step("setup");
    this.#threads.push(this.world.mainLoop.spawn("incoming", () => incomingThread(incoming)));
  }

  /** Ends whatever goes on and waits until nothing of it is left. */
  async close(): Promise<void> {
    this.#outgoing?.quit();
    this.#incoming?.quit();
    for (const thread of this.#threads) await thread.join();
    if (this.machine.isRunning) await this.machine.stop("paused");
    await this.machine.vcpus.close();
  }
}
