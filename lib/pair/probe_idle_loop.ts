/**
 * The idle control by itself: how responsive a loop is that does nothing, on this machine, now. What it shows is the machine's doing.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import type { LoopResponsiveness } from "../measure/loop_stalls.ts";
import type { ControlReply, ControlRequest } from "../worker/control_worker.ts";
import type { ProbeReply, ProbeRequest } from "../worker/probe_worker.ts";
import { WorkerClient } from "../worker/worker_client.ts";
import type { Address } from "../world/address.ts";
import { RunFolder } from "../world/realtime/run_folder.ts";
import { TimerWorker } from "../world/realtime/shared_timer.ts";

/** Probes an idle loop for `durationUs`, every `intervalUs`. */
export async function probeIdleLoop(
  { durationUs, intervalUs }: { readonly durationUs: number; readonly intervalUs: number },
): Promise<LoopResponsiveness> {
  await using timer = new TimerWorker();
  await using folder = await RunFolder.open();
  await using idle = new WorkerClient<ControlRequest, ControlReply>(
    new URL("../worker/control_worker.ts", import.meta.url),
    { name: "idle control", last: { kind: "stop" } },
  );
  await using probe = new WorkerClient<ProbeRequest, ProbeReply>(
    new URL("../worker/probe_worker.ts", import.meta.url),
    { name: "probe", last: { kind: "stop" } },
  );
  const address: Address = { kind: "unix", path: `${folder.path}/idle.probe` };
  const started = await idle.ask({ kind: "start", address, originMs: timer.timer.originMs });
  invariant(started.kind === "started", `the idle control replied ${started.kind} to start`);
  const loops = [{ name: "idle", address, threadId: started.threadId }];
  const probing = await probe.ask({ kind: "start", loops, intervalUs, timer: timer.timer });
  invariant(probing.kind === "started", `the probe replied ${probing.kind} to start`);
  await new Promise((resolve) => setTimeout(resolve, durationUs / 1000));
  const measured = await probe.end();
  await idle.end();
  const loop = measured.kind === "measured" ? measured.loops.get("idle") : undefined;
  invariant(loop !== undefined, "the probe has not measured the idle control");
  return loop;
}
