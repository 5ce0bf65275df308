/**
 * The self-test of the main loop probe in real time: a stall that is planted is found. Times are only compared with what the
 * stalled loop itself measured, and the best of five counts, since a busy machine adds to any of them.
 */

import { assert, assertEquals } from "@std/assert";
import type { LoopResponsiveness } from "../../lib/measure/loop_stalls.ts";
import type { ControlReply, ControlRequest } from "../../lib/worker/control_worker.ts";
import type { ProbeReply, ProbeRequest } from "../../lib/worker/probe_worker.ts";
import { WorkerClient } from "../../lib/worker/worker_client.ts";
import type { Address } from "../../lib/world/address.ts";
import { TimerWorker } from "../../lib/world/realtime/shared_timer.ts";

const INTERVAL_US = 1000;
const PLANTED_US = 20_000;

type Control = WorkerClient<ControlRequest, ControlReply>;
type Probe = WorkerClient<ProbeRequest, ProbeReply>;

function control(): Control {
  const module = new URL("../../lib/worker/control_worker.ts", import.meta.url);
  return new WorkerClient(module, { name: "control", last: { kind: "stop" } });
}

function probe(): Probe {
  const module = new URL("../../lib/worker/probe_worker.ts", import.meta.url);
  return new WorkerClient(module, { name: "probe", last: { kind: "stop" } });
}

/** Probes a control while `run` goes on, and says what it saw. */
async function probeControl(run: (control: Control) => Promise<void>): Promise<LoopResponsiveness> {
  await using timer = new TimerWorker();
  const folder = await Deno.makeTempDir({ prefix: "faultline-" });
  await using controlled = control();
  await using prober = probe();
  try {
    const address: Address = { kind: "unix", path: `${folder}/probe` };
    const { originMs } = timer.timer;
    const started = await controlled.ask({ kind: "start", address, originMs });
    assert(started.kind === "started");
    const loops = [{ name: "control", address, threadId: started.threadId }];
    const probing = { kind: "start", loops, intervalUs: INTERVAL_US, timer: timer.timer } as const;
    assertEquals(await prober.ask(probing), { kind: "started" });
    await run(controlled);
    const measured = await prober.end();
    assertEquals(await controlled.end(), { kind: "stopped" });
    assert(measured.kind === "measured");
    return measured.loops.get("control")!;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("probe_worker finds a planted wait of 20 ms, its length within 20 %", async () => {
  const planted: { readonly beginUs: number; readonly endUs: number }[] = [];
  const { stalls } = await probeControl(async (control) => {
    for (let k = 0; k < 5; k++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const reply = await control.ask({ kind: "stall", us: PLANTED_US });
      assert(reply.kind === "stalled");
      planted.push(reply);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
  const ratios = planted.map(({ beginUs, endUs }) => {
    const found = stalls.filter((stall) =>
      stall.beginUs < endUs && stall.beginUs + stall.lengthUs > beginUs
    );
    assert(found.length > 0, "a planted wait was not found");
    return Math.max(...found.map((stall) => stall.lengthUs)) / (endUs - beginUs);
  });
  const errors = ratios.map((ratio) => Math.abs(ratio - 1));
  assert(Math.min(...errors) <= 0.2, `found ${ratios} of the planted lengths`);
});

Deno.test("probe_worker counts every tick of a stall and tells waiting for a CPU apart", async () => {
  const { stalls, lateness, over10MsUs } = await probeControl(async (control) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    await control.ask({ kind: "stall", us: 10 * PLANTED_US });
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
  const longest = stalls.reduce((a, b) => a.lengthUs > b.lengthUs ? a : b);
  assertEquals(longest.lengthUs, lateness!.maxUs);
  assert(longest.ended && longest.cpuWaitUs !== null && longest.cpuWaitUs < longest.lengthUs / 2);
  assert(over10MsUs >= longest.lengthUs - 10_000 - INTERVAL_US);
});

Deno.test("probe_worker refuses a loop that it cannot reach, and names it", async () => {
  await using timer = new TimerWorker();
  await using prober = probe();
  const address: Address = { kind: "unix", path: "/nowhere/probe" };
  const loops = [{ name: "source", address, threadId: null }];
  const refused = await prober.ask({
    kind: "start",
    loops,
    intervalUs: INTERVAL_US,
    timer: timer.timer,
  });
  assert(refused.kind === "refused");
  assert(refused.cause.startsWith("Cannot probe source at unix:/nowhere/probe: "));
});
