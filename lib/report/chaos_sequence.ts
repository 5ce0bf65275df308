/**
 * A run of chaos as a sequence: who said what to whom, in order, as far as it explains a failure. Part of a chaos result.
 *
 * @module
 */

import { z } from "zod";

/** Who takes part, from left to right. The third engine is where the guest goes in the second migration. */
export const LIFELINES = ["operator", "faults", "source", "destination", "third"] as const;

const LIFELINE = z.enum(LIFELINES);

const STEP = z.strictObject({
  /** Microseconds of virtual time. */
  atUs: z.int().min(0),
  from: LIFELINE,
  /** The same as `from` where somebody does something by himself. */
  to: LIFELINE,
  /** `channel`: a connection of main or preempt; `note`: of the run as a whole. */
  kind: z.enum([
    "command",
    "refusal",
    "status",
    "event",
    "strike",
    "channel",
    "standstill",
    "note",
  ]),
  text: z.string(),
});

export const SEQUENCE = z.strictObject({
  /** The plan's faults, a line each, in their order. */
  faults: z.array(z.string()),
  steps: z.array(STEP),
  /** Steps before the first and behind the last of `steps`. */
  leftOut: z.int().min(0),
});

type DeepReadonly<T> = { readonly [K in keyof T]: DeepReadonly<T[K]> };

/** A run as a sequence. */
export type Sequence = DeepReadonly<z.infer<typeof SEQUENCE>>;

/** One step of it. */
export type SequenceStep = Sequence["steps"][number];
