/**
 * The fields of a scenario file, once: the loader checks files against them, and `scenario.schema.json`, which editors can use, is made
 * of them.
 *
 * The hard thing is `${axis}`, which may stand where a number or a word is expected. A file is checked arm by arm, with the values filled
 * in; what is published is the same fields, each of which may be such a text instead.
 *
 * @module
 */

import { z } from "zod";
import { METRICS } from "../lib/measure/metrics.ts";
import { CAPABILITIES } from "../lib/qapi/capabilities.ts";
import { type CommandName, COMMANDS } from "../lib/qapi/commands.ts";
import { MIGRATION_STATUSES } from "../lib/qapi/migration_status.ts";
import { PREEMPT_CONNECT_POLICIES } from "../lib/qapi/parameters.ts";
import { GUEST_WORDS } from "../lib/ram/guest_spec.ts";

/** What becomes of a field that an axis may fill in. */
type Fillable = <S extends z.ZodType>(field: S) => S;

const AXIS_NAME = z.string().regex(/^[a-z][a-z0-9-]*$/);
const AXIS_VALUE = z.union([z.string(), z.number(), z.boolean()]);

/** The axes: what varies, and its values. */
export const ARMS = z.record(AXIS_NAME, z.array(AXIS_VALUE).min(1))
  .describe("What varies: each axis with its values. Every combination is an arm.");

const SIDE = z.enum(["source", "destination"]);
const WHEN = z.record(AXIS_NAME, z.union([AXIS_VALUE, z.array(AXIS_VALUE)]))
  .describe("Only in arms with these values; all arms if absent.");
/** `quit` would end what is measured. */
const STEP_COMMANDS = Object.keys(COMMANDS).filter((name) => name !== "quit");
const METRIC = z.enum(Object.keys(METRICS) as [keyof typeof METRICS]);

/** A scenario, filled in for one arm. Its steps are checked one by one, against `STEPS`. */
export const SCENARIO = z.strictObject({
  ...scenarioFields((field) => field),
  steps: z.array(z.record(z.string(), z.unknown())).min(1),
});

/** The fields of each kind of step, by the field that no other kind has. */
export const STEPS = stepKinds((field) => field);

/** The kind of a step. */
export type StepKind = keyof typeof STEPS;

/** The published schema. */
export function scenarioJsonSchema(): Record<string, unknown> {
  const template = z.string().regex(/\$\{[a-z][a-z0-9-]*\}/);
  const fillable: Fillable = (field) => z.union([field, template]) as unknown as typeof field;
  const steps = z.array(z.union(Object.values(stepKinds(fillable)))).min(1)
    .describe("What the operator does, one after the other.");
  const schema = z.strictObject({ ...scenarioFields(fillable), steps });
  return { title: "A bench scenario of Faultline", ...z.toJSONSchema(schema) };
}

function scenarioFields(fillable: Fillable) {
  return {
    name: z.string().regex(/^[a-z0-9]+([-/][a-z0-9]+)*$/)
      .describe("What results and thresholds call it, e.g. preempt-connect/start."),
    question: z.string().min(1).describe("What it answers, in one sentence."),
    "process-per-run": z.boolean().optional()
      .describe("Gives each run a process of its own, so that peak memory is this run's."),
    "warm-up": z.strictObject({
      for: z.string().optional().describe("How long at least, e.g. 2s. Default: 1s."),
      arms: WHEN.optional().describe(
        "Only of arms with these values; all if absent. With process-per-run it is the run's own.",
      ),
    }).optional().describe(
      "Unmeasured runs in real time before the others, so that these run warm code, as a process does that lives for days.",
    ),
    transport: fillable(z.enum(["unix", "tcp"])).optional()
      .describe("What the migration channels run over. Default: unix."),
    ram: z.union([z.string(), z.record(z.string(), z.string())])
      .describe("Guest RAM, e.g. 64M or 1G; or the size of each RAM block by its name."),
    guest: z.strictObject(guestWords()).describe("The guest program."),
    probes: z.union([
      z.literal("none"),
      z.strictObject({
        "main-loop": fillable(z.string()).optional()
          .describe("Time between two ticks. Default: 4ms, in virtual time 1ms."),
        "qmp": fillable(z.string()).optional()
          .describe("Time between two commands. Default: 10ms, in virtual time 5ms."),
      }),
    ]).optional().describe(
      "How often main loops and QMP are probed; none leaves CPU and memory to what is measured.",
    ),
    capabilities: z.strictObject(
      Object.fromEntries(CAPABILITIES.map((name) => [name, fillable(z.boolean()).optional()])),
    ).optional().describe("What both sides switch on or off first."),
    parameters: z.strictObject({
      "max-bandwidth": bytes(fillable, "in precopy"),
      "max-postcopy-bandwidth": bytes(fillable, "of the background in postcopy"),
      "downtime-limit": fillable(z.int().min(0)).optional()
        .describe("How long the switch may stop the guest, in milliseconds."),
      "x-preempt-connect": fillable(z.enum(PREEMPT_CONNECT_POLICIES)).optional()
        .describe("The policy by which the preempt channel is connected."),
    }).optional().describe("What the source is set to first."),
    shim: z.array(shimRule(fillable)).optional()
      .describe("What the network does; the first rule that fits counts."),
    arms: ARMS.optional(),
    show: z.array(METRIC).min(1).describe("The metrics of its table."),
    meaning: perClock(z.string().min(1)).optional().describe(
      "One sentence under the table. {EXPRESSION} is replaced by its value, {outcome.guest[ARM]} by an outcome.",
    ),
    thresholds: perClock(z.array(z.string())).optional()
      .describe("What must hold: METRIC[AXIS=VALUE, ...] < LIMIT, for each clock."),
  };
}

