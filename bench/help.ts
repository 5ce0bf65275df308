/**
 * The help text of `bench`.
 *
 * @module
 */

/** What `--help` prints: no more than fits a screen. */
export const HELP = `Measures live migration with a preempt channel, and judges it.

Usage: deno task bench [options]

  --clock CLOCK       real (default): Workers and sockets of this machine;
                      virtual: exact, the same figures on every machine
  --suite NAME        preempt (default), capacity, interop or qemu
  --scenario FILE     a scenario file instead of a suite
  --arm AXIS=VALUE,.. only arms with these values
  --runs N            runs of each arm, interleaved; medians are reported (default 1)
  --seed N            of the first run, the next one has N+1 (default 1)
  --source KIND       embedded (default) or qemu, likewise --destination KIND
  --qemu PATH         the QEMU of both sides, --qemu-source PATH and
                      --qemu-destination PATH of one; --qemu-args='ARGS' more arguments;
                      of --suite qemu all that are compared: --qemu PATH,PATH
  --answer-timeout T  who owes an answer on QMP for so long is given up (default 150s)
  --attach-source QMP, --attach-destination QMP: QEMUs that you started, which live on,
                      unix:PATH or tcp:127.0.0.1:PORT; QMP,QMP: the 2nd for measuring
  --threshold EXPR    one more threshold; repeatable
  --baseline[=FILE]   fail where a figure of virtual time left bench/baseline.json
  --accept            write that file instead, with --reason TEXT
  --json FILE         write the result there, again after each scenario
  --html FILE         write a report to look at, one file; also --junit FILE,
                      --markdown FILE, and --trace FILE for https://ui.perfetto.dev
  --keep DIR          keep QMP logs, timelines and scenarios there
  --no-floors         do not measure the machine's raw limits, which takes a second
  --bisect            for git bisect run: exit code 125 in the place of 3
  --quiet             print only what did not hold, and the verdict
  --list              what suites and scenarios there are
  --explain METRIC    what a metric means

Exit codes: 0 all held, 1 a threshold did not, 2 bad arguments or scenario, 3 the machine
was too noisy to say, or a QEMU is missing, 70 a bug in Faultline, 130 interrupted.

Examples:
  deno task bench --clock virtual --baseline
  deno task bench --source qemu --destination qemu --arm scenario=page-latency
  deno task bench --runs 5 --json result.json --html report.html
  deno task bench --scenario bench/scenarios/page_latency.yaml --arm link=64mbps
  deno task bench --threshold 'downtime-ms[scenario=page-latency, link=unlimited,
    postcopy-preempt=true] < 50'`;
