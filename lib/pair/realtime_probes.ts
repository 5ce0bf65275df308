/**
 * The probes of a real-time pair, each kind in a Worker of its own: main loops (both engines and an idle control), and QMP.
 *
 * @module
 */

import type { LoopResponsiveness } from "../measure/loop_stalls.ts";
import type { QmpResponsiveness } from "../measure/query_silence.ts";
import type { Side } from "../qapi/migration_status.ts";
import { QmpClosedError } from "../qmp/qmp_client.ts";
import type { ControlReply, ControlRequest } from "../worker/control_worker.ts";
import type { ProbeReply, ProbeRequest } from "../worker/probe_worker.ts";
import type { ProberReply, ProberRequest } from "../worker/prober_worker.ts";
import { WorkerClient } from "../worker/worker_client.ts";
import type { Address } from "../world/address.ts";
import type { SharedTimer } from "../world/realtime/shared_timer.ts";
import type { WorkerPool } from "../world/realtime/worker_pool.ts";
import type { PairEngine } from "./pair_engine.ts";

/** What is probed, and how often. */
export interface RealtimeProbesOptions {
  /** A folder of the run's own, for the idle control's socket. */
  readonly folder: string;
  readonly timer: SharedTimer;
  readonly engines: Readonly<Record<Side, PairEngine>>;
  readonly loopIntervalUs: number;
  readonly qmpIntervalUs: number;
  /** How long a monitor may leave a question unanswered until it is given up. */
  readonly answerTimeoutUs: number;
  /** Where their Workers come from and go back to. */
  readonly pool: WorkerPool;
}

/** What the probes saw: loops by `source`, `destination` and `idle`, QMP by side. */
export interface ProbeResults {
  readonly loops: ReadonlyMap<string, LoopResponsiveness>;
  readonly qmp: ReadonlyMap<string, QmpResponsiveness>;
}

/** Running probes. Dispose of them: that ends their Workers. */
export class RealtimeProbes implements AsyncDisposable {
  readonly #loops: WorkerClient<ProbeRequest, ProbeReply>;
  readonly #qmp: WorkerClient<ProberRequest, ProberReply>;
  readonly #idle: WorkerClient<ControlRequest, ControlReply>;

  private constructor(pool: WorkerPool) {
    const last = { kind: "stop" } as const;
    this.#loops = new WorkerClient(module("probe_worker.ts"), { name: "probe", last, pool });
    this.#qmp = new WorkerClient(module("prober_worker.ts"), { name: "prober", last, pool });
    this.#idle = new WorkerClient(module("control_worker.ts"), { name: "control", last, pool });
  }

  /** Starts all of them. @throws {QmpClosedError} when an engine cannot be reached. */
  static async start(options: RealtimeProbesOptions): Promise<RealtimeProbes> {
    const probes = new RealtimeProbes(options.pool);
    try {
      await probes.#start(options);
      return probes;
    } catch (error) {
      await probes[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #start({ folder, timer, engines, ...intervals }: RealtimeProbesOptions): Promise<void> {
    const idleAddress: Address = { kind: "unix", path: `${folder}/idle.probe` };
    const idle = await this.#idle.ask({
      kind: "start",
      address: idleAddress,
      originMs: timer.originMs,
    });
    const sides = ["source", "destination"] as const;
    const loops = sides.flatMap((side) => {
      const { loop } = engines[side];
      return loop === null ? [] : { name: side as string, ...loop };
    });
    const threadId = idle.kind === "started" ? idle.threadId : 0;
    loops.push({ name: "idle", address: idleAddress, threadId });
    const monitors = sides.flatMap((side) => {
      const address = engines[side].qmpAddress;
      return address === null ? [] : [{ name: side, address }];
    });
    const { loopIntervalUs, qmpIntervalUs, answerTimeoutUs } = intervals;
    const replies = await Promise.allSettled([
      this.#loops.ask({ kind: "start", loops, timer, intervalUs: loopIntervalUs }),
      this.#qmp.ask({
        kind: "start",
        monitors,
        timer,
        intervalUs: qmpIntervalUs,
        answerTimeoutUs,
      }),
    ]);
    for (const reply of replies) {
      if (reply.status === "rejected") throw reply.reason;
      if (reply.value.kind === "refused") throw new QmpClosedError(reply.value.cause);
    }
  }

  /** Ends the measurement. Once. */
  async stop(): Promise<ProbeResults> {
    const qmp = await this.#qmp.end();
    const loops = await this.#loops.end();
    await this.#idle.end();
    return {
      loops: loops.kind === "measured" ? loops.loops : new Map(),
      qmp: qmp.kind === "measured" ? qmp.monitors : new Map(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#qmp[Symbol.asyncDispose]();
    await this.#loops[Symbol.asyncDispose]();
    await this.#idle[Symbol.asyncDispose]();
  }
}

function module(file: string): URL {
  return new URL(`../worker/${file}`, import.meta.url);
}