/** The step kinds, each under the field that tells it from the others. */
function stepKinds(fillable: Fillable) {
  const when = WHEN.optional();
  const timeout = fillable(z.string()).optional()
    .describe("How long to wait, e.g. 5s. Default: 30s.");
  return {
    "execute": z.strictObject({
      on: fillable(SIDE),
      execute: fillable(z.enum(STEP_COMMANDS as [CommandName])).describe("A QMP command."),
      arguments: z.record(z.string(), z.unknown()).optional()
        .describe("{migration-address} is the address of the present connect phase."),
      when,
    }),
    "wait-for-status": z.strictObject({
      on: fillable(SIDE),
      "wait-for-status": fillable(z.enum(MIGRATION_STATUSES))
        .describe("The next time that the side's migration has this status."),
      timeout,
      when,
    }),
    "wait-for-event": z.strictObject({
      on: fillable(SIDE),
      "wait-for-event": fillable(z.string()).describe("The next QMP event of this name."),
      timeout,
      when,
    }),
    "wait-for-page-requests": z.strictObject({
      "wait-for-page-requests": fillable(z.int().min(1))
        .describe("Until the source has received so many page requests."),
      timeout,
      when,
    }),
    "wait": z.strictObject({ wait: fillable(z.string()).describe("A time, e.g. 200ms."), when }),
    "connect-phase": z.strictObject({
      "connect-phase": fillable(z.int().min(0)).describe(
        "Numbers the connects that follow (0 = start, k = k-th recovery) and gives them a new address.",
      ),
      when,
    }),
    "shim": z.strictObject({
      shim: z.array(shimRule(fillable)).describe("Replaces what the network does."),
      when,
    }),
  };
}

function shimRule(fillable: Fillable) {
  return z.strictObject({
    role: fillable(z.enum(["main", "preempt"])),
    direction: fillable(z.enum(["source-to-destination", "destination-to-source"])).optional()
      .describe("Both if absent."),
    phase: fillable(z.int().min(0)).optional()
      .describe("The connect phase, 0 = start, k = k-th recovery; every one if absent."),
    netem: fillable(z.string()).describe(
      "connect delay TIME|hang|refuse|reset, delay TIME [JITTER], rate RATE [of link], limit SIZE",
    ),
    when: WHEN.optional(),
  });
}

function guestWords(): Record<string, z.ZodOptional<typeof AXIS_VALUE>> {
  const words = Array.from(
    GUEST_WORDS,
    ([word, expected]) => [word, AXIS_VALUE.optional().describe(expected)] as const,
  );
  return Object.fromEntries(words);
}

function bytes(fillable: Fillable, where: string) {
  return fillable(z.int().min(0)).optional()
    .describe(`Limit ${where}, in bytes per second; 0 = none.`);
}

function perClock<S extends z.ZodType>(field: S) {
  return z.strictObject({ real: field.optional(), virtual: field.optional() });
}
