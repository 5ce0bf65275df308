/**
 * What a scenario's arm asks of a pair of engines.
 *
 * @module
 */

import { EMBEDDED_PAIR, type EngineChoices, type PairOptions } from "../lib/pair/pair.ts";
import type { ScenarioArm } from "./scenario.ts";

/** How an arm is run. */
export interface RunOptions {
  readonly seed: number;
  /** Ends the run early; everything that it started is ended. */
  readonly signal: AbortSignal;
  /** What migrates to what, where the arm does not say. @default {EMBEDDED_PAIR} */
  readonly engines?: EngineChoices | undefined;
  /** How long an engine may owe an answer until it is given up, in microseconds. @default {ANSWER_TIMEOUT_US} */
  readonly answerTimeoutUs?: number | undefined;
  /** Takes every QMP line of the operator. */
  readonly log: NonNullable<PairOptions["log"]>;
}

/** The options of the pair that an arm is run on. @param defaults for probes of which the scenario says nothing. */
export function pairOptionsOf(
  arm: ScenarioArm,
  { seed, engines = EMBEDDED_PAIR, answerTimeoutUs, log }: RunOptions,
  defaults: NonNullable<PairOptions["probes"]>,
): PairOptions {
  const { guest, ram, shim, transport, probes, machine } = arm;
  const { loopIntervalUs, qmpIntervalUs } = { ...defaults, ...probes };
  return {
    seed,
    ram,
    guest,
    shim,
    transport,
    engines: arm.engines ?? engines,
    ...machine !== undefined && { machine },
    ...answerTimeoutUs !== undefined && { answerTimeoutUs },
    shimChanges: arm.steps.some(({ kind }) => kind === "shim"),
    probes: probes === null ? null : { loopIntervalUs, qmpIntervalUs },
    log,
  };
}
