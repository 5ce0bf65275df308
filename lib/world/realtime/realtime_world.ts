/**
 * The real-time World: this Worker's event loop, sockets, and a clock that all Workers of the process share. An
 * engine's Worker opens one, and so do the harness and the probes.
 *
 * The hard thing is to leave nothing behind: a Worker that blocks cannot be terminated, so `close()` ends every
 * blocking loop through shared memory and waits for it, and a loop that is held on a connect can be let go from
 * outside by its stop word.
 *
 * @module
 */

import { SeededRandom } from "../seeded_random.ts";
import type { World } from "../world.ts";
import { Alarms, TimeoutSource } from "./alarms.ts";
import type { ConditionedNetwork } from "./conditioned_network.ts";
import { processClock } from "./process_clock.ts";
import { RealtimeClock } from "./realtime_clock.ts";
import { RealtimeMainLoop } from "./realtime_main_loop.ts";
import { RealtimeNetwork } from "./realtime_network.ts";
import type { SharedTimer } from "./shared_timer.ts";
import { TimerSource } from "./timer_source.ts";
import type { WorkerPool } from "./worker_pool.ts";

/** A World over real time and sockets, for the Worker that opened it. */
export interface RealtimeWorld extends World {
  readonly network: ConditionedNetwork;
  /** Where the clock starts: the `originMs` for the other Workers of this process. */
  readonly originMs: number;
  /**
   * Makes one connect with the first connect Worker, so that no later connect is slow for being the first: that costs 30
   * ms, ten of them of this loop.
   */
  prepareConnects(): Promise<void>;
  /**
   * Closes every channel and listener, aborts every connect, ends every sleep, and joins the connect Workers. The
   * World's threads have returned before; one that still runs meets closed channels. Idempotent.
   */
  close(): Promise<void>;
}

/** How a World is opened. */
export interface RealtimeWorldOptions {
  /** Seed of all chance in this World. */
  readonly seed: number | bigint;
  /** The process's timer Worker, by which sleeps are exact; absent: `setTimeout`. The clock has its origin. */
  readonly timer?: SharedTimer;
  /** Without a timer: where the clock starts. @default {performance.timeOrigin} of this Worker */
  readonly originMs?: number;
  /**
   * Shared memory of 4 bytes. Once they are not 0, a loop that is held is let go: its connect fails, cause "aborted".
   */
  readonly stop?: SharedArrayBuffer;
  /**
   * The memory of a `ConnectWorker` that another thread has started for this World; it ends the Worker once the World is
   * closed. Absent: the World starts its own, which takes a second where it lives in a Worker.
   */
  readonly connectWorker?: SharedArrayBuffer;
  /** Where the connect Workers that it starts come from and go back to; absent: they are its own. */
  readonly pool?: WorkerPool;
  /** Told what a thread threw, which is a bug in Faultline. @default {reportError}, which ends the Worker */
  readonly onBug?: (error: unknown) => void;
}

/**
 * Opens a World for this Worker. Close it.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * const world = openRealtimeWorld({ seed: 1 });
 * const startUs = world.clock.now();
 * await world.clock.sleep(500);
 * assert(world.clock.now() - startUs >= 500);
 * await world.close();
 * ```
 */
export function openRealtimeWorld(options: RealtimeWorldOptions): RealtimeWorld {
  const { timer, stop, onBug = reportError } = options;
  const originMs = timer?.originMs ?? options.originMs ?? performance.timeOrigin;
  const nowUs = processClock(originMs);
  const alarms = new Alarms(
    nowUs,
    (onTime) => timer ? new TimerSource(timer, onTime) : new TimeoutSource(nowUs, onTime),
  );
  const stopWord = stop && new Int32Array(stop);
  const network = new RealtimeNetwork({
    nowUs,
    originMs,
    isStopped: () => stopWord !== undefined && Atomics.load(stopWord, 0) !== 0,
    connectWorker: options.connectWorker,
    pool: options.pool,
  });
  const mainLoop = new RealtimeMainLoop((us, ring) => alarms.set(nowUs() + us, ring), onBug);
  let closed: Promise<void> | undefined;
  const close = async () => {
    await network.close();
    await mainLoop.close();
    await alarms.close();
  };
  return {
    originMs,
    clock: new RealtimeClock(nowUs, alarms),
    network,
    mainLoop,
    random: new SeededRandom(options.seed),
    prepareConnects: () => network.prepareConnects(),
    close: () => closed ??= close(),
  };
}
