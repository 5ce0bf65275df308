import { assertEquals } from "@std/assert";
import { typicalRun } from "../../lib/report/typical_run.ts";
import { runWith } from "./results.ts";

function runsOf(...metrics: readonly Record<string, number>[]) {
  return metrics.map((one) => runWith({ metrics: one }));
}

Deno.test("typicalRun() is the run nearest to the medians, whatever the figures' units", () => {
  const runs = runsOf(
    { "downtime-ms": 1, "ram.precopy-bytes": 2e9 },
    { "downtime-ms": 9, "ram.precopy-bytes": 1e9 },
    { "downtime-ms": 2, "ram.precopy-bytes": 1.1e9 },
  );
  assertEquals(typicalRun(runs, ["downtime-ms", "ram.precopy-bytes"]), runs[2]);
});

Deno.test("typicalRun() counts no metric that a run has not measured, and takes the first of equals", () => {
  const runs = runsOf({ "downtime-ms": 9 }, { "downtime-ms": 1 }, {});
  assertEquals(typicalRun(runs, ["downtime-ms", "total-time-ms"]), runs[0]);
});
