/**
 * An engine in real time, seen by the main thread that starts it: its main loop's Worker, its vCPUs' and its connect Worker.
 *
 * The hard thing is to end it wherever it is. A main loop that is held on a connect reads no message and no signal, so the engine is
 * stopped by a word in shared memory, which its held loop looks at too.
 *
 * @module
 */

import type { ShimLog } from "./engine_worker.ts";
import type { ShimSpec } from "../netem/conditions.ts";
import { fillGuestRam } from "../ram/guest_fill.ts";
import type { GuestRam } from "../ram/guest_ram.ts";
import type { GuestSpec } from "../ram/guest_spec.ts";
import { PageRequestLog } from "../ram/page_request_log.ts";
import { type Address, AddressError } from "../world/address.ts";
import { ConnectWorker } from "../world/realtime/connect_workers.ts";
import type { SharedTimer } from "../world/realtime/shared_timer.ts";
import { storeAndNotify } from "../world/realtime/shared_words.ts";
import { NO_POOL, type WorkerPool } from "../world/realtime/worker_pool.ts";
import type { EngineReply, EngineRequest } from "./engine_worker.ts";
import { VcpuWorkers } from "./vcpu_workers.ts";
import { WorkerClient } from "./worker_client.ts";

/** Entries of an engine's page request log: some seconds of a guest that does nothing but fault. */
const LOG_ENTRIES = 1 << 18;

/** Logs that are used again: the shared memory of an engine that has ended stays until every Worker has collected its garbage. */
const idleLogs: PageRequestLog[] = [];

/** What an engine is made of. */
export interface EngineWorkersOptions {
  readonly name: string;
  readonly seed: number;
  readonly timer: SharedTimer;
  readonly ram: GuestRam;
  readonly guest: GuestSpec;
  /** The machine that its stream names. @default {"none"} */
  readonly machine?: string;
  /** Where QMP is served. */
  readonly qmp: Address;
  /** Where the main loop probe connects; absent: the loop is not probed. */
  readonly probe?: Address;
  /** `defer`: waits for `migrate-incoming`; an address: listens there at once; absent: the RAM is filled and the guest starts here. */
  readonly incoming?: Address | "defer";
  /** Absent: no condition. */
  readonly shim?: ShimSpec;
  /** A word that holds the connect phase; absent: it is 0. */
  readonly phase?: SharedArrayBuffer;
  /** Where its Workers come from and go back to; absent: they are started here, and ended. */
  readonly pool?: WorkerPool;
}

/** A running engine. */
export class EngineWorkers {
  /** The thread that its main loop runs on. */
  readonly threadId: number;
  readonly #worker: WorkerClient<EngineRequest, EngineReply>;
  readonly #workers: AsyncDisposableStack;
  readonly #stop: SharedArrayBuffer;
  /** Settles when the Worker can be asked again. */
  #asked: Promise<unknown> = Promise.resolve();

  private constructor(parts: {
    threadId: number;
    worker: WorkerClient<EngineRequest, EngineReply>;
    workers: AsyncDisposableStack;
    stop: SharedArrayBuffer;
  }) {
    this.threadId = parts.threadId;
    this.#worker = parts.worker;
    this.#workers = parts.workers;
    this.#stop = parts.stop;
  }

  /**
   * Starts an engine.
   *
   * @throws {GuestSpecError} when the guest does not fit the RAM.
   * @throws {AddressError} when an address cannot be bound.
   */
  static async start(options: EngineWorkersOptions): Promise<EngineWorkers> {
    const { name, timer, guest: spec, ram, incoming, phase, pool = NO_POOL } = options;
    await using workers = new AsyncDisposableStack();
    const log = idleLogs.pop() ?? PageRequestLog.allocate(LOG_ENTRIES);
    workers.defer(() => giveLog(log));
    const { originMs } = timer;
    const vcpus = workers.use(new VcpuWorkers({ spec, ram, log, originMs, pool }));
    // A destination rarely becomes a source.
    const connects = incoming === undefined ? workers.use(new ConnectWorker(originMs, pool)) : null;
    const worker = workers.use(engineWorker(name, pool));
    const stop = new SharedArrayBuffer(4);
    workers.defer(() => setStopped(stop));
    // Meanwhile the Workers load their modules.
    if (incoming === undefined) fillGuestRam(ram, spec);
    await vcpus.ready();
    const { seed, qmp, probe, shim = [] } = options;
    const reply = await worker.ask({
      kind: "start",
      start: {
        ...{ seed, timer, qmp, probe, incoming, shim, stop },
        machine: options.machine ?? "none",
        ram: ram.shared,
        vcpus: vcpus.shared,
        pageRequests: log.shared,
        connectWorker: connects?.slot.memory,
        phase: phase ?? new SharedArrayBuffer(4),
      },
    });
    if (reply.kind === "refused") throw new AddressError(reply.cause);
    const threadId = reply.kind === "started" ? reply.threadId : 0;
    return new EngineWorkers({ threadId, worker, workers: workers.move(), stop });
  }

  /** Replaces the shim's specification. A main loop that is held on a connect hears of it when that has ended. */
  async setShim(spec: ShimSpec): Promise<void> {
    await this.#ask({ kind: "set-shim", spec });
  }

  /** What the shim noted; nothing of an engine that has ended. */
  async shimLog(): Promise<ShimLog> {
    const reply = await this.#ask({ kind: "shim-log" });
    return reply.kind === "shim-log" ? reply.log : { holds: [], connects: [] };
  }

  /** Ends the engine, wherever it is; returns at once. */
  stop(): void {
    setStopped(this.#stop);
  }

  /** Resolves when the engine has ended, by QMP's `quit` or `stop`, and nothing of it is left. Once, and nothing is asked after it. */
  async ended(): Promise<void> {
    await this.#asked.catch(() => {});
    try {
      await this.#worker.end();
    } finally {
      await this.#workers.disposeAsync();
    }
  }

  #ask(request: EngineRequest): Promise<EngineReply> {
    const reply = this.#asked.catch(() => {}).then(() => this.#worker.ask(request));
    this.#asked = reply;
    return reply;
  }
}

function engineWorker(name: string, pool: WorkerPool): WorkerClient<EngineRequest, EngineReply> {
  const module = new URL("./engine_worker.ts", import.meta.url);
  return new WorkerClient(module, { name, last: { kind: "join" }, pool });
}

function giveLog(log: PageRequestLog): void {
  log.reset();
  idleLogs.push(log);
}

function setStopped(stop: SharedArrayBuffer): void {
  storeAndNotify(new Int32Array(stop), 0, 1);
}
