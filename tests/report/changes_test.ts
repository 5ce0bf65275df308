import { assertEquals, assertStringIncludes } from "@std/assert";
import { findChanges } from "../../lib/report/changes.ts";
import { renderBenchPage } from "../../lib/report/html/bench_page.ts";
import type { Result } from "../../lib/report/result.ts";
import { resultOf, runWith } from "./results.ts";

const STALL = "source.main-loop.longest-stall-ms";

/** A result with a run for each of these figures. */
function withFigures(
  metrics: readonly Record<string, number>[],
  parts: Partial<Result> = {},
): Result {
  return resultOf(metrics.map((one) => runWith({ metrics: one })), parts);
}

Deno.test("findChanges() names every difference of virtual time, the largest first", () => {
  const clock = { clock: "virtual" } as const;
  const now = withFigures([{ [STALL]: 12.1, "downtime-ms": 1 }], clock);
  const before = withFigures([{ [STALL]: 12, "downtime-ms": 2 }], clock);
  assertEquals(
    findChanges(now, before).figures.map(({ metric, share, verdict }) => [metric, share, verdict]),
    [["downtime-ms", -0.5, "better"], [STALL, 12.1 / 12 - 1, "worse"]],
  );
  assertEquals(findChanges(now, now), { figures: [], unpaired: [] });
});

Deno.test("findChanges() names in real time only what no run of the other result reaches", () => {
  const before = withFigures([{ [STALL]: 10, "downtime-ms": 2 }, {
    [STALL]: 14,
    "downtime-ms": 2,
  }]);
  const now = withFigures([{ [STALL]: 13, "downtime-ms": 3 }, { [STALL]: 20, "downtime-ms": 4 }]);
  assertEquals(findChanges(now, before).figures.map(({ metric }) => metric), ["downtime-ms"]);
});

Deno.test("findChanges() tells of arms and scenarios that are in one result only", () => {
  const now = resultOf([runWith({ arm: { delay: 1 } })]);
  const before = resultOf([
    runWith({ arm: { delay: 2 } }),
    runWith({ scenario: "gone", arm: {} }),
  ]);
  const name = now.runs[0]!.scenario;
  assertEquals(findChanges(now, before).unpaired, [
    `${name}, delay=1 is new.`,
    `${name}, delay=2 vanished.`,
    "gone vanished.",
  ]);
});

Deno.test("renderBenchPage() begins with what changed since an earlier result", () => {
  const page = renderBenchPage(
    withFigures([{ "downtime-ms": 3 }]),
    withFigures([{ "downtime-ms": 2 }]),
  );
  const first = page.slice(0, page.indexOf('class="scenario"'));
  assertStringIncludes(first, "Since the earlier result");
  assertStringIncludes(first, 'downtime-ms 2 → <b>3</b>, +50 % <span class="worse">worse</span>');
  assertStringIncludes(page, "was 2");
});
