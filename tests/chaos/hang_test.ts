import { assertEquals, assertStringIncludes } from "@std/assert";
import { copyTree } from "../../chaos/mutants/copy_tree.ts";
import { seedOfRun } from "../../chaos/seed.ts";

/** Loops without an end: one that never comes back from a step, and one that lets others go and no time pass. */
const LOOPS = {
  "hang": { loop: "for (;;);", hangSeconds: 2, says: "without an end" },
  "no-standstill": {
    loop: "for (;;) await migration.context.world.mainLoop.turn();",
    hangSeconds: 60,
    says: "livelock",
  },
} as const;

/** A campaign of one seed, in the tree that it lies in. */
const CAMPAIGN = `
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
  hangSeconds: Number(Deno.args[0]),
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
    await using copy = await copyTree();
    const file = `${copy.path}/lib/engine/source/precopy.ts`;
    const before = "  syncDirtyLog(migration);\n";
    const source = await Deno.readTextFile(file);
    assertStringIncludes(source, before);
    await Deno.writeTextFile(file, source.replace(before, `${before}  ${loop}\n`));
    await Deno.writeTextFile(`${copy.path}/campaign.ts`, CAMPAIGN);
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-read", "campaign.ts", String(hangSeconds)],
      cwd: copy.path,
    });
    const { stdout, stderr } = await command.output();
    const violation = JSON.parse(new TextDecoder().decode(stdout).trim() || "null");
    assertEquals(violation?.oracle, oracle, new TextDecoder().decode(stderr));
    assertEquals(violation.seed, String(seedOfRun(7n, 0)));
    assertStringIncludes(violation.message, says);
  });
}
