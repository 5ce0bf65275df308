/**
 * Campaigns' plans on real QEMUs: what is known to break does, and what is left alone does not.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { conductQemu } from "../../chaos/qemu/conduct.ts";
import { isInRelease, loadKnown, recognize } from "../../chaos/qemu/known.ts";
import { judgeQemu } from "../../chaos/qemu/oracles.ts";
import { drawQemuPlan } from "../../chaos/qemu/plan.ts";
import { renderFinding } from "../../chaos/qemu/render.ts";
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

testWithQemu("the command in a finding's report shows it again, without any file", async () => {
  const known = await loadKnown();
  const finding = known.find(({ id }) => id === "qemu-7.2-late-preempt-sigabrt");
  assert(finding !== undefined);
  const history = await conductQemu(finding.plan, { programs: {}, signal: NEVER });
  const [violation] = judgeQemu(history);
  assert(violation !== undefined, "it held");
  const failure = { history, violation, failed: 1, runs: 1, faultsBefore: 2 };
  const report = renderFinding(failure, null, "deno task chaos --source qemu --destination qemu");
  const [, script] = /```sh\n(.*?)```/s.exec(report) ?? [];
  assert(script !== undefined);
  const folder = await Deno.makeTempDir({ prefix: "faultline-" });
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", script.replace("deno task", `'${Deno.execPath()}' task`)],
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1", TMPDIR: folder },
  }).output();
  await Deno.remove(folder, { recursive: true });
  assertStringIncludes(new TextDecoder().decode(stdout), `known (${finding.id})`);
});

testWithQemu("a migration through the proxy to which nothing is done ends well", async () => {
  const plan = { ...drawQemuPlan(1n), machine: "none" as const, postcopyAtMs: 0, faults: [] };
  const history = await conductQemu(plan, { programs: {}, signal: NEVER });
  assertEquals(judgeQemu(history), []);
  assertEquals(history.sides.destination.status, "completed");
});
