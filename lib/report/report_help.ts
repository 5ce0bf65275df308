/**
 * The help text of `report`.
 *
 * @module
 */

/** What `--help` prints: no more than fits a screen. */
export const HELP = `Shows a result of the bench, or of chaos, again.

Usage: deno task report RESULT.json [OTHER.json] [options]

RESULT.json is what --json has written. Where it is of the bench, the figures of OTHER.json
stand beside its own: those of the other clock, or those of an earlier result, and then the
page begins with what has changed.

  --html FILE      a page to look at, one file (default: RESULT.html)
  --junit FILE     a case for each scenario and threshold, or for each oracle of chaos
  --markdown FILE  a summary for a pull request
  --trace FILE     a trace of the bench for https://ui.perfetto.dev

Exit codes: 0 written, whatever the verdict; 2 bad arguments or file.

Examples:
  deno task report result.json
  deno task report real.json virtual.json --html report.html
  deno task report today.json yesterday.json
  deno task report chaos.json --markdown chaos.md
  deno task report result.json --junit junit.xml --trace trace.json`;
