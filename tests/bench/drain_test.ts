/**
 * The virtual suite with a macrotask for each step: slow, and beyond doubt as to what may run when. Whatever the direct drain gets wrong
 * shows as another figure.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { crc32 } from "node:zlib";
import { runVirtual } from "../../bench/run_virtual.ts";
import type { ScenarioArm } from "../../bench/scenario.ts";
import { loadSuite } from "../../bench/suites.ts";
import { formatArm } from "../../lib/report/arm.ts";

/** A hash over all that was seen of a run: every event, stall and page request with its time. */
async function hashOf(arm: ScenarioArm, drain: "direct" | "set-immediate"): Promise<number> {
  const signal = new AbortController().signal;
  const run = await runVirtual(arm, { seed: 1, signal, log: () => {} }, drain);
  return crc32(JSON.stringify(run));
}

for (const { name, arms } of await loadSuite("preempt")) {
  Deno.test(`${name} has the same hashes where each step has a macrotask of its own`, async () => {
    for (const arm of arms) {
      const hash = await hashOf(arm, "set-immediate");
      assertEquals(hash, await hashOf(arm, "direct"), formatArm(arm.arm));
    }
  });
}
