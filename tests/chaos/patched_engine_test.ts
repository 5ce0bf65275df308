import { assertEquals, assertStringIncludes } from "@std/assert";
import { copyTree } from "../../chaos/mutants/copy_tree.ts";
import type { OracleName } from "../../chaos/oracles/oracle_table.ts";
import type { Plan } from "../../chaos/plan.ts";
import { parseRepro } from "../../chaos/repro.ts";
import { seedOfRun } from "../../chaos/seed.ts";
import { CALM } from "./calm_plan.ts";

/** Text of a file of the engine, and what takes its place. */
interface Patch {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Runs a program in a copy of the tree with a patched engine; resolves with the JSON that it prints. */
async function runPatched(
  { path, before, after }: Patch,
  program: string,
): Promise<Record<string, unknown>> {
  await using copy = await copyTree();
  const source = await Deno.readTextFile(`${copy.path}/${path}`);
  assertStringIncludes(source, before);
  await Deno.writeTextFile(`${copy.path}/${path}`, source.replace(before, after));
  await Deno.writeTextFile(`${copy.path}/program.ts`, program);
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", "program.ts"],
    cwd: copy.path,
  });
  const { code, stdout, stderr } = await command.output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Loops without an end: one that never comes back from a step, and one that lets others go and no time pass. */
const LOOPS = {
  "hang": { loop: "for (;;);", hangSeconds: 2, says: "without an end" },
  "no-standstill": {
    loop: "for (;;) await migration.context.world.mainLoop.turn();",
    hangSeconds: 60,
    says: "livelock",
  },
} as const;

/** A campaign of one seed. */
const campaign = (hangSeconds: number) => `
import { runCampaign } from "./chaos/campaign/campaign.ts";
const { tally } = await runCampaign({
  baseSeed: 7n,
  seeds: 1,
  seconds: 60,
  shard: { index: 0, count: 1 },
  jobs: 1,
  strategy: "fifo",
  bounds: { deviations: 0 },
  violationsMax: 1,
  hangSeconds: ${hangSeconds},
  signal: new AbortController().signal,
  onProgress: () => {},
  onFailure: () => Promise.resolve(),
});
const { oracle, seed, message } = tally.violations[0];
console.log(JSON.stringify({ oracle, seed: String(seed), message }));
// The Worker that hangs ends with its process alone.
Deno.exit();
`;

for (const [oracle, { loop, hangSeconds, says }] of Object.entries(LOOPS)) {
  Deno.test(`an engine that runs in circles is a violation of ${oracle}, with its seed`, async () => {
    const before = "  syncDirtyLog(migration);\n";
    const violation = await runPatched(
      { path: "lib/engine/source/precopy.ts", before, after: `${before}  ${loop}\n` },
      campaign(hangSeconds),
    );
    assertEquals([violation.oracle, violation.seed], [oracle, String(seedOfRun(7n, 0))]);
    assertStringIncludes(String(violation.message), says);
  });
}

/** Postcopy breaks, and a stranger who says nothing connects when the recovery begins. */
const STRANGER: Plan = {
  ...CALM,
  capabilities: ["postcopy-ram", "return-path"],
  parameters: { ...CALM.parameters, "x-preempt-connect": "async-after-main" },
  operator: { postcopyAfterUs: 10_000, reactionUs: 1000, patienceUs: 100_000 },
  faultsUs: 400_000,
  faults: [
    {
      kind: "reset",
      role: "main",
      when: { on: "status", side: "source", status: "postcopy-active", nth: 1, afterUs: 3000 },
    },
    {
      kind: "stray-silent",
      closeAfterUs: 300_000,
      resets: false,
      when: { on: "status", side: "source", status: "postcopy-recover-setup", nth: 1, afterUs: 0 },
    },
  ],
};

Deno.test("a stranger who holds a recovery up is a violation of recovers-soon, one who does not is none", async () => {
  const program = `
import { judge } from "./chaos/judge.ts";
import { runPlan } from "./chaos/run.ts";
const history = await runPlan(${JSON.stringify(STRANGER)}, { choose: () => 0 });
const verdict = judge(history);
console.log(JSON.stringify({
  stranger: history.strikes.at(-1).hit,
  oracles: verdict.kind === "violated" ? verdict.violations.map(({ oracle }) => oracle) : [],
}));
`;
  const before = 'current.session.spawn("candidate", () => ' +
    "candidateThread(incoming, current, channel));";
  const path = "lib/engine/destination/accept_thread.ts";
  const after = "await candidateThread(incoming, current, channel);";
  assertEquals(await runPatched({ path, before, after: before }, program), {
    stranger: true,
    oracles: [],
  });
  const { oracles } = await runPatched({ path, before, after }, program);
  assertEquals((oracles as string[]).includes("recovers-soon"), true, JSON.stringify(oracles));
});

/** The plan of a file of tests/regressions. */
function planOf(name: string): Plan {
  const text = Deno.readTextFileSync(new URL(`../regressions/${name}.json`, import.meta.url));
  return parseRepro(text, name).plan;
}

/** Bugs that only one kind of fault, oracle or schedule shows. */
const HIDDEN: readonly (Patch & {
  readonly bug: string;
  readonly plan: Plan;
  readonly oracle: OracleName;
})[] = [
  {
    bug: "a connection whose bytes are no channel's stays open",
    path: "lib/engine/destination/accept_thread.ts",
    before: `      return turnAway(incoming, current, channel, "its bytes are no channel's");`,
    after: "      return;",
    plan: {
      ...STRANGER,
      faults: [
        ...STRANGER.faults.slice(0, 1),
        {
          kind: "stray-garbage",
          bytes: [71, 69, 84],
          closeAfterUs: 300_000,
          resets: false,
          when: {
            on: "status",
            side: "source",
            status: "postcopy-recover-setup",
            nth: 1,
            afterUs: 0,
          },
        },
      ],
    },
    oracle: "strangers-leave",
  },
  {
    bug: "the guest goes on at a source that has given it up",
    path: "lib/engine/monitor.ts",
    before: '(machine.guestGone && !failed) || machine.runState === "finish-migrate"',
    after: 'machine.runState === "finish-migrate" && !machine.guestGone',
    plan: {
      ...STRANGER,
      faults: [{
        kind: "operator-starts-guest",
        side: "source",
        times: 1,
        gapUs: 0,
        when: { on: "status", side: "source", status: "postcopy-active", nth: 1, afterUs: 0 },
      }],
    },
    oracle: "one-guest",
  },
  {
    bug: "a connect that was answered as its session ended is kept",
    path: "lib/engine/session.ts",
    before: "this.adopt(result.channel)",
    after: "this.#channels.add(result.channel)",
    plan: planOf("connect_answered_as_session_ends"),
    oracle: "leftovers",
  },
  {
    bug: "a preempt channel that ends with pages missing ends well",
    path: "lib/engine/destination/preempt_thread.ts",
    before: "if (current.ended && incoming.hasEveryPage) return;",
    after: "return;",
    plan: planOf("preempt_closes_one_way"),
    oracle: "settles-after-heal",
  },
];

for (const { bug, plan, oracle, ...patch } of HIDDEN) {
  Deno.test(`${oracle} says so where ${bug}`, async () => {
    const program = `
import { replayPlan } from "./chaos/replay.ts";
let found = false;
for await (const { verdict } of replayPlan(${JSON.stringify(plan)})) {
  found = verdict.kind === "violated" && verdict.violations.some(({ oracle }) => oracle === "${oracle}");
  if (found) break;
}
console.log(JSON.stringify({ found }));
`;
    assertEquals(await runPatched(patch, program), { found: true });
  });
}
