/**
 * The repro file: what a failure was, and everything that it takes to see it again. One JSON object of at most 64 KiB,
 * `faultline/repro/1`, with a published schema, `chaos/repro.schema.json`.
 *
 * Where the code is the same, plan and schedule give the same run, bit for bit. Other code meets other choices, so that only the plan
 * means anything to it.
 *
 * @module
 */

import { z } from "zod";
import { invariant } from "../lib/invariant.ts";
import { checkJson, checkValue } from "../lib/report/check_json.ts";
import type { Experiment } from "./experiment.ts";
import { ORACLE_NAMES, type OracleName } from "./oracles/oracle_table.ts";
import { PLAN } from "./plan.ts";
import { SCHEDULE } from "./schedule.ts";
import { ChoicesError, decodeChoices } from "./choices.ts";

/** The most that a repro file may hold. */
export const REPRO_BYTES_MAX = 64 * 1024;

const EXPERIMENT = z.strictObject({ plan: PLAN, schedule: SCHEDULE });

const REPRO = z.strictObject({
  schema: z.literal("faultline/repro/1"),
  /** The oracle that was broken, and what it said of the run below. */
  oracle: z.enum(ORACLE_NAMES),
  message: z.string(),
  /** Where it was seen. */
  commit: z.string(),
  code: z.string(),
  /** Of the run that was found; `--seed` repeats it. */
  seed: z.string().regex(/^[0-9]{1,20}$/),
  /** The shrunk run, and the fingerprint of its steps. */
  ...EXPERIMENT.shape,
  traceHash: z.string(),
  /** Before shrinking. */
  found: EXPERIMENT,
  shrinking: z.strictObject({
    tries: z.int().min(0),
    seconds: z.number().min(0),
    /** Whether dropping any one fault was seen to make it pass. */
    minimal: z.boolean(),
  }),
});

/** A repro. */
export interface Repro extends Experiment {
  readonly schema: "faultline/repro/1";
  readonly oracle: OracleName;
  readonly message: string;
  readonly commit: string;
  readonly code: string;
  readonly seed: string;
  readonly traceHash: string;
  readonly found: Experiment;
  readonly shrinking: Readonly<{ tries: number; seconds: number; minimal: boolean }>;
}

/** A file that is no repro. */
export class ReproError extends Error {
  override readonly name = "ReproError";
}

/** The published schema, `chaos/repro.schema.json`. */
export function reproJsonSchema(): Record<string, unknown> {
  return {
    title: "A failure that Faultline's chaos found",
    ...z.toJSONSchema(REPRO, { reused: "ref" }),
  };
}

/** The text of a repro file. */
export function formatRepro(repro: Repro): string {
  const checked = checkValue(REPRO as z.ZodType<Repro>, repro);
  const problem = checked.kind === "wrong" ? checked.problem : null;
  invariant(problem === null, `a repro that no one could read: ${problem}`);
  const text = `${JSON.stringify(repro, null, 2)}\n`;
  invariant(text.length <= REPRO_BYTES_MAX, `a repro of ${text.length} bytes`);
  return text;
}

/**
 * Reads a repro file.
 *
 * @param name what the text is called in errors.
 * @throws {ReproError} naming the entry, what was expected and what was found.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * const message = `Cannot read old.json: schema: expected "faultline/repro/1", received "faultline/repro/0"`;
 * assertThrows(() => parseRepro(`{"schema": "faultline/repro/0"}`, "old.json"), ReproError, message);
 * ```
 */
export function parseRepro(text: string, name: string): Repro {
  if (text.length > REPRO_BYTES_MAX) {
    const received = `received ${text.length}`;
    throw new ReproError(
      `Cannot read ${name}: expected at most ${REPRO_BYTES_MAX} bytes, ${received}`,
    );
  }
  const checked = checkJson(REPRO as z.ZodType<Repro>, text);
  if (checked.kind === "wrong") throw new ReproError(`Cannot read ${name}: ${checked.problem}`);
  const { schedule, found } = checked.value;
  for (const one of [schedule, found.schedule]) {
    if (one.kind === "recorded") checkChoices(one.choices, name);
  }
  return checked.value;
}

function checkChoices(choices: string, name: string): void {
  try {
    decodeChoices(choices);
  } catch (error) {
    if (!(error instanceof ChoicesError)) throw error;
    throw new ReproError(`Cannot read ${name}: schedule: ${error.message}`);
  }
}
