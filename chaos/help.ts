/**
 * The help text of `chaos`.
 *
 * @module
 */

/** What `--help` prints: no more than fits a screen. */
export const HELP = `Breaks migrations under seeds, in virtual time, and checks what must hold.

Usage: deno task chaos [options]

Without options: seeds that come from the commit, for 60 s, on all cores.

  --seed S            one run, with a readable timeline; with --seeds or --time: the seed
                      that the seeds of a campaign come from (a number, or Git's hash)
  --seeds N           so many runs
  --time T            for so long, such as 90, 90s or 5m (default 60s)
  --jobs N            Workers (default: one for each core); changes nothing but the time
  --shard I/N         the I-th of N parts of the campaign
  --strategy NAME     who goes next: mixed (default), random, pct, fifo; or exhaustive:
                      every schedule of tiny plans that differs from fifo in at most
                      --deviations N choices (default 1)
  --violations N      end behind the run that breaks an oracle for the Nth time (default 10)
  --require-coverage  fail where a fault met no status that it could have met, or a rare path
                      was not taken; for campaigns of 30000 seeds and more
  --replay FILE       see a failure again, from its repro file
  --mutant ID,...     hunt these known defects, each put back into a copy of the engine
  --mutants           hunt all of them, --jobs N at once, each for --time on one core;
                      --sample N: only N, which the seed chooses
  --json FILE         write the result there; --html FILE: as a page to look at
  --junit FILE        a case for each oracle, for CI; --markdown FILE: for pull requests
  --keep DIR          write repro files there (default: a new folder for temporary files)
  --quiet             print only what did not hold, and the verdict
  --source qemu --destination qemu
                      break real QEMU instead (with --help: its own options)

Exit codes: 0 every oracle held, 1 one did not, 2 bad arguments or file, 3 an oracle could
not say, 70 a bug in Faultline, 130 interrupted.

Examples:
  deno task chaos
  deno task chaos --seeds 10000 --json chaos.json --junit chaos.xml
  deno task chaos --seed 17
  deno task chaos --strategy exhaustive --seeds 4
  deno task chaos --mutant A2,B1
  deno task chaos --seed $(git rev-parse HEAD) --time 5m --jobs 2`;
