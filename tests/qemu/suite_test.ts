/**
 * The suite `qemu` with a real QEMU: one run of ours and one of QEMU's, and every figure of its table in both.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { besideQemus } from "../../bench/beside_qemus.ts";
import { detailsOfRun } from "../../bench/details_of_run.ts";
import { metricsOfRun } from "../../bench/metrics_of_run.ts";
import { runReal } from "../../bench/run_real.ts";
import { loadSuite } from "../../bench/suites.ts";
import { testWithQemu } from "./test_with_qemu.ts";

const ANY_RELEASE = { need: "any-postcopy" } as const;

testWithQemu(
  "the suite qemu measures the same of a QEMU as of our engine, its page requests on the wire",
  async () => {
    const [scenario] = await besideQemus(await loadSuite("qemu"), [{ kind: "qemu" }]);
    const arms = scenario!.arms.filter(({ arm }) =>
      arm["postcopy-preempt"] === true && arm["connect-delay-ms"] === 0
    );
    assertEquals(arms.length, 2);
    const { signal } = new AbortController();
    for (const arm of arms) {
      const run = await runReal(arm, { seed: 1, signal, log: () => {} });
      if (run === null) throw new Error("It was interrupted");
      assertEquals(run.failure, null);
      assertEquals([run.outcome.guest, run.outcome.ram], ["destination", "identical"]);
      const { wireRequests } = run.record.measurements;
      assertEquals(wireRequests === null, arm.arm["engine"] === "embedded");
      const { requests, endUs } = detailsOfRun({ arm, seed: 1 }, run.record);
      if (wireRequests !== null) {
        assertEquals(requests.page.length, wireRequests.latency!.count);
        assert(requests.atUs.every((us) => us > 0 && us < endUs), "a request outside its run");
      }
      const metrics = metricsOfRun(run.record, null);
      for (const name of scenario!.show) assert(metrics[name] !== undefined, name);
    }
  },
  ANY_RELEASE,
);
