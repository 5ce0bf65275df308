/**
 * Two real QEMUs with the proxy between them, as one who drives a migration sees them. What a pair of engines measures is not here:
 * this is for what happens to real QEMU on the wire, and to its processes.
 *
 * @module
 */

import type { ShimSpec } from "../netem/conditions.ts";
import type { MigrationCapability } from "../qapi/capabilities.ts";
import type { Side } from "../qapi/migration_status.ts";
import { type Address, formatAddress } from "../world/address.ts";
import { RunFolder } from "../world/realtime/run_folder.ts";
import type { RealtimeWorld } from "../world/realtime/realtime_world.ts";
import { Proxy } from "./proxy/proxy.ts";
import type { QemuMachine } from "./qemu_machine.ts";
import { QemuProcess } from "./qemu_process.ts";

/** Longer than any connect of ours holds a QEMU. */
const ANSWER_TIMEOUT_US = 60_000_000;

const NONE = { kind: "none" } as const;

/** What a pair is made of. */
export interface QemuPairOptions {
  readonly world: RealtimeWorld;
  readonly ramBytes: number;
  /** What the source is. The destination is the same, with nothing in its memory. @default {{ kind: "none" }} */
  readonly machine?: QemuMachine;
  /** Names or paths of the programs. @default {QEMU} */
  readonly programs?: Readonly<Partial<Record<Side, string>>>;
  /** More arguments of each side. */
  readonly extraArguments?: Readonly<Partial<Record<Side, readonly string[]>>>;
  readonly spec?: ShimSpec;
  readonly seed?: number;
  /** Takes what is said on each side's QMP. */
  readonly log?: (side: Side, direction: "sent" | "received", line: string) => void;
}

/** A running pair. Close it. */
export class QemuPair implements AsyncDisposable {
  readonly source: QemuProcess;
  readonly destination: QemuProcess;
  readonly proxy: Proxy;
  readonly #folder: string;
  readonly #resources: AsyncDisposableStack;
  #routes = 0;
  #incoming: Address & { readonly kind: "unix" } | null = null;

  private constructor(parts: {
    readonly source: QemuProcess;
    readonly destination: QemuProcess;
    readonly proxy: Proxy;
    readonly folder: string;
    readonly resources: AsyncDisposableStack;
  }) {
    this.source = parts.source;
    this.destination = parts.destination;
    this.proxy = parts.proxy;
    this.#folder = parts.folder;
    this.#resources = parts.resources;
  }

  /**
   * Starts both sides.
   *
   * @throws {QemuMissingError} when there is no such program.
   * @throws {QemuStartError} when one does not start.
   */
  static async start(options: QemuPairOptions): Promise<QemuPair> {
    const { world, spec = [], seed = 1 } = options;
    await using resources = new AsyncDisposableStack();
    const { path: folder } = resources.use(await RunFolder.open());
    const proxy = resources.use(
      await Proxy.start({ originMs: world.originMs, seed, spec, tap: true }),
    );
    const source = resources.use(await startSide(options, "source"));
    const destination = resources.use(await startSide(options, "destination"));
    return new QemuPair({ source, destination, proxy, folder, resources: resources.move() });
  }

  /** Switches capabilities on, on both sides. */
  async setCapabilities(...names: readonly MigrationCapability[]): Promise<void> {
    const capabilities = ["events" as const, ...names]
      .map((capability) => ({ capability, state: true }));
    for (const { qmp } of [this.source, this.destination]) {
      await qmp.execute("migrate-set-capabilities", { capabilities });
    }
  }

  /** Limits both phases, in bytes per second; 0: as fast as it can. */
  async setBandwidth(bytesPerSecond: number): Promise<void> {
    await this.source.qmp.execute("migrate-set-parameters", {
      "max-bandwidth": bytesPerSecond,
      "max-postcopy-bandwidth": bytesPerSecond,
    });
  }

  /**
   * A new way through the proxy: what the destination listens at, and what the source connects to.
   *
   * @param phase the connect phase: 0 = start, k = k-th recovery.
   */
  async newRoute(phase: number): Promise<{ readonly incoming: string; readonly outgoing: string }> {
    const name = `${this.#folder}/${this.#routes++}`;
    const forward = { kind: "unix", path: `${name}.real` } as const;
    const listen = { kind: "unix", path: `${name}.gate` } as const;
    await this.proxy.open({ listen, forward, phase });
    this.#incoming = forward;
    return { incoming: formatAddress(forward), outgoing: formatAddress(listen) };
  }

  /**
   * Connects to where the destination listened last, as somebody else would.
   *
   * @returns `null` where nobody listens any more.
   */
  async connectStray(): Promise<Deno.Conn | null> {
    if (this.#incoming === null) return null;
    try {
      return await Deno.connect({ transport: "unix", path: this.#incoming.path });
    } catch (error) {
      const isGone = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.ConnectionRefused;
      if (!isGone) throw error;
      return null;
    }
  }

  /** Starts a migration. */
  async migrate(): Promise<void> {
    const { incoming, outgoing } = await this.newRoute(0);
    await this.destination.qmp.execute("migrate-incoming", { uri: incoming });
    await this.source.qmp.execute("migrate", { uri: outgoing });
  }

  /** Starts the `phase`-th recovery. */
  async recover(phase: number): Promise<void> {
    const { incoming, outgoing } = await this.newRoute(phase);
    await this.destination.qmp.execute("migrate-recover", { uri: incoming });
    await this.source.qmp.execute("migrate", { uri: outgoing, resume: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

async function startSide(options: QemuPairOptions, side: Side): Promise<QemuProcess> {
  const { world, ramBytes, machine = NONE, programs, extraArguments, log } = options;
  const program = programs?.[side];
  const extra = extraArguments?.[side];
  return await QemuProcess.start({
    operator: world,
    ramBytes,
    incoming: side === "destination",
    machine: machine.kind === "none" && side === "destination" ? NONE : machine,
    serverOriginUs: world.originMs * 1000,
    answerTimeoutUs: ANSWER_TIMEOUT_US,
    ...program !== undefined && { program },
    ...extra !== undefined && { extraArguments: extra },
    ...log !== undefined && { log: (direction, line) => log(side, direction, line) },
  });
}
