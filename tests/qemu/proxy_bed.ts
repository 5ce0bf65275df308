/**
 * A proxy between plain clients and a plain listener, each connection with what arrived at its other end.
 *
 * @module
 */

import { assert } from "@std/assert";
import type { ShimSpec } from "../../lib/netem/conditions.ts";
import { Proxy } from "../../lib/qemu/proxy/proxy.ts";
import type { Address } from "../../lib/world/address.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import type { Channel, ConnectOperation, ConnectResult, Listener } from "../../lib/world/world.ts";

/** What a bed is made of. */
export interface ProxyBedOptions {
  readonly spec?: ShimSpec;
  readonly transport?: Address["kind"];
  /** @default {false} */
  readonly tap?: boolean;
  /** @default {0} */
  readonly phase?: number;
}

/** See the module. */
export class ProxyBed implements AsyncDisposable {
  private constructor(
    readonly world: RealtimeWorld,
    readonly proxy: Proxy,
    /** Behind the proxy. */
    readonly listener: Listener,
    /** In front of it. */
    readonly address: Address,
    private readonly resources: AsyncDisposableStack,
  ) {}

  static async open(options: ProxyBedOptions = {}): Promise<ProxyBed> {
    const { spec = [], transport = "unix", phase = 0, tap = false } = options;
    await using resources = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "faultline-" });
    resources.defer(() => Deno.remove(folder, { recursive: true }));
    const world = openRealtimeWorld({ seed: 1 });
    resources.defer(() => world.close());
    const proxy = resources.use(
      await Proxy.start({ originMs: world.originMs, seed: 1, spec, tap }),
    );
    const addressOf = (name: string): Address =>
      transport === "unix"
        ? { kind: "unix", path: `${folder}/${name}` }
        : { kind: "tcp", host: "127.0.0.1", port: 0 };
    const listener = world.network.listen(addressOf("real"), "main");
    const address = await proxy.open({
      listen: addressOf("gate"),
      forward: listener.address,
      phase,
    });
    return new ProxyBed(world, proxy, listener, address, resources.move());
  }

  /** Starts a connect of a plain client. */
  startConnect(): ConnectOperation {
    return this.world.network.connect(this.address, "main");
  }

  /** Connects, and says how long it took. */
  async connect(): Promise<{ readonly result: ConnectResult; readonly tookUs: number }> {
    const startUs = this.world.clock.now();
    const result = await this.startConnect().wait();
    return { result, tookUs: this.world.clock.now() - startUs };
  }

  /** A connection that must come about: both of its ends. */
  async connectBoth(): Promise<{ readonly near: Channel; readonly far: Channel }> {
    const { result } = await this.connect();
    const far = await this.listener.accept();
    assert(result.kind === "connected" && far !== null);
    return { near: result.channel, far };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.resources.disposeAsync();
  }
}

/** Reads that many bytes. */
export async function readExactly(channel: Channel, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const read = await channel.read(bytes.subarray(at));
    assert(read !== null, `the stream ended after ${at} of ${count} bytes`);
    at += read;
  }
  return bytes;
}
