/**
 * A real QEMU as an engine of a pair. It speaks QMP as ours does; what else a pair asks for, it has not: no loop that could be
 * probed, no log of page requests, and memory that is read by QMP.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import { type QemuOptions, QemuProcess } from "../qemu/qemu_process.ts";
import type { QmpClient, QmpClientOptions } from "../qmp/qmp_client.ts";
import { PAGE_SIZE } from "../ram/ram_block.ts";
import type { ShimLog } from "../worker/engine_worker.ts";
import type { Address } from "../world/address.ts";
import type { RealtimeWorld } from "../world/realtime/realtime_world.ts";
import { machineFor, type PairGuest } from "./pair_guest.ts";
import type { EngineChoice } from "./pair.ts";
import type { PairEngine } from "./pair_engine.ts";

/** How long its guest may take until it has begun its first pass, in microseconds: the BIOS takes one second. */
const BOOT_TIMEOUT_US = 60_000_000;
const BOOT_POLL_US = 5000;

/** Memory is read by so many bytes at once: each is a file for a moment. */
const READ_BYTES = 64 << 20;

/** What it is started with. */
export interface QemuEngineOptions {
  readonly choice: Extract<EngineChoice, { kind: "qemu" }>;
  readonly operator: RealtimeWorld;
  readonly ramBytes: number;
  readonly guest: PairGuest;
  /** Whether it waits for `migrate-incoming`; otherwise its guest starts. */
  readonly incoming: boolean;
  /** Of its operator's connection. */
  readonly monitor?: QmpClientOptions;
}

/** A running QEMU. */
export class QemuEngine implements PairEngine {
  readonly kind = "qemu";
  readonly ram = null;
  readonly loop = null;
  readonly process: QemuProcess;
  readonly #ramBytes: number;
  readonly #incoming: boolean;

  private constructor(
    process: QemuProcess,
    { ramBytes, incoming }: Pick<QemuEngineOptions, "ramBytes" | "incoming">,
  ) {
    this.process = process;
    this.#ramBytes = ramBytes;
    this.#incoming = incoming;
  }

  /**
   * Starts it, connects its operator, and waits until its guest is under way.
   *
   * @throws {QemuStartError} when there is no such program, or it does not start.
   */
  static async start(options: QemuEngineOptions): Promise<QemuEngine> {
    const { operator, ramBytes, incoming, guest, monitor } = options;
    const { program, extraArguments } = options.choice;
    const process = await QemuProcess.start(
      {
        ...{ operator, ramBytes, incoming, ...monitor },
        machine: machineFor(guest, { ramBytes, isSource: !incoming }),
        serverOriginUs: operator.originMs * 1000,
        ...(program === undefined ? {} : { program }),
        ...(extraArguments === undefined ? {} : { extraArguments }),
      } satisfies QemuOptions,
    );
    const engine = new QemuEngine(process, options);
    try {
      await process.qmp.execute("migrate-set-capabilities", {
        capabilities: [{ capability: "events", state: true }],
      });
      if (guest.kind === "boot-sector" && !incoming) await engine.#waitForGuest(operator);
      return engine;
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  get qmp(): QmpClient {
    return this.process.qmp;
  }

  get qmpAddress(): Address {
    return this.process.qmpAddress;
  }

  setShim(): Promise<void> {
    return Promise.resolve();
  }

  shimLog(): Promise<ShimLog> {
    return Promise.resolve({ holds: [], connects: [] });
  }

  async describeEnd(): Promise<string | null> {
    // Its last words on QMP come before the kernel tells of its end. One that was given up may live on.
    if (this.qmp.closed !== null && this.qmp.silence === null) await this.process.waitUntilEnded();
    return this.process.end === null ? null : this.process.describe();
  }

  /** A destination that is not through would fault in what is missing, and answer nothing until it has come. */
  async isWhole(): Promise<boolean> {
    if ((await this.qmp.execute("query-status")).status === "inmigrate") return false;
    const { status = "none" } = await this.qmp.execute("query-migrate");
    return !this.#incoming || !status.startsWith("postcopy-");
  }

  async close(): Promise<void> {
    await this.process.close();
  }

  async readMemory(): Promise<Uint8Array> {
    const memory = new Uint8Array(this.#ramBytes);
    for (let start = 0; start < memory.length; start += READ_BYTES) {
      const length = Math.min(READ_BYTES, memory.length - start);
      memory.set(await this.process.readMemory(start, length), start);
    }
    return memory;
  }

  async #waitForGuest({ clock }: RealtimeWorld): Promise<void> {
    const deadlineUs = clock.now() + BOOT_TIMEOUT_US;
    while (await this.process.serialBytes() === 0) {
      invariant(clock.now() < deadlineUs, "The boot sector's guest does not start");
      await clock.sleep(BOOT_POLL_US);
    }
  }
}

/** The RAM blocks that a QEMU would send, by its own names, and its machine as the stream spells it. */
export async function describeMachine(
  qmp: QmpClient,
): Promise<{ readonly name: string; readonly blocks: { name: string; bytes: number }[] }> {
  const type = await qmp.execute("qom-get", { path: "/machine", property: "type" });
  const table = await qmp.execute("human-monitor-command", { "command-line": "info ramblock" });
  const rows = String(table).matchAll(/^\s*(\S+)\s+\d+ \S+\s+0x[0-9a-f]+\s+(0x[0-9a-f]+)/gm);
  const blocks = Array.from(rows, ([, name = "", used]) => ({ name, bytes: Number(used) }));
  invariant(blocks.every(({ bytes }) => bytes % PAGE_SIZE === 0), "A RAM block of no whole pages");
  return { name: String(type).replace(/-machine$/, ""), blocks };
}
