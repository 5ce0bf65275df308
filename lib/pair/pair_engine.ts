/**
 * An engine of a pair in real time, whichever it is: embedded or a QEMU. What one of them cannot tell is `null`, never a guess.
 *
 * @module
 */

import type { ShimSpec } from "../netem/conditions.ts";
import type { ShimLog } from "../worker/engine_worker.ts";
import type { Address } from "../world/address.ts";
import type { EngineSide } from "./pair.ts";

/** Where a main loop is probed, and the thread that it runs on. */
export interface ProbedLoop {
  readonly address: Address;
  readonly threadId: number;
}

/** A running engine. */
export interface PairEngine extends EngineSide {
  /** Where the prober may connect; `null`: nowhere. */
  readonly qmpAddress: Address | null;
  /** `null` where the main loop cannot be probed. */
  readonly loop: ProbedLoop | null;
  /** Replaces the shim's specification. */
  setShim(spec: ShimSpec): Promise<void>;
  /** What the shim held on the preempt channel, and the connects that it saw. */
  shimLog(): Promise<ShimLog>;
  /** Whether no page of the guest is missing. Asked before it is stopped: a vCPU that waits for a page cannot be. */
  isWhole(): Promise<boolean>;
  /**
   * The memory of the guest, who is stopped and whole.
   *
   * @throws {QmpClosedError} when it has ended.
   */
  readMemory(): Promise<Uint8Array>;
  /** Ends it, wherever it is, unless somebody else has started it. */
  close(): Promise<void>;
}
