/**
 * The engine's Worker: its event loop is the engine's main loop. It is controlled by QMP; what is asked of it here is only what no
 * operator of an engine does: its start, its end, and its shim.
 *
 * @module
 */

import { currentThreadId } from "../measure/thread_cpu_wait.ts";
import type { ConnectRecord } from "../netem/connect_record.ts";
import type { ShimHold } from "../netem/shim_hold.ts";
import type { ShimSpec } from "../netem/conditions.ts";
import { EngineHost } from "./engine_host.ts";
import { GuestRam, type SharedGuestRam } from "../ram/guest_ram.ts";
import { PageRequestLog, type SharedPageRequestLog } from "../ram/page_request_log.ts";
import { type Address, AddressError } from "../world/address.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../world/realtime/realtime_world.ts";
import type { SharedTimer } from "../world/realtime/shared_timer.ts";
import { waitWhile } from "../world/realtime/shared_words.ts";
import { ShimmedNetwork } from "../world/realtime/shim.ts";
import type { World } from "../world/world.ts";
import { serveRequests } from "./serve_requests.ts";
import type { SharedVcpuWorkers } from "./vcpu_workers.ts";
import { attachWorkerVcpus } from "./worker_vcpus.ts";

/** What an engine is started with. */
export interface EngineStart {
  readonly seed: number;
  /** The machine that its stream names. */
  readonly machine: string;
  readonly ram: SharedGuestRam;
  readonly vcpus: SharedVcpuWorkers;
  readonly pageRequests: SharedPageRequestLog;
  readonly qmp: Address;
  readonly probe: Address | undefined;
  readonly incoming: Address | "defer" | undefined;
  readonly timer: SharedTimer;
  /** The memory of a connect Worker; absent: one is started when it is needed. */
  readonly connectWorker: SharedArrayBuffer | undefined;
  readonly shim: ShimSpec;
  /** A word that holds the connect phase. */
  readonly phase: SharedArrayBuffer;
  /** A word that is 0 until the engine must end; a main loop that is held is let go then. */
  readonly stop: SharedArrayBuffer;
}

/** What an engine's Worker can be asked: `start` first, `join` last, and then `start` again. */
export type EngineRequest =
  | { readonly kind: "start"; readonly start: EngineStart }
  | { readonly kind: "set-shim"; readonly spec: ShimSpec }
  | { readonly kind: "shim-log" }
  /** Answered when the engine has ended, by QMP's `quit` or its stop word, and nothing of it is left. */
  | { readonly kind: "join" };

export type EngineReply =
  | { readonly kind: "started"; readonly threadId: number }
  /** An address cannot be bound. `cause` is a sentence. */
  | { readonly kind: "refused"; readonly cause: string }
  | { readonly kind: "done" }
  | { readonly kind: "shim-log"; readonly log: ShimLog };

/** What the shim noted: what it held on the preempt channel, and the connects of this side. */
export interface ShimLog {
  readonly holds: readonly ShimHold[];
  readonly connects: readonly ConnectRecord[];
}

/** What was started. */
interface Running {
  readonly world: RealtimeWorld;
  readonly shim: ShimmedNetwork;
  readonly host: EngineHost;
}

let running: Running | null = null;

serveRequests<EngineRequest, EngineReply>(async (request) => {
  if (request.kind === "start") return await start(request.start);
  // A Worker that did not get as far as to start is joined too.
  if (running === null) return { kind: "done" };
  const { world, shim, host } = running;
  switch (request.kind) {
    case "set-shim":
      shim.setSpec(request.spec);
      return { kind: "done" };
    case "shim-log":
      return { kind: "shim-log", log: { holds: shim.holds(), connects: shim.connects() } };
    case "join":
      await host.run();
      shim.close();
      await world.close();
      running = null;
      return { kind: "done" };
  }
});

async function start(options: EngineStart): Promise<EngineReply> {
  const { seed, timer, connectWorker, stop } = options;
  const lent = connectWorker === undefined ? {} : { connectWorker };
  const world = openRealtimeWorld({ seed, timer, stop, ...lent });
  if (connectWorker !== undefined) await world.prepareConnects();
  const phase = new Int32Array(options.phase);
  const shim = new ShimmedNetwork({
    inner: world.network,
    clock: world.clock,
    random: world.random.fork("shim"),
    phase: () => Atomics.load(phase, 0),
    spec: options.shim,
  });
  try {
    const host = hostEngine(options, { ...world, network: shim });
    running = { world, shim, host };
    void waitWhile(new Int32Array(stop), 0, 0).then(() => host.requestQuit());
    return { kind: "started", threadId: currentThreadId() };
  } catch (error) {
    await world.close();
    if (error instanceof AddressError) return { kind: "refused", cause: error.message };
    throw error;
  }
}

function hostEngine(options: EngineStart, world: World): EngineHost {
  const { qmp, probe, incoming } = options;
  return new EngineHost({
    world,
    machineName: options.machine,
    ram: GuestRam.attach(options.ram),
    vcpus: attachWorkerVcpus(options.vcpus),
    pageRequests: PageRequestLog.attach(options.pageRequests),
    qmp,
    ...(probe === undefined ? {} : { probe }),
    ...(incoming === undefined ? {} : { incoming }),
    writeFile: Deno.writeFileSync,
  });
}
