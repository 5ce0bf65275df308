import { assert, assertEquals } from "@std/assert";
import { loadScenario } from "../../bench/load_scenario.ts";
import { runSuite } from "../../bench/run_suite.ts";
import type { RunResult } from "../../lib/report/result.ts";
import { renderTrace } from "../../lib/report/trace/render_trace.ts";
import { type TraceEvent, TraceWriter } from "../../lib/report/trace/trace_writer.ts";
import { importAsPerfetto } from "./import_as_perfetto.ts";
import { detailsOf, resultOf, runWith } from "./results.ts";

const SCENARIOS = new URL("../../bench/scenarios/", import.meta.url).pathname;

async function runOnce(name: string): Promise<RunResult[]> {
  const runs: RunResult[] = [];
  const { signal } = new AbortController();
  const options = {
    clock: "virtual",
    runs: 1,
    seed: 1,
    floors: false,
    keeper: null,
    signal,
  } as const;
  const scenario = await loadScenario(`${SCENARIOS}${name}.yaml`);
  for await (const report of runSuite([scenario], options, () => {})) runs.push(...report.runs);
  return runs;
}

for (const name of ["preempt_connect_recovery", "connect_refused_start", "page_latency"]) {
  Deno.test(`Perfetto's importer loses nothing of a trace of ${name}`, async () => {
    const runs = await runOnce(name);
    const trace: { readonly traceEvents: TraceEvent[] } = JSON.parse(renderTrace(resultOf(runs)));
    const { slices, arrows, problems } = importAsPerfetto(trace.traceEvents);
    assertEquals(problems, []);
    const requests = runs.flatMap(({ details }) => details!.requests.page);
    assert(slices > requests.length);
    // From the fault to the thread that sends the request, at least.
    assert(arrows >= requests.length / 2, `${arrows} of ${requests.length}`);
  });
}

Deno.test("Perfetto's importer loses nothing of requests that wait at once for nobody knows whom", () => {
  const run = detailsOf(50);
  const atUs = run.requests.atUs.map((us, index) => Math.round(us / 1000) + 30 * index);
  const vcpu = run.requests.vcpu.map(() => -1);
  const details = { ...run, requests: { ...run.requests, atUs, vcpu } };
  const trace = JSON.parse(renderTrace(resultOf([runWith({ details })])));
  assertEquals(importAsPerfetto(trace.traceEvents).problems, []);
});

Deno.test("what overlaps is laid on lanes of one name, as many as it takes", () => {
  const writer = new TraceWriter();
  const track = writer.process("source")("connects");
  for (const [name, fromUs, us] of [["c", 6, 2], ["a", 0, 5], ["b", 2, 9], ["d", 11, 1]] as const) {
    track.overlapping({ name, fromUs, us });
  }
  const events: TraceEvent[] = JSON.parse(writer.toString()).traceEvents;
  const laneOf = new Map(events.filter(({ ph }) => ph === "X").map(({ name, tid }) => [name, tid]));
  assertEquals([...laneOf.keys()], ["c", "a", "b", "d"]);
  assertEquals(laneOf.get("a"), laneOf.get("c"));
  assertEquals(laneOf.get("a"), laneOf.get("d"));
  const names = events.filter(({ name }) => name === "thread_name");
  assertEquals(names.map(({ args, tid }) => [args, tid]), [
    [{ name: "connects" }, laneOf.get("a")],
    [{ name: "connects" }, laneOf.get("b")],
  ]);
  assertEquals(importAsPerfetto(events), { slices: 4, arrows: 0, problems: [] });
});

Deno.test("importAsPerfetto() tells of slices that do not nest or never end, and of flows in the air", () => {
  const place = { pid: 1, tid: 1, name: "x" };
  const { problems } = importAsPerfetto([
    { ...place, ph: "X", ts: 0, dur: 10 },
    { ...place, ph: "X", ts: 5, dur: 10 },
    { ...place, tid: 2, ph: "s", id: 1, ts: 6 },
    { ...place, ph: "X", ts: 20, dur: -1 },
  ]);
  assertEquals(problems, [
    `X "x" at 5 on 1 1 overlaps`,
    `s "x" at 6 on 1 2 finds no slice that begins there`,
    `X "x" at 20 on 1 1 ends before it begins`,
  ]);
});
