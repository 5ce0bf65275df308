/**
 * The operator: carries out a scenario's steps on a pair, by QMP alone, as a person or a script would. A step that cannot be carried out
 * ends the run with a sentence that says which one, what it waited for and what it found: a result, never a hang.
 *
 * It awaits one promise of the pair at a time, so that it runs in virtual time as well.
 *
 * @module
 */

import { formatQuantity } from "../lib/netem/units.ts";
import type { EnginePair } from "../lib/pair/pair.ts";
import { isEvent } from "../lib/qapi/events.ts";
import { isTerminal, type Side } from "../lib/qapi/migration_status.ts";
import { QmpError } from "../lib/qapi/qmp_error.ts";
import type { JsonObject } from "../lib/qapi/value_type.ts";
import { type LoggedEvent, QmpClosedError } from "../lib/qmp/qmp_client.ts";
import type { GivenCommand } from "./metrics_of_run.ts";
import type { Step, StepAction } from "./scenario.ts";

/** What the operator has done. */
export interface Operation {
  readonly commands: readonly GivenCommand[];
  /** Why it did not get to the last step, as a sentence; `null` if it did. */
  readonly failure: string | null;
}

type Action<K extends StepAction["kind"]> = Extract<StepAction, { readonly kind: K }>;

/** How often the number of page requests is asked for. */
const POLL_US = 5000;

/** A step that could not be carried out. */
class StepError extends Error {}

/**
 * Carries out the steps.
 *
 * @param signal ends it before the next step.
 * @throws {QmpClosedError} when `signal` has closed the operator's connections.
 */
export async function operate(
  pair: EnginePair,
  steps: readonly Step[],
  signal: AbortSignal,
): Promise<Operation> {
  const operator = new Operator(pair, signal);
  for (const step of steps) {
    if (signal.aborted) break;
    const failure = await attempt(() => operator.carryOut(step), signal);
    if (failure === null) continue;
    return { commands: operator.commands, failure: `step ${step.number}: ${failure}` };
  }
  return { commands: operator.commands, failure: null };
}

/**
 * Does what an engine may refuse, leave unanswered or end at. Resolves with why it came to nothing, as a sentence; `null`: it did.
 *
 * @throws {QmpClosedError} when `signal` has closed the operator's connections.
 */
export async function attempt(
  act: () => Promise<void>,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    await act();
    return null;
  } catch (error) {
    const reason = reasonOf(error, signal);
    if (reason === null) throw error;
    return reason;
  }
}

/** Why a step failed, as a sentence; `null` for an error that no step may end in. */
function reasonOf(error: unknown, signal: AbortSignal): string | null {
  if (error instanceof StepError) return error.message;
  // One that ends by itself is a result; those that were hung up on are not.
  if (error instanceof QmpClosedError && !signal.aborted) return error.message;
  return error instanceof QmpError ? `refused: ${error.desc}` : null;
}

class Operator {
  readonly commands: GivenCommand[] = [];
  readonly #pair: EnginePair;
  readonly #signal: AbortSignal;
  /** Where in each side's log the next wait for an event of a name begins: behind the one that the last wait found. */
  readonly #waitedFor = new Map<string, number>();
  #migrationAddress: string;

  constructor(pair: EnginePair, signal: AbortSignal) {
    this.#pair = pair;
    this.#signal = signal;
    this.#migrationAddress = pair.newMigrationAddress();
    pair.setConnectPhase(0);
  }

  async carryOut(step: StepAction): Promise<void> {
    switch (step.kind) {
      case "execute":
        return await this.#execute(step);
      case "wait-for-status":
        return await this.#waitForStatus(step);
      case "wait-for-event":
        return await this.#waitForEvent(step);
      case "wait-for-page-requests":
        return await this.#waitForPageRequests(step);
      case "wait":
        return await this.#pair.world.clock.sleep(step.us, this.#signal);
      case "wait-for-end":
        return await this.#waitForEnd(step);
      case "shim":
        return await this.#pair.setShim(step.spec);
      case "connect-phase":
        this.#migrationAddress = this.#pair.newMigrationAddress();
        return this.#pair.setConnectPhase(step.phase);
    }
  }

