/**
 * JUnit XML, which every CI shows: suites of cases, each with how it ended.
 *
 * What nobody could judge is an error, not a failure.
 *
 * @module
 */

import { escapeXml } from "./escape_xml.ts";

/** A case, and how it ended. */
export interface Case {
  readonly name: string;
  readonly seconds: number;
  readonly problem: {
    readonly element: "failure" | "error";
    readonly message: string;
    /** What to do about it, or more of it. */
    readonly details?: string;
  } | null;
  /** What was measured. */
  readonly output: string;
}

export interface Suite {
  readonly name: string;
  readonly cases: readonly Case[];
}

/** The text of a JUnit file. */
export function formatJunit(name: string, suites: readonly Suite[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="${escapeXml(name)}" ${totals(suites.flatMap(({ cases }) => cases))}>
${suites.map(formatSuite).join("\n")}
</testsuites>
`;
}

function formatSuite({ name, cases }: Suite): string {
  return `  <testsuite name="${escapeXml(name)}" ${totals(cases)}>
${cases.map((one) => formatCase(name, one)).join("\n")}
  </testsuite>`;
}

function formatCase(suite: string, { name, seconds, problem, output }: Case): string {
  return `    <testcase classname="${escapeXml(suite)}" name="${escapeXml(name)}" time="${seconds}">
${formatProblem(problem)}      <system-out>${escapeXml(output)}</system-out>
    </testcase>`;
}

function formatProblem(problem: Case["problem"]): string {
  if (problem === null) return "";
  const { element, message, details = "" } = problem;
  return `      <${element} message="${escapeXml(message)}">${escapeXml(details)}</${element}>\n`;
}

function totals(cases: readonly Case[]): string {
  const count = (element: string) =>
    cases.filter(({ problem }) => problem?.element === element).length;
  return `tests="${cases.length}" failures="${count("failure")}" errors="${
    count("error")
  }" skipped="0"`;
}
