/**
 * Real QEMU on both sides of a tapped proxy, with QEMU's own traces of its page requests.
 *
 * @module
 */

import { bootGuestOf } from "../../lib/qemu/boot_sector_memory.ts";
import { QemuPair, type QemuPairOptions } from "../../lib/qemu/qemu_pair.ts";
import { readGuest } from "../../lib/ram/guest_spec.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { MigratingSide } from "./migrating_side.ts";
import { traceArguments, tracedLatenciesUs } from "./traced_latencies.ts";

const RAM_BYTES = 24 << 20;

/** Dirties its memory in an order that no background scan follows. */
const GUEST = bootGuestOf(readGuest({ touches: 20_000 }), RAM_BYTES);

/** See the module. */
export class TapBed implements AsyncDisposable {
  readonly world: RealtimeWorld;
  readonly pair: QemuPair;
  readonly source: MigratingSide;
  readonly destination: MigratingSide;
  readonly #traceFile: string;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    world: RealtimeWorld,
    pair: QemuPair,
    traceFile: string,
    resources: AsyncDisposableStack,
  ) {
    this.world = world;
    this.pair = pair;
    this.source = new MigratingSide(pair.source.qmp, () => pair.source.describe());
    this.destination = new MigratingSide(pair.destination.qmp, () => pair.destination.describe());
    this.#traceFile = traceFile;
    this.#resources = resources;
  }

  static async open(options: Pick<QemuPairOptions, "spec" | "programs"> = {}): Promise<TapBed> {
    await using resources = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "faultline-" });
    resources.defer(() => Deno.remove(folder, { recursive: true }));
    const world = openRealtimeWorld({ seed: 1 });
    resources.defer(() => world.close());
    const traceFile = `${folder}/trace.log`;
    const pair = resources.use(
      await QemuPair.start({
        ...options,
        world,
        ramBytes: RAM_BYTES,
        machine: { kind: "pc", guest: GUEST },
        extraArguments: { destination: traceArguments(traceFile) },
      }),
    );
    return new TapBed(world, pair, traceFile, resources.move());
  }

  /** Waits until the guest has stamped its pages and dirties them. */
  async waitForGuest(): Promise<void> {
    while (await this.pair.source.serialBytes() === 0) await this.world.clock.sleep(10_000);
  }

  /** Enters postcopy. */
  async startPostcopy(): Promise<void> {
    await this.source.reach("active");
    await this.pair.source.qmp.execute("migrate-start-postcopy");
    await this.source.reach("postcopy-active");
  }

  /** How long each page was waited for, by the destination's own traces, in microseconds. */
  async tracedLatenciesUs(): Promise<number[]> {
    return await tracedLatenciesUs(this.#traceFile);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}
