/**
 * What a reader of a result would want to be told without looking for it: what hyperfine calls warnings. Each is one sentence that says what
 * was seen and what it means for the figures.
 *
 * @module
 */

import type { ClockKind } from "../measure/metric.ts";
import { isMetricName, METRICS } from "../measure/metrics.ts";
import { summarizeRuns } from "../measure/statistics.ts";
import { formatArm } from "./arm.ts";
import { groupRuns, type ScenarioRuns } from "./arm_groups.ts";
import { formatFigure } from "./format_figure.ts";
import { formatMargin, marginOf } from "./margin.ts";
import type { Result, RunResult } from "./result.ts";
import { count } from "./verdict_sentence.ts";

/** From here on an idle loop that stands still says something of the machine, in milliseconds: two busy cores alone make 3-6, at times 28. */
const IDLE_STALL_MS = 20;
/** A shim that is off by more than this spoils what a table says of a delay, in milliseconds. */
const SHIM_ERROR_MS = 20;
/** A threshold that holds by less than this share of its limit may not hold tomorrow. */
const THIN_MARGIN = 0.05;
/** A longest request that is so many times the p99, and longer than this, stands alone. */
const LONE_REQUEST = { timesP99: 10, us: 10_000 };
/** Runs of one arm of which the greatest is so many times the least are no one figure. */
const SPREAD = 2;
const SPREAD_RUNS_MIN = 3;
/** By so many milliseconds two busy cores alone make runs differ. */
const SPREAD_LEAST_MS = 5;

/** The sentences, what spoils most first. */
export function findUnusual(result: Result): string[] {
  const scenarios = groupRuns(result);
  return [
    ...failedRuns(result.runs),
    ...wrongRam(result.runs),
    ...noisyMachine(result.runs),
    ...wrongShim(result.runs),
    ...thinMargins(result),
    ...incompleteRequests(result.runs),
    ...loneRequests(scenarios),
    ...absentMetrics(result, scenarios),
    ...spreads(scenarios),
    ...unknownCode(result),
  ];
}

function failedRuns(runs: readonly RunResult[]): string[] {
  return runs.flatMap((run) =>
    run.failure === undefined ? [] : `${nameOf(run)} failed: ${run.failure}.`
  );
}

function wrongRam(runs: readonly RunResult[]): string[] {
  return runs.flatMap((run) => {
    switch (run.outcome.ram) {
      case "different":
        return `${nameOf(run)}: the guest's RAM is not what its program must have left.`;
      case "incomplete":
        return `${
          nameOf(run)
        }: the guest's RAM was still incomplete at the end, on ${run.outcome.guest}.`;
      default:
        return [];
    }
  });
}

function noisyMachine(runs: readonly RunResult[]): string[] {
  const stalls = runs.flatMap(({ metrics }) => metrics["floor.idle-loop.longest-stall-ms"] ?? []);
  const noisy = stalls.filter((ms) => ms > IDLE_STALL_MS);
  if (noisy.length === 0) return [];
  return [
    `The machine was noisy: in ${noisy.length} of ${
      count(stalls.length, "run")
    } a loop that does ` +
    `nothing stood still for more than ${IDLE_STALL_MS} ms, at most ${
      formatFigure(Math.max(...noisy))
    } ms. Stalls up to that length are the machine's doing.`,
  ];
}

function wrongShim(runs: readonly RunResult[]): string[] {
  const errors = runs.flatMap(({ metrics }) => metrics["shim.connect-error-p99-ms"] ?? []);
  const worst = Math.max(0, ...errors);
  if (worst <= SHIM_ERROR_MS) return [];
  return [
    `The shim was off: a plain client saw a connect differ from the asked delay by ${
      formatFigure(worst)
    } ms, so delays of that size are not what the table says.`,
  ];
}

