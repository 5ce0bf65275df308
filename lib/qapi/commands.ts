/**
 * Every QMP command of an engine: one row of the table for each, from which argument check, TypeScript types and
 * `query-commands` derive.
 *
 * @module
 */

import { CAPABILITIES, type CapabilityStatus, UNSUPPORTED_CAPABILITIES } from "./capabilities.ts";
import type { GuestInfo } from "./guest_info.ts";
import type { PageRequestInfo } from "./page_request_info.ts";
import type { MigrationInfo } from "./migration_info.ts";
import { MIGRATION_STATUSES } from "./migration_status.ts";
import { PARAMETER_MEMBERS, UNSUPPORTED_PARAMETERS } from "./parameters.ts";
import type { VersionInfo } from "./qemu_version.ts";
import { genericError, QmpError } from "./qmp_error.ts";
import type { StatusInfo } from "./run_state.ts";
import { checkObject, type JsonObject, type Members, type ObjectOf } from "./value_type.ts";

/** One command. */
interface Command {
  readonly arguments: Members;
  /** Arguments that QEMU has and the engine has not: refused by name. */
  readonly unsupported?: readonly string[];
}

/** The commands, in QEMU's spelling; those that begin with `x-` are Faultline's own. */
export const COMMANDS = {
  /** Ends the negotiation that a connection begins with. Served by the QMP server. */
  "qmp_capabilities": { arguments: { "*enable": { list: { enum: ["oob"] } } } },
  /** Served by the QMP server. */
  "query-version": { arguments: {} },
  /** Served by the QMP server. */
  "query-commands": { arguments: {} },

  /** Starts a migration to `uri`, or with `resume` recovers a paused one. `detach` has no effect, as in QEMU. */
  "migrate": {
    arguments: { uri: "string", "*resume": "boolean", "*detach": "boolean" },
    unsupported: ["blk", "inc", "channels"],
  },
  /** Listens for a migration at `uri`. */
  "migrate-incoming": {
    arguments: { uri: "string" },
    unsupported: ["channels", "exit-on-error"],
  },
  "migrate-start-postcopy": { arguments: {} },
  /** Breaks postcopy off; it can be recovered. */
  "migrate-pause": { arguments: {} },
  /** On a paused destination: listens for the recovery at `uri`. */
  "migrate-recover": { arguments: { uri: "string" } },
  "migrate_cancel": { arguments: {} },
  /** Goes on from `state`, which must be the current status and `pre-switchover`. */
  "migrate-continue": { arguments: { state: { enum: MIGRATION_STATUSES } } },
  "query-migrate": { arguments: {} },
  "migrate-set-capabilities": {
    arguments: {
      capabilities: {
        list: {
          object: {
            capability: { enum: [...CAPABILITIES, ...UNSUPPORTED_CAPABILITIES] },
            state: "boolean",
          },
        },
      },
    },
  },
  "query-migrate-capabilities": { arguments: {} },
  "migrate-set-parameters": { arguments: PARAMETER_MEMBERS, unsupported: UNSUPPORTED_PARAMETERS },

  "query-status": { arguments: {} },
  /** Stops the vCPUs. */
  "stop": { arguments: {} },
  /** Lets the vCPUs run. */
  "cont": { arguments: {} },
  /** Ends the engine. */
  "quit": { arguments: {} },
  /** Writes `size` bytes of guest RAM from guest-physical address `val` to a file; missing pages are faulted in. */
  "pmemsave": { arguments: { val: "integer", size: "integer", filename: "string" } },

  /** Changes how often each vCPU touches a page; 0 = idle. */
  "x-guest": { arguments: { "touches-per-second": "integer" } },
  /** What the vCPUs have done here, and what they read that they must not have read. */
  "x-query-guest": { arguments: {} },
  /** This side's log of page requests. */
  "x-query-page-requests": { arguments: {} },
} as const satisfies Record<string, Command>;

/** A command of the table. */
export type CommandName = keyof typeof COMMANDS;

/** The commands that the QMP server serves by itself. */
export type ServerCommandName = "qmp_capabilities" | "query-version" | "query-commands";

/** The commands that the engine behind a QMP server serves. */
export type EngineCommandName = Exclude<CommandName, ServerCommandName>;

/** A command's arguments, checked. */
export type CommandArguments<C extends CommandName> = ObjectOf<typeof COMMANDS[C]["arguments"]>;

/** What a command answers that has nothing to say. */
export type Empty = Readonly<Record<string, never>>;

/** What the commands answer that do not answer `{}`. */
interface Answers {
  readonly "query-version": VersionInfo;
  readonly "query-commands": readonly { readonly name: string }[];
  readonly "query-migrate": MigrationInfo;
  readonly "query-migrate-capabilities": readonly CapabilityStatus[];
  readonly "query-status": StatusInfo;
  readonly "x-query-page-requests": PageRequestInfo;
  readonly "x-query-guest": GuestInfo;
}

/** What a command answers. A promise of the table, not a check: a real QEMU answers with more. */
export type CommandReturn<C extends CommandName> = C extends keyof Answers ? Answers[C] : Empty;

/** Something that serves every command of an engine: a command without a handler does not compile. */
export type CommandHandlers = {
  readonly [C in EngineCommandName]: (
    args: CommandArguments<C>,
  ) => Promise<CommandReturn<C>>;
};

/** Whether the table has a command of this name. */
export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/**
 * Checks a received command against the table.
 *
 * @throws {QmpError} CommandNotFound, or GenericError where an argument is missing, unexpected, of the wrong type or
 *   not supported
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * checkCommand("migrate", { uri: "unix:/tmp/in" });
 * assertThrows(() => checkCommand("migrate", {}), Error, "Parameter 'uri' is missing");
 * assertThrows(() => checkCommand("mirate", {}), Error, "The command mirate has not been found");
 * ```
 */
export function checkCommand(name: string, args: JsonObject): CheckedCommand {
  if (!isCommandName(name)) {
    throw new QmpError("CommandNotFound", `The command ${name} has not been found`);
  }
  const command: Command = COMMANDS[name];
  const unsupported = command.unsupported?.find((argument) => Object.hasOwn(args, argument));
  if (unsupported !== undefined) {
    throw genericError(`Parameter '${unsupported}' is not supported by Faultline's engine`);
  }
  checkObject(command.arguments, args);
  return { name, arguments: args } as CheckedCommand;
}

/** A command whose arguments are what the table says. */
export type CheckedCommand = {
  [C in CommandName]: { readonly name: C; readonly arguments: CommandArguments<C> };
}[CommandName];
