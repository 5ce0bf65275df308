/**
 * The probe Worker: asks every measured main loop of the process, the idle control's included, at the same times, and works out
 * what that says. It has a Worker of its own, since a prober that shared a loop would measure its own.
 *
 * @module
 */

import { type LoopProbe, type ProbeTarget, startLoopProbe } from "../measure/loop_probe.ts";
import { type LoopResponsiveness, measureStalls } from "../measure/loop_stalls.ts";
import { ThreadCpuWait } from "../measure/thread_cpu_wait.ts";
import { type Address, formatAddress } from "../world/address.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../world/realtime/realtime_world.ts";
import type { SharedTimer } from "../world/realtime/shared_timer.ts";
import { serveRequests } from "./serve_requests.ts";

/** A main loop of this process that answers probes. */
export interface ProbedLoopAddress {
  readonly name: string;
  readonly address: Address;
  /** The loop's thread, whose waiting for a CPU is told apart; `null`: it is not. */
  readonly threadId: number | null;
}

/** What a probe Worker can be asked: `start` once, then `stop` once. */
export type ProbeRequest =
  | {
    readonly kind: "start";
    readonly loops: readonly ProbedLoopAddress[];
    readonly intervalUs: number;
    readonly timer: SharedTimer;
  }
  | { readonly kind: "stop" };

export type ProbeReply =
  | { readonly kind: "started" }
  /** A loop could not be reached. `cause` is a sentence. */
  | { readonly kind: "refused"; readonly cause: string }
  | { readonly kind: "measured"; readonly loops: ReadonlyMap<string, LoopResponsiveness> };

let world: RealtimeWorld;
let probe: LoopProbe;
const cpuWaits = new DisposableStack();

serveRequests<ProbeRequest, ProbeReply>(async (request) => {
  switch (request.kind) {
    case "start": {
      world = openRealtimeWorld({ seed: 0, timer: request.timer, connectWorkers: 1 });
      const targets: ProbeTarget[] = [];
      for (const loop of request.loops) {
        const connected = await world.network.connect(loop.address, "probe").wait();
        if (connected.kind === "failed") {
          await world.close();
          const cause = `Cannot probe ${loop.name} at ${
            formatAddress(loop.address)
          }: ${connected.cause}`;
          return { kind: "refused", cause };
        }
        targets.push({ name: loop.name, channel: connected.channel, ...cpuWaitOf(loop.threadId) });
      }
      probe = startLoopProbe(world, targets, request);
      return { kind: "started" };
    }
    case "stop": {
      const loops = new Map<string, LoopResponsiveness>();
      for (const [name, record] of await probe.stop()) loops.set(name, measureStalls(record));
      await world.close();
      cpuWaits.dispose();
      return { kind: "measured", loops };
    }
  }
});

function cpuWaitOf(threadId: number | null): Pick<ProbeTarget, "readCpuWaitUs"> {
  if (threadId === null) return {};
  const cpuWait = cpuWaits.use(new ThreadCpuWait(threadId));
  return { readCpuWaitUs: () => cpuWait.readUs() };
}
