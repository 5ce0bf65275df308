/**
 * `--arm`: a scenario with only some of its arms.
 *
 * @module
 */

import { termsOf } from "./bind_expression.ts";
import type { Selector, Threshold } from "./expression.ts";
import type { Scenario, ScenarioArm } from "./scenario.ts";
import { hasValues } from "./select_arm.ts";

/**
 * The scenario with the arms that have these values, and the thresholds that are about no other. Without a meaning where arms are
 * missing, since that may speak of them.
 */
export function restrictScenario(scenario: Scenario, selector: Selector): Scenario {
  const { name } = scenario;
  const arms = scenario.arms.filter(({ arm }) => hasValues({ scenario: name, arm }, selector));
  return withArms(scenario, arms);
}

/** The scenario with these of its arms, which may have been changed. */
export function withArms(scenario: Scenario, arms: readonly ScenarioArm[]): Scenario {
  const { name } = scenario;
  if (arms.length === scenario.arms.length) return { ...scenario, arms };
  const isLeft = ({ value, limit }: Threshold) =>
    [value, limit].flatMap(termsOf).every((term) =>
      arms.some(({ arm }) => hasValues({ scenario: name, arm }, term.selector))
    );
  return {
    ...scenario,
    arms,
    thresholds: {
      real: scenario.thresholds.real.filter(isLeft),
      virtual: scenario.thresholds.virtual.filter(isLeft),
    },
    meaning: { real: null, virtual: null },
  };
}
