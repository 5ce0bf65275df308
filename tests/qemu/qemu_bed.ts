/**
 * An embedded source in its Worker and real QEMUs to migrate into, with their operator's steps: each test is one operator's script.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { giveRam, takeRam } from "../../lib/pair/ram_pool.ts";
import { RealtimeEngine } from "../../lib/pair/realtime_engine.ts";
import type { MigrationCapability } from "../../lib/qapi/capabilities.ts";
import type { ShimSpec } from "../../lib/netem/conditions.ts";
import type { PreemptConnectPolicy } from "../../lib/qapi/parameters.ts";
import { QemuProcess } from "../../lib/qemu/qemu_process.ts";
import { verifyRam } from "../../lib/ram/expected_ram.ts";
import { fillGuestRam } from "../../lib/ram/guest_fill.ts";
import type { GuestRam } from "../../lib/ram/guest_ram.ts";
import type { GuestSpec } from "../../lib/ram/guest_spec.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { TimerWorker } from "../../lib/world/realtime/shared_timer.ts";
import { MigratingSide } from "./migrating_side.ts";

/** A guest that does nothing, whose every page has a content of its own. */
export const IDLE_GUEST: GuestSpec = {
  vcpus: 1,
  workload: { kind: "strided" },
  touchesPerSecond: 0,
  writeShare: 0.5,
  fill: "random",
  seed: 1,
};

/** A guest that writes all over its memory, which is zero at first: both kinds of page records occur. */
export const RUNNING_GUEST: GuestSpec = {
  ...IDLE_GUEST,
  vcpus: 2,
  touchesPerSecond: 2000,
  fill: "zero",
};

/** Bytes per second at which hardly a page is sent before the operator has had its next say. */
const SLOW = 400_000;

/** What a bed is made of. */
export interface QemuBedOptions {
  readonly guest?: GuestSpec;
  readonly ramBytes?: number;
  readonly shim?: ShimSpec;
}

/** A source, and one destination after the other. */
export class QemuBed implements AsyncDisposable {
  readonly source: MigratingSide;
  readonly #world: RealtimeWorld;
  readonly #guest: GuestSpec;
  readonly #ram: GuestRam;
  readonly #folder: string;
  readonly #phase: SharedArrayBuffer;
  readonly #resources: AsyncDisposableStack;
  #qemu: QemuProcess;
  #destination: MigratingSide;
  #addresses = 0;

  private constructor(parts: {
    engine: RealtimeEngine;
    qemu: QemuProcess;
    world: RealtimeWorld;
    guest: GuestSpec;
    folder: string;
    phase: SharedArrayBuffer;
    resources: AsyncDisposableStack;
  }) {
    this.source = new MigratingSide(parts.engine.qmp, () => "ended");
    this.#ram = parts.engine.ram;
    this.#world = parts.world;
    this.#guest = parts.guest;
    this.#folder = parts.folder;
    this.#phase = parts.phase;
    this.#resources = parts.resources;
    this.#qemu = parts.qemu;
    this.#destination = sideOf(parts.qemu);
  }

