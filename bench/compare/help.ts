/**
 * The help text of `compare`.
 *
 * @module
 */

/** What `--help` prints: no more than fits a screen. */
export const HELP =
  `Compares two revisions on this machine, run in turns, and says which figures changed.

Usage: deno task compare --base REV [options]
       deno task compare BASE.json HEAD.json [--fail-on EXPR] [--json FILE] ...

  --base REV         what to compare with, e.g. origin/main
  --head REV         what to compare (default HEAD); . is the checkout as it lies there
  --suite NAME       a suite of the bench (default compare)
  --scenario FILE    a scenario file instead of a suite, for both
  --rounds N         pairs of runs before the first look (default 20)
  --max-time T       more pairs, while a figure is undecided, up to that (default 300s)
  --fail-on EXPR     regression>=N% or improvement>=N% (default regression>=5%)
  --json FILE        write the comparison there, again after each look; at the end also
                     --markdown FILE, for pull requests, and --junit FILE

Each figure is a regression, an improvement, without a change (and how large a one would
have been seen), or inconclusive. A machine that is unfit for a metric gives no verdict.

Exit codes: 0 nothing failed, 1 a figure did or something vanished, 2 bad arguments,
revision or file, 3 inconclusive or unfit, 70 a bug in Faultline, 130 interrupted.

Examples:
  deno task compare --base origin/main
  deno task compare --base HEAD~1 --head . --max-time 120s
  deno task compare old.json new.json --fail-on 'regression>=10%'`;
