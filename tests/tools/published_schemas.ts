/**
 * The JSON Schemas that are published in the tree, by their files. Each is made of the zod schema that the program checks with.
 *
 * @module
 */

import { scenarioJsonSchema } from "../../bench/scenario_schema.ts";
import { reproJsonSchema } from "../../chaos/repro.ts";
import { chaosResultJsonSchema } from "../../lib/report/chaos_result.ts";
import { comparisonJsonSchema } from "../../lib/report/comparison.ts";
import { resultJsonSchema } from "../../lib/report/result.ts";

/** What each file holds. */
export const PUBLISHED_SCHEMAS: Readonly<Record<string, () => unknown>> = {
  "bench/scenario.schema.json": scenarioJsonSchema,
  "chaos/repro.schema.json": reproJsonSchema,
  "lib/report/chaos_result.schema.json": chaosResultJsonSchema,
  "lib/report/comparison.schema.json": comparisonJsonSchema,
  "lib/report/result.schema.json": resultJsonSchema,
};
