/**
 * The idle control: a Worker that does nothing but answer the main loop probe, beside the engines and under the same load of the
 * machine. What it shows is what an idle loop shows here, so an engine's stall means something only beyond it.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import { answerProbes } from "../measure/answer_probe.ts";
import { currentThreadId } from "../measure/thread_cpu_wait.ts";
import type { Address } from "../world/address.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../world/realtime/realtime_world.ts";
import { serveRequests } from "./serve_requests.ts";

/** What a control Worker can be asked: `start` once, and `stop` last; then `start` again. */
export type ControlRequest =
  | {
    readonly kind: "start";
    /** Where it answers probes. */
    readonly address: Address;
    /** Where the process's clock starts. */
    readonly originMs: number;
  }
  /** For the self-test: blocks the loop for `us`, as a synchronous connect does; the thread sleeps and needs no CPU. */
  | { readonly kind: "stall"; readonly us: number }
  | { readonly kind: "stop" };

export type ControlReply =
  | { readonly kind: "started"; readonly threadId: number }
  /** The stall as it really was, on the process's clock. */
  | { readonly kind: "stalled"; readonly beginUs: number; readonly endUs: number }
  | { readonly kind: "stopped" };

let world: RealtimeWorld | undefined;

serveRequests<ControlRequest, ControlReply>(async (request) => {
  switch (request.kind) {
    case "start": {
      const opened = world = openRealtimeWorld({ seed: 0, originMs: request.originMs });
      const listener = opened.network.listen(request.address, "probe");
      opened.mainLoop.spawn("probe-listener", () => answerProbes(opened, listener));
      return { kind: "started", threadId: currentThreadId() };
    }
    case "stall":
      return { kind: "stalled", ...stall(request.us) };
    case "stop":
      await world?.close();
      world = undefined;
      return { kind: "stopped" };
  }
});

function stall(us: number): { readonly beginUs: number; readonly endUs: number } {
  invariant(world !== undefined, "a control Worker was made to stall before it was started");
  const beginUs = world.clock.now();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, us / 1000);
  return { beginUs, endUs: world.clock.now() };
}
