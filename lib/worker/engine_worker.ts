/**
 * The engine's Worker: its event loop is the engine's main loop. It is controlled by QMP; what is asked of it here is only what no
 * operator of an engine does: its start, its end, and its shim.
 *
 * @module
 */

import { currentThreadId } from "../measure/thread_cpu_wait.ts";
import type { ShimHold } from "../measure/preempt_blame.ts";
import type { ShimSpec } from "../netem/conditions.ts";
import { EngineHost } from "./engine_host.ts";
import { GuestRam, type SharedGuestRam } from "../ram/guest_ram.ts";
import type { GuestSpec } from "../ram/guest_spec.ts";
import { PageRequestLog, type SharedPageRequestLog } from "../ram/page_request_log.ts";
import type { Address } from "../world/address.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../world/realtime/realtime_world.ts";
import type { SharedTimer } from "../world/realtime/shared_timer.ts";
import { ShimmedNetwork } from "../world/realtime/shim.ts";
import { serveRequests } from "./serve_requests.ts";
import { startWorkerVcpus } from "./worker_vcpus.ts";

/** What an engine is started with. */
export interface EngineStart {
  readonly seed: number;
  readonly ram: SharedGuestRam;
  readonly guest: GuestSpec;
  readonly pageRequests: SharedPageRequestLog;
  readonly qmp: Address;
  readonly probe: Address;
  readonly incoming: boolean;
  readonly timer: SharedTimer;
  readonly shim: ShimSpec;
  /** A word that holds the connect phase. */
  readonly phase: SharedArrayBuffer;
  /** A word that is 0 until a held loop must let go. */
  readonly stop: SharedArrayBuffer;
}

/** What an engine's Worker can be asked: `start` first, `end` last, after QMP's `quit`. */
export type EngineRequest =
  | { readonly kind: "start"; readonly start: EngineStart }
  | { readonly kind: "set-shim"; readonly spec: ShimSpec }
  | { readonly kind: "holds" }
  | { readonly kind: "end" };

export type EngineReply =
  | { readonly kind: "started"; readonly threadId: number }
  | { readonly kind: "done" }
  | { readonly kind: "holds"; readonly holds: readonly ShimHold[] };

let world: RealtimeWorld;
let shim: ShimmedNetwork;
let host: EngineHost;

serveRequests<EngineRequest, EngineReply>(async (request) => {
  switch (request.kind) {
    case "start":
      await start(request.start);
      return { kind: "started", threadId: currentThreadId() };
    case "set-shim":
      shim.setSpec(request.spec);
      return { kind: "done" };
    case "holds":
      return { kind: "holds", holds: shim.holds() };
    case "end":
      host.requestQuit();
      await host.run();
      shim.close();
      await world.close();
      return { kind: "done" };
  }
});

async function start(options: EngineStart): Promise<void> {
  const { seed, timer, stop, guest } = options;
  world = openRealtimeWorld({ seed, timer, stop });
  if (!options.incoming) await world.prepareConnects();
  const phase = new Int32Array(options.phase);
  shim = new ShimmedNetwork({
    inner: world.network,
    clock: world.clock,
    random: world.random.fork("shim"),
    phase: () => Atomics.load(phase, 0),
    spec: options.shim,
  });
  const ram = GuestRam.attach(options.ram);
  const pageRequests = PageRequestLog.attach(options.pageRequests);
  const { originMs } = timer;
  const vcpus = await startWorkerVcpus({ spec: guest, ram, log: pageRequests, originMs });
  host = new EngineHost({
    world: { clock: world.clock, mainLoop: world.mainLoop, random: world.random, network: shim },
    ram,
    vcpus,
    pageRequests,
    qmp: options.qmp,
    probe: options.probe,
    ...(options.incoming ? { incoming: "defer" } : {}),
    writeFile: Deno.writeFileSync,
  });
}
