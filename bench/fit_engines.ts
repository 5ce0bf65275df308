/**
 * Scenarios as the engines of a run can act them out. A QEMU has one connect policy, its release's, and some things it cannot do or
 * tell: arms that ask for them are left out, thresholds about them too, and each is said. What is missing altogether ends the run.
 *
 * @module
 */

import type { EngineChoice, EngineChoices } from "../lib/pair/pair.ts";
import { pairGuestOf } from "../lib/pair/pair_guest.ts";
import { compareVersions, type QemuVersion, releaseOf } from "../lib/qapi/qemu_version.ts";
import type { PreemptConnectPolicy } from "../lib/qapi/parameters.ts";
import type { Side } from "../lib/qapi/migration_status.ts";
import type { QemuFacts } from "../lib/qemu/ask_qemu.ts";
import { GuestSpecError } from "../lib/ram/guest_spec.ts";
import { formatArm } from "../lib/report/arm.ts";
import { termsOf } from "./bind_expression.ts";
import type { Threshold } from "./expression.ts";
import { withArms } from "./restrict_scenario.ts";
import type { Scenario, ScenarioArm } from "./scenario.ts";

/** What is known of each side's QEMU; `null` for an engine of ours. */
export type EngineFacts = Readonly<Record<Side, QemuFacts | null>>;

/** A part that a run needs is not there; `message` says which, and what would bring it. */
export class MissingError extends Error {
  override readonly name = "MissingError";
}

/** Scenarios that can be run, and what of them cannot, as sentences. */
export interface FittedScenarios {
  readonly scenarios: readonly Scenario[];
  readonly notes: readonly string[];
}

/** An arm as it can be run, or why it cannot. */
type FittedArm = ScenarioArm | { readonly reason: string };

/** Metrics that only an engine of ours tells, by what must be ours. The first one that fits counts. */
const OF_OURS: readonly (readonly [RegExp, readonly Side[]])[] = [
  [/^source\.main-loop\./, ["source"]],
  [/^destination\.main-loop\./, ["destination"]],
  [/^page-request\.(affected|channel)-share$/, ["source"]],
  [/^page-request\.latency-/, ["destination"]],
  [/^vcpu\.blocked-ms$/, ["destination"]],
  [/^process\./, ["source", "destination"]],
];

/**
 * Fits scenarios to engines.
 *
 * @throws {MissingError} when nothing is left to run, or a QEMU may not do what an arm needs.
 */
export function fitScenarios(
  scenarios: readonly Scenario[],
  engines: EngineChoices,
  facts: EngineFacts,
): FittedScenarios {
  if (facts.source === null && facts.destination === null) return { scenarios, notes: [] };
  const notes: string[] = [];
  const fitted = scenarios.flatMap((scenario) => {
    const kept = keepArms(scenario, engines, facts, notes);
    return kept.arms.length === 0 ? [] : dropThresholds(kept, engines, notes);
  });
  if (fitted.length > 0) return { scenarios: fitted, notes };
  throw new MissingError(`Cannot run any scenario with these engines:\n${notes.join("\n")}`);
}

function keepArms(
  scenario: Scenario,
  engines: EngineChoices,
  facts: EngineFacts,
  notes: string[],
): Scenario {
  const left = new Map<string, string[]>();
  const arms = scenario.arms.flatMap((arm) => {
    const fitted = fitArm(arm, engines, facts);
    if (!("reason" in fitted)) return fitted;
    const name = formatArm(arm.arm) || "its only arm";
    left.set(fitted.reason, [...left.get(fitted.reason) ?? [], name]);
    return [];
  });
  for (const [reason, names] of left) {
    const which = names.length === scenario.arms.length ? "all of its arms" : names.join("; ");
    notes.push(`${scenario.name}: without ${which}: ${reason}`);
  }
  return withArms(scenario, arms);
}

