/**
 * QMP's commands, as the engine serves them: refusals first, in QEMU's words, then a wish for one of the engine's threads. No command
 * waits for a migration.
 *
 * @module
 */

import { changeCapabilities, listCapabilities } from "../qapi/capabilities.ts";
import type { CommandHandlers, Empty } from "../qapi/commands.ts";
import type { GuestInfo } from "../qapi/guest_info.ts";
import { isPostcopy, isRunning, isTerminal } from "../qapi/migration_status.ts";
import { changeParameters } from "../qapi/parameters.ts";
import { genericError } from "../qapi/qmp_error.ts";
import { MAX_TOUCHES_PER_SECOND } from "../ram/guest_spec.ts";
import { describeViolation } from "../ram/guest_violation.ts";
import { type Address, AddressError, parseAddress } from "../world/address.ts";
import type { Engine } from "./engine.ts";
import { queryMigrate } from "./query_migrate.ts";

/** What the monitor needs from outside of the engine. */
export interface MonitorHost {
  /** Writes a whole file, at once. @throws {Error} when it cannot be written. */
  writeFile(path: string, bytes: Uint8Array): void;
  /** Ends the engine; the answer to `quit` goes out first. */
  quit(): void;
}

const DONE: Empty = {};

/** The handlers of every command that an engine serves. */
export function createMonitor(engine: Engine, host: MonitorHost): CommandHandlers {
  return {
    ...migrationCommands(engine),
    ...settings(engine),
    ...machineCommands(engine, host),
    ...ownCommands(engine),
  };
}

type Handlers<Name extends keyof CommandHandlers> = Pick<CommandHandlers, Name>;

function migrationCommands(engine: Engine): Handlers<
  | "migrate"
  | "migrate-incoming"
  | "migrate-recover"
  | "migrate-pause"
  | "migrate-start-postcopy"
  | "migrate-continue"
  | "migrate_cancel"
  | "query-migrate"
> {
  return {
    "migrate": ({ uri, resume }) => done(() => migrate(engine, readAddress(uri), resume ?? false)),
    "migrate-incoming": ({ uri }) => done(() => migrateIncoming(engine, readAddress(uri))),
    "migrate-recover": ({ uri }) => done(() => migrateRecover(engine, readAddress(uri))),
    "migrate-pause": () => done(() => migratePause(engine)),
    "migrate-start-postcopy": () => done(() => startPostcopy(engine)),
    "migrate-continue": ({ state }) => done(() => migrateContinue(engine, state)),
    "migrate_cancel": () => done(() => migrateCancel(engine)),
    "query-migrate": () => Promise.resolve(queryMigrate(engine)),
  };
}

function settings(engine: Engine): Handlers<
  "migrate-set-capabilities" | "query-migrate-capabilities" | "migrate-set-parameters"
> {
  return {
    "migrate-set-capabilities": ({ capabilities }) =>
      done(() => {
        engine.capabilities = changeCapabilities(engine.capabilities, capabilities, {
          running: engine.outgoing !== null && isRunning(engine.outgoing.status),
          incomingStarted: engine.incoming !== null && isRunning(engine.incoming.status),
        });
      }),
    "query-migrate-capabilities": () => Promise.resolve(listCapabilities(engine.capabilities)),
    "migrate-set-parameters": (changes) =>
      done(() => {
        engine.parameters = changeParameters(engine.parameters, changes);
      }),
  };
}

function machineCommands(engine: Engine, host: MonitorHost): Handlers<
  "query-status" | "stop" | "cont" | "pmemsave" | "quit"
> {
  const { machine } = engine;
  return {
    "query-status": () => Promise.resolve({ status: machine.runState, running: machine.isRunning }),
    "stop": async () => {
      // A machine that does not run keeps the state that says why.
      if (machine.isRunning) await machine.stop("paused");
      return DONE;
    },
    "cont": () => done(() => cont(engine)),
    "pmemsave": ({ val, size, filename }) =>
      done(() => saveMemory(engine, host, val, size, filename)),
    "quit": () => done(() => host.quit()),
  };
}

function ownCommands(
  engine: Engine,
): Handlers<"x-guest" | "x-query-guest" | "x-query-page-requests"> {
  return {
    "x-guest": (args) => done(() => setTouchesPerSecond(engine, args["touches-per-second"])),
    "x-query-guest": () => Promise.resolve(queryGuest(engine)),
    "x-query-page-requests": () =>
      Promise.resolve({
        entries: engine.pageRequests.entries(),
        dropped: engine.pageRequests.dropped,
        "preempt-waits": engine.outgoing?.preemptWaits ?? [],
      }),
  };
}

function migrate(engine: Engine, address: Address, resume: boolean): void {
  const { outgoing, machine } = engine;
  if (resume) {
    if (outgoing?.status !== "postcopy-paused") {
      throw genericError("Cannot resume if there is no paused migration");
    }
    if (engine.capabilities["release-ram"]) {
      throw genericError("Postcopy recovery cannot work when release-ram capability is set");
    }
    return outgoing.beginRecovery(address);
  }
  if (engine.isMigrating) throw genericError("There's a migration process in progress");
  if (machine.runState === "inmigrate") {
    throw genericError("Guest is waiting for an incoming migration");
  }
  if (machine.guestGone) {
    throw genericError("The guest has migrated away, there is nothing to migrate");
  }
  engine.migrate(address);
}