  /** Starts both sides. */
  static async open(options: QemuBedOptions = {}): Promise<QemuBed> {
    const { guest = IDLE_GUEST, ramBytes = 16 << 20, shim = [] } = options;
    await using resources = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "faultline-" });
    resources.defer(() => Deno.remove(folder, { recursive: true }));
    const timer = resources.use(new TimerWorker());
    const world = openRealtimeWorld({ seed: 1, timer: timer.timer });
    resources.defer(() => world.close());
    const ram = takeRam([{ name: "ram", bytes: ramBytes }]);
    resources.defer(() => giveRam(ram));
    fillGuestRam(ram, guest);
    const phase = new SharedArrayBuffer(4);
    const engine = await RealtimeEngine.start({
      ...{ name: "source", folder, seed: 1, operator: world, timer: timer.timer },
      ...{ ram, guest, incoming: false, shim, phase },
    });
    resources.defer(() => engine.close());
    const qemu = await QemuProcess.start({ operator: world, ramBytes, incoming: true });
    resources.use(qemu);
    const parts = { engine, qemu, world, guest, folder, phase };
    return new QemuBed({ ...parts, resources: resources.move() });
  }

  /** The QEMU of the latest destination. */
  get qemu(): QemuProcess {
    return this.#qemu;
  }

  get destination(): MigratingSide {
    return this.#destination;
  }

  /** Starts another destination. */
  async replaceDestination(): Promise<void> {
    this.#qemu = await QemuProcess.start({
      operator: this.#world,
      ramBytes: this.#ram.memory.length,
      incoming: true,
    });
    this.#resources.use(this.#qemu);
    this.#destination = sideOf(this.#qemu);
  }

  /** Switches capabilities on, on both sides. */
  async setCapabilities(...names: readonly MigrationCapability[]): Promise<void> {
    const capabilities = ["events" as const, ...names]
      .map((capability) => ({ capability, state: true }));
    for (const { qmp } of [this.source, this.destination]) {
      await qmp.execute("migrate-set-capabilities", { capabilities });
    }
  }

  /** Postcopy with a preempt channel, so slow that nearly every page is missing at the switch and stays so. */
  async setPreempt(policy: PreemptConnectPolicy): Promise<void> {
    await this.setCapabilities("postcopy-ram", "postcopy-preempt");
    await this.source.qmp.execute("migrate-set-parameters", {
      "x-preempt-connect": policy,
      "max-bandwidth": SLOW,
      "max-postcopy-bandwidth": SLOW,
    });
  }

  /** Lets the rest go out as fast as it can. */
  async liftLimits(): Promise<void> {
    await this.source.qmp.execute("migrate-set-parameters", {
      "max-bandwidth": 0,
      "max-postcopy-bandwidth": 0,
    });
  }

  /** Starts a migration. */
  async migrate(): Promise<void> {
    const uri = this.#newAddress();
    await this.destination.qmp.execute("migrate-incoming", { uri });
    await this.source.qmp.execute("migrate", { uri });
  }

  /** Switches to postcopy, with the status `active` reached. */
  async startPostcopy(): Promise<void> {
    await this.source.reach("active");
    await this.source.qmp.execute("migrate-start-postcopy");
    await this.source.reach("postcopy-active");
    await this.destination.reach("postcopy-active");
  }

  /** Breaks postcopy off, and waits until both sides have noticed. */
  async pause(): Promise<void> {
    await this.source.qmp.execute("migrate-pause");
    await this.source.reach("postcopy-paused");
    await this.destination.reach("postcopy-paused");
  }

  /** Starts the one recovery that a QEMU 7.2 lives through. */
  async recover(): Promise<void> {
    const uri = this.#newAddress();
    await this.destination.qmp.execute("migrate-recover", { uri });
    Atomics.store(new Int32Array(this.#phase), 0, 1);
    await this.source.qmp.execute("migrate", { uri, resume: true });
    await this.source.reach("postcopy-active");
    await this.destination.reach("postcopy-active");
  }

  /** Waits until the guest runs on the destination and all of it is there, as it was at the switch. */
  async assertArrived(): Promise<void> {
    await this.source.reach("completed");
    await this.destination.reach("completed");
    assertEquals((await this.source.qmp.execute("query-status")).status, "postmigrate");
    assertEquals((await this.destination.qmp.execute("query-status")).status, "running");
    const memory = await this.qemu.readMemory(0, this.#ram.memory.length);
    assertEquals(differingPages(memory, this.#ram.memory), []);
    assertEquals(verifyRam(this.#guest, memory), null);
    assertEquals((await this.source.qmp.execute("x-query-guest")).violations, []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  #newAddress(): string {
    return `unix:${this.#folder}/migration-${this.#addresses++}`;
  }
}

function sideOf(qemu: QemuProcess): MigratingSide {
  return new MigratingSide(qemu.qmp, () => qemu.describe());
}

/** The pages in which two memories differ. */
function differingPages(a: Uint8Array, b: Uint8Array): number[] {
  assertEquals(a.length, b.length);
  const pages = Array.from({ length: a.length / PAGE_SIZE }, (_, page) => page);
  return pages.filter((page) => {
    const [start, end] = [page * PAGE_SIZE, (page + 1) * PAGE_SIZE];
    return Buffer.compare(a.subarray(start, end), b.subarray(start, end)) !== 0;
  });
}