/** Figures of virtual time are exact: there a threshold that holds will hold tomorrow. */
function thinMargins({ clock, thresholds }: Result): string[] {
  if (clock === "virtual") return [];
  const thin = thresholds.flatMap((threshold) => {
    const margin = threshold.verdict === "pass" ? marginOf(threshold) : null;
    return margin !== null && margin < THIN_MARGIN ? { threshold, margin } : [];
  });
  if (thin.length === 0) return [];
  const [thinnest] = thin.toSorted((a, b) => a.margin - b.margin);
  return [
    `${count(thin.length, "threshold")} ${thin.length === 1 ? "holds" : "hold"} by less than ${
      THIN_MARGIN * 100
    } %; the nearest to its limit is ${thinnest!.threshold.expression} (${
      formatMargin(thinnest!.margin)
    }).`,
  ];
}

function incompleteRequests(runs: readonly RunResult[]): string[] {
  const incomplete = runs.reduce((sum, run) => sum + (run.details?.requests.incomplete ?? 0), 0);
  if (incomplete === 0) return [];
  return [
    `${
      count(incomplete, "page request")
    } had no begin or no end in the logs and count in no latency.`,
  ];
}

function loneRequests(scenarios: readonly ScenarioRuns[]): string[] {
  return scenarios.flatMap(({ summary, arms }) =>
    arms.flatMap(({ name, runs }) => {
      const lone = runs.find(({ metrics }) => {
        const longestUs = metrics["page-request.latency-max-us"] ?? 0;
        const p99Us = metrics["page-request.latency-p99-us"] ?? Infinity;
        return longestUs > LONE_REQUEST.us && longestUs > LONE_REQUEST.timesP99 * p99Us;
      });
      if (lone === undefined) return [];
      const [longestMs, p99Ms] = ["max", "p99"].map((which) =>
        formatFigure(lone.metrics[`page-request.latency-${which}-us`]! / 1000)
      );
      return `${summary.name}, ${name}: one page request took ${longestMs} ms where 99 of 100 took no more than ${p99Ms} ms.`;
    })
  );
}

/** Metrics that a scenario shows and that no run has measured, although this clock can. */
function absentMetrics({ clock }: Result, scenarios: readonly ScenarioRuns[]): string[] {
  return scenarios.flatMap(({ summary, arms }) => {
    const runs = arms.flatMap((arm) => arm.runs);
    const absent = summary.show.filter((metric) =>
      isOf(metric, clock) && runs.every(({ metrics }) => metrics[metric] === undefined)
    );
    return absent.length === 0 ? [] : `${summary.name}: not measured: ${absent.join(", ")}.`;
  });
}

function spreads(scenarios: readonly ScenarioRuns[]): string[] {
  return scenarios.flatMap(({ summary, arms }) =>
    arms.flatMap(({ name, runs }) =>
      summary.show.flatMap((metric) => {
        const values = runs.flatMap(({ metrics }) => metrics[metric] ?? []);
        if (values.length < SPREAD_RUNS_MIN) return [];
        const { min, max } = summarizeRuns(values);
        if (min <= 0 || max < SPREAD * min) return [];
        if (metric.endsWith("-ms") && max - min < SPREAD_LEAST_MS) return [];
        return `${summary.name}, ${name}: ${metric} varies from ${formatFigure(min)} to ${
          formatFigure(max)
        } over ${values.length} runs.`;
      })
    )
  );
}

function unknownCode({ commit }: Result): string[] {
  if (commit.endsWith("+changes")) {
    return ["The code had changes that are in no commit, so this result cannot be made again."];
  }
  return commit === "unknown" ? ["It is not known which commit of Faultline ran."] : [];
}

/** Whether this clock measures a metric. One that this Faultline does not know, another version did. */
function isOf(metric: string, clock: ClockKind): boolean {
  const clocks: readonly ClockKind[] = isMetricName(metric) ? METRICS[metric].clocks : [clock];
  return clocks.includes(clock);
}

function nameOf({ scenario, arm }: RunResult): string {
  const values = formatArm(arm);
  return values === "" ? scenario : `${scenario}, ${values}`;
}