function fitArm(arm: ScenarioArm, engines: EngineChoices, facts: EngineFacts): FittedArm {
  checkPrivileges(arm, facts);
  // A guest that is somebody else's has the RAM that they gave it.
  if (engines.source.kind === "attached") return fitPolicy(arm, facts);
  const [block, ...others] = arm.ram;
  if (block?.name !== "ram" || others.length > 0) {
    return { reason: `a QEMU expects one RAM block "ram", received ${arm.ram.length}` };
  }
  try {
    pairGuestOf({ ...arm, engines });
  } catch (error) {
    if (!(error instanceof GuestSpecError)) throw error;
    return { reason: error.message };
  }
  if (waitsForRequests(arm) && facts.destination !== null && facts.source === null) {
    return { reason: "a QEMU without a vCPU, as beside an engine of ours, asks for no pages" };
  }
  return fitPolicy(arm, facts);
}

/** @throws {MissingError} when the destination cannot do postcopy here, or a QEMU has no preempt channel. */
function checkPrivileges({ capabilities }: ScenarioArm, facts: EngineFacts): void {
  if (!capabilities["postcopy-ram"]) return;
  const { noPostcopy } = facts.destination ?? { noPostcopy: null };
  if (noPostcopy !== null) {
    throw new MissingError(
      `Cannot run postcopy into this QEMU: ${noPostcopy} (\`sysctl vm.unprivileged_userfaultfd=1\` or root allows it)`,
    );
  }
  for (const [side, known] of Object.entries(facts)) {
    if (!capabilities["postcopy-preempt"] || known === null) continue;
    const release = releaseOf(known.version);
    if (compareVersions(release, "7.1") >= 0) continue;
    throw new MissingError(
      `Cannot run a preempt channel: the ${side} expected QEMU 7.1 or later, received ${release}`,
    );
  }
}

function waitsForRequests({ steps }: ScenarioArm): boolean {
  return steps.some(({ kind }) => kind === "wait-for-page-requests");
}

/** A QEMU connects as its release does; our source has to connect as the destination's release expects. */
function fitPolicy(arm: ScenarioArm, { source, destination }: EngineFacts): FittedArm {
  const { "x-preempt-connect": asked, ...parameters } = arm.parameters;
  if (source !== null) {
    const own = policyOf(releaseOf(source.version));
    if (asked === undefined || asked === own) return { ...arm, parameters };
    return { reason: `QEMU ${releaseOf(source.version)} connects by ${own}` };
  }
  const release = releaseOf(destination!.version);
  if (compareVersions(release, "8.0") >= 0 || !arm.capabilities["postcopy-preempt"]) return arm;
  if (asked === "async-after-main") {
    return { reason: `QEMU ${release} loads nothing before the preempt channel is there` };
  }
  const policy: PreemptConnectPolicy = asked ?? "async-at-setup";
  return { ...arm, parameters: { ...parameters, "x-preempt-connect": policy } };
}

/** The policy by which a release connects the preempt channel. */
export function policyOf(release: QemuVersion): PreemptConnectPolicy {
  return compareVersions(release, "8.0") < 0 ? "async-at-setup" : "async-after-main";
}

function dropThresholds(scenario: Scenario, engines: EngineChoices, notes: string[]): Scenario {
  const isKnown = (threshold: Threshold) =>
    [threshold.value, threshold.limit].flatMap(termsOf)
      .every(({ metric }) => isMeasured(metric, engines));
  const real = scenario.thresholds.real.filter(isKnown);
  const dropped = scenario.thresholds.real.length - real.length;
  if (dropped > 0) {
    notes.push(`${scenario.name}: without ${dropped} thresholds about what a QEMU does not tell`);
  }
  return { ...scenario, thresholds: { ...scenario.thresholds, real } };
}

function isMeasured(metric: string, engines: EngineChoices): boolean {
  const needed = OF_OURS.find(([names]) => names.test(metric))?.[1] ?? [];
  return needed.every((side) => isOurs(engines[side]));
}

function isOurs({ kind }: EngineChoice): boolean {
  return kind === "embedded";
}
