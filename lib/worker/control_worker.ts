/**
 * The idle control: a Worker that does nothing but answer the main loop probe, beside the engines and under the same load of the
 * machine. What it shows is what an idle loop shows here, so an engine's stall means something only beyond it.
 *
 * @module
 */

import { answerProbe } from "../measure/answer_probe.ts";
import { currentThreadId } from "../measure/thread_cpu_wait.ts";
import type { Address } from "../world/address.ts";
import type { Listener, Thread } from "../world/world.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../world/realtime/realtime_world.ts";
import { serveRequests } from "./serve_requests.ts";

/** What a control Worker can be asked: `start` once, then `stop` once. */
export type ControlRequest =
  | {
    readonly kind: "start";
    /** Where it answers probes. */
    readonly address: Address;
    /** Where the process's clock starts. */
    readonly originMs: number;
  }
  | { readonly kind: "stop" };

export type ControlReply =
  | { readonly kind: "started"; readonly threadId: number }
  | { readonly kind: "stopped" };

let running: {
  readonly world: RealtimeWorld;
  readonly listener: Listener;
  readonly acceptor: Thread;
};

serveRequests<ControlRequest, ControlReply>(async (request) => {
  switch (request.kind) {
    case "start": {
      const world = openRealtimeWorld({ seed: 0, originMs: request.originMs });
      const listener = world.network.listen(request.address, "probe");
      const acceptor = world.mainLoop.spawn("probe-acceptor", () => acceptProbes(world, listener));
      running = { world, listener, acceptor };
      return { kind: "started", threadId: currentThreadId() };
    }
    case "stop":
      running.listener.close();
      await running.world.close();
      await running.acceptor.join();
      return { kind: "stopped" };
  }
});

async function acceptProbes(world: RealtimeWorld, listener: Listener): Promise<void> {
  for (;;) {
    const channel = await listener.accept();
    if (channel === null) return;
    world.mainLoop.spawn("probe", () => answerProbe(world, channel));
  }
}
