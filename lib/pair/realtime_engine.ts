/**
 * An engine in real time: its Worker, its guest's RAM and its operator's connection.
 *
 * @module
 */

import type { ShimHold } from "../measure/preempt_blame.ts";
import type { ShimSpec } from "../netem/conditions.ts";
import type { QmpClient } from "../qmp/qmp_client.ts";
import type { GuestRam } from "../ram/guest_ram.ts";
import type { GuestSpec } from "../ram/guest_spec.ts";
import { PageRequestLog } from "../ram/page_request_log.ts";
import type { EngineReply, EngineRequest } from "../worker/engine_worker.ts";
import { WorkerClient } from "../worker/worker_client.ts";
import type { Address } from "../world/address.ts";
import type { SharedTimer } from "../world/realtime/shared_timer.ts";
import type { World } from "../world/world.ts";
import { connectOperator } from "./operator.ts";

/** Entries of an engine's page request log: some seconds of a guest that does nothing but fault. */
const LOG_ENTRIES = 1 << 18;

/** What an engine is made of. */
export interface RealtimeEngineOptions {
  readonly name: string;
  /** A folder of the run's own, for the engine's sockets. */
  readonly folder: string;
  readonly seed: number;
  readonly operator: World;
  readonly timer: SharedTimer;
  readonly ram: GuestRam;
  readonly guest: GuestSpec;
  readonly incoming: boolean;
  readonly shim: ShimSpec;
  /** A word that holds the connect phase. */
  readonly phase: SharedArrayBuffer;
  readonly log?: (direction: "sent" | "received", line: string) => void;
}

/** A running engine. */
export class RealtimeEngine {
  readonly ram: GuestRam;
  readonly qmp: QmpClient;
  /** Where more QMP clients may connect. */
  readonly qmpAddress: Address;
  /** Where its main loop is probed. */
  readonly probeAddress: Address;
  /** The thread that its main loop runs on. */
  readonly threadId: number;
  readonly #worker: WorkerClient<EngineRequest, EngineReply>;
  readonly #stop: SharedArrayBuffer;

  private constructor(parts: {
    ram: GuestRam;
    qmp: QmpClient;
    qmpAddress: Address;
    probeAddress: Address;
    threadId: number;
    worker: WorkerClient<EngineRequest, EngineReply>;
    stop: SharedArrayBuffer;
  }) {
    this.ram = parts.ram;
    this.qmp = parts.qmp;
    this.qmpAddress = parts.qmpAddress;
    this.probeAddress = parts.probeAddress;
    this.threadId = parts.threadId;
    this.#worker = parts.worker;
    this.#stop = parts.stop;
  }

  /** Starts an engine and connects its operator. */
  static async start(options: RealtimeEngineOptions): Promise<RealtimeEngine> {
    const { name, folder, seed, timer, guest, ram, incoming, shim, phase } = options;
    const qmpAddress: Address = { kind: "unix", path: `${folder}/${name}.qmp` };
    const probeAddress: Address = { kind: "unix", path: `${folder}/${name}.probe` };
    const stop = new SharedArrayBuffer(4);
    const worker = new WorkerClient<EngineRequest, EngineReply>(
      new URL("../worker/engine_worker.ts", import.meta.url),
      { name, last: { kind: "end" } },
    );
    const reply = await worker.ask({
      kind: "start",
      start: {
        seed,
        ram: ram.shared,
        guest,
        pageRequests: PageRequestLog.allocate(LOG_ENTRIES).shared,
        qmp: qmpAddress,
        probe: probeAddress,
        incoming,
        timer,
        shim,
        phase,
        stop,
      },
    });
    const threadId = reply.kind === "started" ? reply.threadId : 0;
    const qmp = await connectOperator(options.operator, qmpAddress, options.log);
    return new RealtimeEngine({ ram, qmp, qmpAddress, probeAddress, threadId, worker, stop });
  }

  /** Replaces the shim's specification. */
  async setShim(spec: ShimSpec): Promise<void> {
    await this.#worker.ask({ kind: "set-shim", spec });
  }

  /** What the shim held on the preempt channel. */
  async holds(): Promise<readonly ShimHold[]> {
    const reply = await this.#worker.ask({ kind: "holds" });
    return reply.kind === "holds" ? reply.holds : [];
  }

  /** Ends it, wherever it is: a main loop that is held on a connect is let go. */
  async close(): Promise<void> {
    const stop = new Int32Array(this.#stop);
    Atomics.store(stop, 0, 1);
    Atomics.notify(stop, 0);
    await this.qmp.close();
    await this.#worker.end();
  }
}
