/**
 * Reads one step of a scenario, filled in for one arm. A step is told by the one field that no other kind has, so that a mistake in it
 * is told as a mistake in that kind, and not as "none of seven kinds".
 *
 * @module
 */

import type { z } from "zod";
import { checkCommand } from "../lib/qapi/commands.ts";
import type { JsonObject } from "../lib/qapi/value_type.ts";
import { didYouMean } from "../lib/report/nearest.ts";
import { FieldError, type FieldReader } from "./field_reader.ts";
import { readTime } from "./read_time.ts";
import { readShim } from "./read_shim.ts";
import type { StepAction } from "./scenario.ts";
import { type StepKind, STEPS } from "./scenario_schema.ts";

/** How long a wait may take that does not say. */
const TIMEOUT_US = 30_000_000;

type Fields<K extends StepKind> = z.output<typeof STEPS[K]>;

/** What a step of each kind is to the runner. */
const READERS: {
  readonly [K in StepKind]: (fields: Fields<K>, reader: FieldReader) => StepAction;
} = {
  "execute": ({ on, execute, arguments: args = {} }, reader) => ({
    kind: "execute",
    on,
    command: reader.at("arguments").read(() => checkCommand(execute, args as JsonObject)),
  }),
  "wait-for-status": ({ on, "wait-for-status": status, timeout }, reader) => ({
    kind: "wait-for-status",
    on,
    statuses: [status],
    timeoutUs: readTimeout(timeout, reader),
  }),
  "wait-for-event": ({ on, "wait-for-event": event, timeout }, reader) => ({
    kind: "wait-for-event",
    on,
    event,
    timeoutUs: readTimeout(timeout, reader),
  }),
  "wait-for-page-requests": ({ "wait-for-page-requests": count, timeout }, reader) => ({
    kind: "wait-for-page-requests",
    count,
    timeoutUs: readTimeout(timeout, reader),
  }),
  "wait": ({ wait }, reader) => ({ kind: "wait", us: readTime(wait, reader.at("wait")) }),
  "connect-phase": ({ "connect-phase": phase }) => ({ kind: "connect-phase", phase }),
  "shim": ({ shim }, reader) => ({ kind: "shim", spec: readShim(reader.at("shim"), shim) }),
};

/** The step, or `null` where it does not belong to the arm. @throws {ScenarioError} naming what is wrong with it. */
export function readStep(reader: FieldReader): StepAction | null {
  return readKind(kindOf(reader), reader);
}

function readKind<K extends StepKind>(kind: K, reader: FieldReader): StepAction | null {
  const fields = reader.check(STEPS[kind]) as Fields<K>;
  return reader.fits(fields.when) ? READERS[kind](fields, reader) : null;
}

function kindOf(reader: FieldReader): StepKind {
  const kinds = Object.keys(STEPS) as StepKind[];
  const fields = Object.keys(reader.value as Record<string, unknown>);
  const given = kinds.filter((kind) => fields.includes(kind));
  const [kind] = given;
  if (kind !== undefined && given.length === 1) return kind;
  return reader.read(() => {
    const received = given.length > 1
      ? given.join(" and ")
      : `${fields.join(", ")}${fields.map((field) => didYouMean(field, kinds)).join("")}`;
    throw new FieldError(`expected one of ${kinds.join(", ")}, received ${received}`);
  });
}

function readTimeout(text: string | undefined, reader: FieldReader): number {
  return text === undefined ? TIMEOUT_US : readTime(text, reader.at("timeout"));
}
