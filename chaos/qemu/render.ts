/**
 * A finding as a report that a QEMU developer can act on: what is wrong, the versions, the plan and how to make it happen again, the
 * commands, and what both sides, the operator and the wire did, in order.
 *
 * @module
 */

import { type QemuHistory, SIDES } from "./history.ts";
import type { KnownFinding } from "./known.ts";
import { describeFault, type QemuPlan } from "./plan.ts";
import type { ShrunkFailure } from "./shrink.ts";

/** A plan in a few lines. */
export function renderQemuPlan(plan: QemuPlan): string {
  const { seed, preempt, machine, postcopyAtMs, faults } = plan;
  const postcopy = postcopyAtMs === null ? "never" : `at ${postcopyAtMs} ms`;
  return [
    `seed ${seed}: machine ${machine}, preempt ${preempt ? "on" : "off"}, postcopy ${postcopy}`,
    ...faults.map((fault) => `  ${describeFault(fault)}`),
  ].join("\n");
}

/** The report, in Markdown. @param command runs chaos on the same QEMUs. */
export function renderFinding(
  failure: ShrunkFailure,
  known: KnownFinding | null,
  command: string,
): string {
  const { history, violation, failed, runs, faultsBefore } = failure;
  const { sides, plan } = history;
  return [
    `# ${violation.oracle}: ${violation.message}`,
    "",
    known === null ? "Not known before." : `Known: ${known.id}, ${known.title}`,
    `Failed ${failed} of ${runs} runs of this plan, which was made from one of ${faultsBefore} faults.`,
    "",
    ...SIDES.map((side) =>
      `- ${side}: QEMU ${sides[side].version}, ${describeSide(history, side)}`
    ),
    "",
    "## The plan",
    "",
    ...block([renderQemuPlan(plan)]),
    "Faults of a phase happen so long after its `migrate`: phase 0 is the start, k the k-th recovery.",
    "The destination listens behind a proxy, which holds, refuses and breaks the source's connects.",
    "To see it again, in a checkout of Faultline (without Deno: `npx -y deno@2.9.6` in its place):",
    "",
    ...scriptOf(plan, command),
    "## The command lines",
    "",
    ...block(SIDES.map((side) => sides[side].command.map(quote).join(" "))),
    ...SIDES.flatMap((side) =>
      sides[side].errors === "" ? [] : [
        `The ${side} wrote:`,
        "",
        ...block([sides[side].errors]),
      ]
    ),
    "## What happened",
    "",
    "Milliseconds, who, what. Lines of QMP are exact; queries of the status are left out.",
    "",
    ...block(timelineOf(history)),
  ].join("\n");
}

function describeSide({ sides }: QemuHistory, side: (typeof SIDES)[number]): string {
  const { end, status, runState } = sides[side];
  if (end?.kind === "killed") return `killed by ${end.signal}`;
  if (end?.kind === "exited") return `exited with code ${end.code}`;
  return `migration ${status}, guest ${runState ?? "silent"}`;
}

function timelineOf({ entries, wire }: QemuHistory): string[] {
  const startUs = entries.find(({ what }) => what === "migrate")?.atUs ?? 0;
  const merged = [
    ...entries.map(({ atUs, who, what }) => ({ atUs, line: `${who}: ${what}` })),
    ...wire.map(({ atUs, stream, what }) => ({
      // The wire's clock starts with its first connection, right behind the first migrate.
      atUs: atUs + startUs,
      line: `wire (${stream}): ${what}`,
    })),
  ].sort((a, b) => a.atUs - b.atUs);
  return merged.map(({ atUs, line }) => `${(atUs / 1000).toFixed(1).padStart(9)}  ${line}`);
}

/** One command line that needs no file of ours. */
function scriptOf(plan: QemuPlan, command: string): string[] {
  const lines = [`${command} --replay=- <<'PLAN'`, JSON.stringify(plan), "PLAN"];
  return ["```sh", ...lines, "```", ""];
}

function block(lines: readonly string[]): string[] {
  return ["```text", ...lines, "```", ""];
}

function quote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
