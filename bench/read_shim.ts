/**
 * Reads a shim's rules of a scenario, filled in for one arm.
 *
 * @module
 */

import type { z } from "zod";
import type { ShimRule, ShimSpec } from "../lib/netem/conditions.ts";
import { parseNetem } from "../lib/netem/grammar.ts";
import type { FieldReader } from "./field_reader.ts";
import type { SCENARIO } from "./scenario_schema.ts";

type Rule = NonNullable<z.output<typeof SCENARIO>["shim"]>[number];

/** The rules that belong to the arm. @throws {ScenarioError} naming the word of a rule that does not parse. */
export function readShim(reader: FieldReader, rules: readonly Rule[]): ShimSpec {
  return rules.flatMap((rule, index) => {
    const field = reader.at(index);
    return field.fits(rule.when) ? readRule(field, rule) : [];
  });
}

function readRule(field: FieldReader, { role, direction, phase, netem }: Rule): ShimRule {
  return {
    role,
    ...direction !== undefined && { direction },
    ...phase !== undefined && { phase },
    ...field.at("netem").read(() => parseNetem(netem)),
  };
}
