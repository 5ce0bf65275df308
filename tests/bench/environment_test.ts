import { assert, assertEquals, assertMatch } from "@std/assert";
import { describeCommit, describeEnvironment } from "../../bench/environment.ts";
import { COST_TABLE } from "../../lib/world/virtual/cost_table.ts";

Deno.test("describeEnvironment() names nothing of the machine in virtual time", () => {
  const names = Object.keys(describeEnvironment("virtual"));
  assertEquals(names.filter((name) => !/^(price|link)\./.test(name)), []);
  for (const work of Object.keys(COST_TABLE)) assert(names.includes(`price.${work}-us`), work);
});

Deno.test("describeEnvironment() names the machine in real time", () => {
  assertEquals(Object.keys(describeEnvironment("real")), [
    "os",
    "architecture",
    "cpus",
    "memory-mib",
    "deno",
    "v8",
  ]);
});

Deno.test("describeCommit() gives a commit, or unknown outside of a checkout", async () => {
  const checkout = new URL("../../", import.meta.url);
  assertMatch(await describeCommit(checkout), /^([0-9a-f]{40}(\+changes)?|unknown)$/);
  const folder = await Deno.makeTempDir();
  assertEquals(await describeCommit(new URL(`file://${folder}/`)), "unknown");
  await Deno.remove(folder);
});
