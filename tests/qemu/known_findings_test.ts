/**
 * Campaigns' plans on real QEMUs: what is known to break does, and what is left alone does not.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { conductQemu } from "../../chaos/qemu/conduct.ts";
import { isInRelease, loadKnown, recognize } from "../../chaos/qemu/known.ts";
import { judgeQemu } from "../../chaos/qemu/oracles.ts";
import { drawQemuPlan } from "../../chaos/qemu/plan.ts";
import { RELEASE, testWithQemu } from "./test_with_qemu.ts";

const NEVER = new AbortController().signal;

/** Real time: a finding need not show in every run. */
const TRIES = 5;

for (const finding of await loadKnown()) {
  if (!isInRelease(finding, RELEASE)) continue;
  const { id, plan } = finding;
  testWithQemu(`its plan shows the known finding ${id}, and a campaign recognizes it`, async () => {
    const known = await loadKnown();
    const seen: string[] = [];
    for (let tried = 0; tried < TRIES && !seen.includes(id); tried++) {
      const history = await conductQemu(plan, { programs: {}, signal: NEVER });
      const [violation] = judgeQemu(history);
      if (violation === undefined) seen.push("held");
      else seen.push(recognize(violation, history, known)?.id ?? violation.message);
    }
    assert(seen.includes(id), seen.join(", "));
  });
}

testWithQemu("a migration through the proxy to which nothing is done ends well", async () => {
  const plan = { ...drawQemuPlan(1n), machine: "none" as const, postcopyAtMs: 0, faults: [] };
  const history = await conductQemu(plan, { programs: {}, signal: NEVER });
  assertEquals(judgeQemu(history), []);
  assertEquals(history.sides.destination.status, "completed");
});
