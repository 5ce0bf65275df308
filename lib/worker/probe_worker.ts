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
import { Libc } from "../world/realtime/libc.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../world/realtime/realtime_world.ts";
import type { SharedTimer } from "../world/realtime/shared_timer.ts";
import { connectHere } from "./connect_here.ts";
import { serveRequests } from "./serve_requests.ts";

/** A main loop of this process that answers probes. */
export interface ProbedLoopAddress {
  readonly name: string;
  readonly address: Address;
  /** The loop's thread, whose waiting for a CPU is told apart; `null`: it is not. */
  readonly threadId: number | null;
}

/** What a probe Worker can be asked: `start` once, and `stop` last; then `start` again. */
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
  /** By name; none if nothing was started. */
  | { readonly kind: "measured"; readonly loops: ReadonlyMap<string, LoopResponsiveness> };

let world: RealtimeWorld | undefined;
let probe: LoopProbe | undefined;
/** What this Worker has opened; the library outlives the channels. */
let opened = new DisposableStack();

serveRequests<ProbeRequest, ProbeReply>(async (request) => {
  switch (request.kind) {
    case "start": {
      world = openRealtimeWorld({ seed: 0, timer: request.timer });
      const libc = opened.use(new Libc());
      const targets: ProbeTarget[] = [];
      for (const { name, address, threadId } of request.loops) {
        const connected = await connectHere(address, "probe", libc);
        if (connected.kind === "failed") {
          const where = `${name} at ${formatAddress(address)}`;
          return { kind: "refused", cause: `Cannot probe ${where}: ${connected.cause}` };
        }
        const { channel } = opened.adopt(connected, ({ channel }) => channel.close());
        targets.push({ name, channel, ...cpuWaitOf(threadId) });
      }
      probe = startLoopProbe(world, targets, request);
      return { kind: "started" };
    }
    case "stop": {
      const records = await probe?.stop() ?? [];
      await world?.close();
      opened.dispose();
      opened = new DisposableStack();
      [world, probe] = [undefined, undefined];
      const loops = new Map<string, LoopResponsiveness>();
      for (const [name, record] of records) loops.set(name, measureStalls(record));
      return { kind: "measured", loops };
    }
  }
});

function cpuWaitOf(threadId: number | null): Pick<ProbeTarget, "readCpuWaitUs"> {
  if (threadId === null) return {};
  const cpuWait = opened.use(new ThreadCpuWait(threadId));
  return { readCpuWaitUs: () => cpuWait.readUs() };
}
