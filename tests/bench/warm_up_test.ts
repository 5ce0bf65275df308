import { assert, assertEquals } from "@std/assert";
import { warmUp } from "../../bench/warm_up.ts";

/** The arms that were run, where a run takes no time but `stopAfter` ends it all. */
async function runs(forUs: number, stopAfter: number): Promise<string[]> {
  const made: string[] = [];
  await warmUp({ arms: ["a", "b"], forUs }, (arm) => {
    made.push(arm);
    return Promise.resolve(made.length < stopAfter);
  });
  return made;
}

Deno.test("warmUp() runs each arm once, however little time it is given", async () => {
  assertEquals(await runs(0, Infinity), ["a", "b"]);
});

Deno.test("warmUp() goes on in turn, in whole rounds, until the time is over", async () => {
  const made = await runs(2000, Infinity);
  assert(made.length > 2);
  assertEquals(made, made.map((_, i) => i % 2 === 0 ? "a" : "b"));
  assertEquals(made.length % 2, 0);
});

Deno.test("warmUp() ends when a run says so", async () => {
  assertEquals(await runs(1e9, 3), ["a", "b", "a"]);
});