function migrateIncoming(engine: Engine, address: Address): void {
  if (engine.machine.runState !== "inmigrate") {
    throw genericError("'-incoming' was not specified on the command line");
  }
  if (engine.isMigrating) {
    throw genericError("The incoming migration has already been started");
  }
  bound(() => engine.migrateIncoming(address));
}

function migrateRecover(engine: Engine, address: Address): void {
  const { incoming } = engine;
  if (incoming?.status !== "postcopy-paused") {
    throw genericError("Migrate recover can only be run when postcopy is paused.");
  }
  if (incoming.current !== null) throw genericError("Migrate recovery is triggered already");
  bound(() => incoming.listen(address));
}

/** Breaks the session of a postcopy migration off, at whatever point it is. */
function migratePause(engine: Engine): void {
  const session = [engine.outgoing, engine.incoming]
    .find((one) => one !== null && isPostcopy(one.status) && one.session !== null)?.session;
  if (session === undefined || session === null || session.failure !== null) {
    throw genericError(
      "migrate-pause is currently only supported during postcopy-active or postcopy-recover state",
    );
  }
  session.end("paused by migrate-pause");
}

function startPostcopy(engine: Engine): void {
  const { outgoing } = engine;
  if (!engine.capabilities["postcopy-ram"]) {
    throw genericError("Enable postcopy with migrate_set_capability before the start of migration");
  }
  if (outgoing === null) throw genericError("Start the migration before switching to postcopy");
  outgoing.requestPostcopy();
}

function migrateContinue(engine: Engine, state: string): void {
  const status = engine.outgoing?.status ?? "none";
  if (engine.outgoing === null || status !== state || status !== "pre-switchover") {
    throw genericError(`Migration not in expected state: ${state} (it is in ${status})`);
  }
  engine.outgoing.continueSwitchover();
}

/** After the commit the destination may run the guest, so there is nothing left to go back to. */
function migrateCancel(engine: Engine): void {
  const { outgoing } = engine;
  if (outgoing === null || isTerminal(outgoing.status) || outgoing.status === "cancelling") return;
  if (isPostcopy(outgoing.status)) {
    throw genericError("Postcopy migration in progress, cannot cancel.");
  }
  if (outgoing.committed) throw genericError("Migration is completing, cannot cancel.");
  outgoing.cancel();
}

function cont(engine: Engine): void {
  const { machine, incoming, outgoing } = engine;
  if (machine.runState === "inmigrate") {
    throw genericError("Guest is waiting for an incoming migration");
  }
  const failed = outgoing?.status === "failed";
  if ((machine.guestGone && !failed) || machine.runState === "finish-migrate") {
    throw genericError(
      `The guest cannot run here: the migration is ${outgoing?.status ?? "under way"}`,
    );
  }
  // A migration that failed behind its commit leaves it to the operator to say that the guest does not run on the other side.
  if (machine.guestGone) machine.receiveGuest();
  machine.start(incoming !== null && isPostcopy(incoming.status));
}

function saveMemory(
  engine: Engine,
  host: MonitorHost,
  start: number,
  size: number,
  filename: string,
): void {
  const { memory } = engine.machine.ram;
  if (engine.incoming !== null && isRunning(engine.incoming.status)) {
    throw genericError("Cannot save memory while an incoming migration is under way");
  }
  if (start < 0 || size < 0 || start + size > memory.length) {
    throw genericError(`Invalid addr 0x${start.toString(16)}/size ${size} specified`);
  }
  try {
    host.writeFile(filename, memory.subarray(start, start + size));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw genericError(`Could not open '${filename}': ${error.message}`);
  }
}

function setTouchesPerSecond(engine: Engine, rate: number): void {
  if (rate < 0 || rate > MAX_TOUCHES_PER_SECOND) {
    throw genericError(
      `Parameter 'touches-per-second' expects an integer from 0 to ${MAX_TOUCHES_PER_SECOND}`,
    );
  }
  engine.machine.vcpus.setTouchesPerSecond(rate);
}

function queryGuest({ machine: { vcpus } }: Engine): GuestInfo {
  return {
    vcpus: Array.from({ length: vcpus.count }, (_, vcpu) => ({
      steps: vcpus.steps(vcpu),
      "blocked-us": vcpus.blockedUs(vcpu),
    })),
    finished: vcpus.finished,
    "violation-count": vcpus.violationCount,
    violations: vcpus.firstViolations().map(describeViolation),
  };
}

function readAddress(uri: string): Address {
  return refuse(() => parseAddress(uri));
}

function bound(listen: () => void): void {
  refuse(listen);
}

/** An address that cannot be used is the user's mistake. */
function refuse<T>(use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (error instanceof AddressError) throw genericError(error.message);
    throw error;
  }
}

/** A command that answers `{}`; what it throws is its rejection. */
// deno-lint-ignore require-await
async function done(command: () => void): Promise<Empty> {
  command();
  return DONE;
}
