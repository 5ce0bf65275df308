/**
 * What a result file says of a scenario, so that a report can be made of the file alone.
 *
 * @module
 */

import type { ClockKind } from "../lib/measure/metric.ts";
import type { ScenarioSummary } from "../lib/report/result.ts";
import { renderMeaning } from "./meaning.ts";
import type { ScenarioReport } from "./run_suite.ts";

/** Root of the checkout: a path in it is the same on every machine. */
const CHECKOUT = new URL("../", import.meta.url).pathname;

/** The summary of a scenario that was run. */
export function summarizeScenario(
  { scenario, runs }: ScenarioReport,
  clock: ClockKind,
): ScenarioSummary {
  const { name, question, file, show } = scenario;
  const meaning = scenario.meaning[clock];
  return {
    name,
    question,
    file: file.startsWith(CHECKOUT) ? file.slice(CHECKOUT.length) : file,
    show,
    meaning: meaning && renderMeaning(meaning, runs),
  };
}
