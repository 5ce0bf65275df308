/**
 * An embedded source in its Worker and real QEMUs to migrate into, with their operator's steps: each test is one script.
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
import type { GuestRam } from "../../lib/ram/guest_ram.ts";
import type { GuestSpec } from "../../lib/ram/guest_spec.ts";
import type { PageChannel } from "../../lib/ram/page_request_log.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { Libc } from "../../lib/world/realtime/libc.ts";
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

/** Bytes per second of ten pages, so that nearly every page is missing at the switch, and stays so. */
export const SLOW = 40_000;

/** How long a source must have sent nothing to be taken for one that stands still, in microseconds. */
const STILL_US = 500_000;

/** What a bed is made of. */
export interface QemuBedOptions {
  readonly guest?: GuestSpec;
  readonly ramBytes?: number;
  readonly shim?: ShimSpec;
}

/** A requested page, and the connect phase that it was sent in. */
export interface ServedRequest {
  readonly session: number;
  readonly page: number;
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
    const libc = resources.use(new Libc());
    const ram = takeRam([{ name: "ram", bytes: ramBytes }]);
    resources.defer(() => giveRam(ram));
    const phase = new SharedArrayBuffer(4);
    const engine = await RealtimeEngine.start({
      name: "source",
      folder,
      seed: 1,
      operator: world,
      libc,
      timer: timer.timer,
      ram,
      guest,
      incoming: false,
      shim,
      phase,
    });
    resources.defer(() => engine.close());
    const qemu = await QemuProcess.start({ operator: world, ramBytes, incoming: true });
    resources.use(qemu);
    const parts = { engine, qemu, world, guest, folder, phase };
    return new QemuBed({ ...parts, resources: resources.move() });
  }

  /** Pages of the guest. */
  get pages(): number {
    return this.#ram.pages;
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

  /** Postcopy with a preempt channel, slow. */
  async setPreempt(policy: PreemptConnectPolicy): Promise<void> {
    await this.setCapabilities("postcopy-ram", "postcopy-preempt");
    await this.source.qmp.execute("migrate-set-parameters", { "x-preempt-connect": policy });
    await this.setBandwidth(SLOW);
  }

  /** Limits both phases, in bytes per second; 0 lets everything go out as fast as it can. */
  async setBandwidth(bytesPerSecond: number): Promise<void> {
    await this.source.qmp.execute("migrate-set-parameters", {
      "max-bandwidth": bytesPerSecond,
      "max-postcopy-bandwidth": bytesPerSecond,
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

  /** Cancels, and holds that the guest goes on at the source. */
  async cancel(): Promise<void> {
    await this.source.qmp.execute("migrate_cancel");
    await this.source.reach("cancelled");
    assertEquals(await this.source.qmp.execute("query-status"), {
      status: "running",
      running: true,
    });
  }

  /** Waits until the source sends nothing any more. */
  async waitUntilStill(): Promise<void> {
    for (let before = -1, now = 0; now !== before;) {
      await this.#world.clock.sleep(STILL_US);
      const { ram } = await this.source.qmp.execute("query-migrate");
      [before, now] = [now, ram!.transferred];
    }
  }

  /** Has QEMU read so many pages, waiting for those that are missing, and holds that they are the source's. */
  async assertReads(page: number, count = 1): Promise<void> {
    const [start, length] = [page * PAGE_SIZE, count * PAGE_SIZE];
    const found = await this.qemu.readMemory(start, length);
    assertEquals(differingPages(found, this.#ram.memory.subarray(start, start + length)), []);
  }

  /** The requested pages that the source sent ahead of the background, in order, over this channel. */
  async servedRequests(channel: PageChannel): Promise<ServedRequest[]> {
    const { entries } = await this.source.qmp.execute("x-query-page-requests");
    return entries
      .filter((entry) => entry.event === "record-written" && entry.channel === channel)
      .map(({ session, page }) => ({ session, page }));
  }

  /** Waits until the source has sent so many requested pages on the preempt channel. */
  async waitForServedRequests(count: number): Promise<ServedRequest[]> {
    for (;;) {
      const served = await this.servedRequests("preempt");
      if (served.length >= count) return served;
      await this.#world.clock.sleep(10_000);
    }
  }

  /** Waits until the guest runs on the destination and all of it is there, as it was at the switch. */
  async assertArrived(): Promise<void> {
    await this.source.reach("completed");
    await this.destination.reach("completed");
    assertEquals((await this.source.qmp.execute("query-status")).status, "postmigrate");
    assertEquals((await this.destination.qmp.execute("query-status")).status, "running");
    await this.assertReads(0, this.pages);
    // QEMU holds what the source holds; now that this is what the guest has written.
    assertEquals(verifyRam(this.#guest, this.#ram.memory), null);
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
