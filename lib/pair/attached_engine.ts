/**
 * A QEMU that somebody else started: it is driven and measured, and lives on. Its guest is theirs, so that nobody here knows what
 * its memory must hold, and it is never stopped to look.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import { connectQmp, type QmpClient, type QmpClientOptions } from "../qmp/qmp_client.ts";
import type { ShimLog } from "../worker/engine_worker.ts";
import type { Address } from "../world/address.ts";
import type { RealtimeWorld } from "../world/realtime/realtime_world.ts";
import type { EngineChoice } from "./pair.ts";
import type { PairEngine } from "./pair_engine.ts";

/** What it is attached with. */
export interface AttachedEngineOptions {
  readonly choice: Extract<EngineChoice, { kind: "attached" }>;
  readonly operator: RealtimeWorld;
  /** Of its operator's connection. */
  readonly monitor: QmpClientOptions;
}

/** An attached QEMU. */
export class AttachedEngine implements PairEngine {
  readonly kind = "attached";
  readonly ram = null;
  readonly loop = null;
  readonly qmp: QmpClient;
  readonly qmpAddress: Address | null;

  private constructor(qmp: QmpClient, qmpAddress: Address | null) {
    this.qmp = qmp;
    this.qmpAddress = qmpAddress;
  }

  /**
   * Connects its operator.
   *
   * @throws {QmpClosedError} when it cannot be reached, or does not speak QMP.
   */
  static async start(
    { choice, operator, monitor }: AttachedEngineOptions,
  ): Promise<AttachedEngine> {
    const qmp = await connectQmp(operator, choice.qmp, {
      ...monitor,
      serverOriginUs: operator.originMs * 1000,
    });
    const engine = new AttachedEngine(qmp, choice.probed);
    try {
      await qmp.execute("migrate-set-capabilities", {
        capabilities: [{ capability: "events", state: true }],
      });
      return engine;
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  setShim(): Promise<void> {
    return Promise.resolve();
  }

  shimLog(): Promise<ShimLog> {
    return Promise.resolve({ holds: [], connects: [] });
  }

  /** Its process is not known. */
  describeEnd(): Promise<null> {
    return Promise.resolve(null);
  }

  isWhole(): Promise<boolean> {
    return Promise.resolve(false);
  }

  readMemory(): Promise<Uint8Array> {
    invariant(false, "The memory of somebody else's guest is not read");
  }

  /** Hangs up. */
  async close(): Promise<void> {
    await this.qmp.close();
  }
}