  async #execute({ on, command }: Action<"execute">): Promise<void> {
    const { name } = command;
    const args = await this.#fillIn(name, command.arguments);
    const resumes = name === "migrate" && args["resume"] === true;
    this.commands.push({ on, name, resumes, atUs: this.#pair.world.clock.now() });
    await this.#pair[on].qmp.execute<string>(name, args);
  }

  async #fillIn(command: string, args: JsonObject): Promise<JsonObject> {
    const isPlace = (value: unknown) => value === "{migration-address}";
    if (!Object.values(args).some(isPlace)) return args;
    const address = command === "migrate"
      ? await this.#pair.connectAddress(this.#migrationAddress)
      : this.#migrationAddress;
    const filled = Object.entries(args).map(([name, value]) =>
      [name, isPlace(value) ? address : value] as const
    );
    return Object.fromEntries(filled);
  }

  async #waitForStatus({ on, statuses, timeoutUs }: Action<"wait-for-status">): Promise<void> {
    const isWanted = (event: LoggedEvent) =>
      isEvent(event, "MIGRATION") && statuses.includes(event.data.status);
    const event = await this.#nextEvent(
      on,
      "MIGRATION",
      timeoutUs,
      (event) => isWanted(event) || (isEvent(event, "MIGRATION") && isTerminal(event.data.status)),
    );
    if (event !== null && isWanted(event)) return;
    const waited = event === null ? `waited ${formatQuantity("time", timeoutUs)}` : "waited";
    const { status: found = "none", "error-desc": cause } = await this.#pair[on].qmp.execute(
      "query-migrate",
    );
    throw new StepError(
      `${waited} for ${statuses.join(" or ")} on the ${on}, which is in ${found}${
        cause ? ` (${cause})` : ""
      }`,
    );
  }

  async #waitForEvent({ on, event, timeoutUs }: Action<"wait-for-event">): Promise<void> {
    const found = await this.#nextEvent(on, event, timeoutUs, (one) => one.event === event);
    if (found !== null) return;
    throw new StepError(
      `waited ${formatQuantity("time", timeoutUs)} for the event ${event} of the ${on}`,
    );
  }

  async #waitForEnd({ on, timeoutUs }: Action<"wait-for-end">): Promise<void> {
    const { clock } = this.#pair.world;
    const deadlineUs = clock.now() + timeoutUs;
    while (this.#pair[on].qmp.closed === null) {
      if (clock.now() >= deadlineUs) {
        throw new StepError(
          `waited ${formatQuantity("time", timeoutUs)} for the end of the ${on}, which lives`,
        );
      }
      await clock.sleep(POLL_US, this.#signal);
    }
  }

  async #waitForPageRequests(
    { count, timeoutUs }: Action<"wait-for-page-requests">,
  ): Promise<void> {
    const { clock } = this.#pair.world;
    const deadlineUs = clock.now() + timeoutUs;
    for (;;) {
      const { ram, status = "none" } = await this.#pair.source.qmp.execute("query-migrate");
      const requests = ram?.["postcopy-requests"] ?? 0;
      if (requests >= count || this.#signal.aborted) return;
      if (isTerminal(status)) {
        throw new StepError(
          `waited for ${count} page requests, of which ${requests} came before the source was ${status}`,
        );
      }
      if (clock.now() >= deadlineUs) {
        throw new StepError(
          `waited ${
            formatQuantity("time", timeoutUs)
          } for ${count} page requests, of which ${requests} came`,
        );
      }
      await clock.sleep(POLL_US, this.#signal);
    }
  }

  /** The first event that fits behind the one that the last wait for this name found; `null` if none came in time. */
  async #nextEvent(
    on: Side,
    name: string,
    timeoutUs: number,
    fits: (event: LoggedEvent) => boolean,
  ): Promise<LoggedEvent | null> {
    const log = `${on} ${name}`;
    const after = this.#waitedFor.get(log) ?? 0;
    const event = await this.#pair[on].qmp.waitForEvent(fits, { after, timeoutUs });
    if (event !== null) this.#waitedFor.set(log, event.index + 1);
    return event;
  }
}
