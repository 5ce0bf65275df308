/**
 * How exact the shim is, seen from outside: a plain client connects through it again and again while a run goes on, and compares how long
 * each connect took with the delay that was asked for. Whatever a table says of a connect delay is no better than that.
 *
 * @module
 */

import { connectConditionOf } from "../netem/rules.ts";
import type { ShimSpec } from "../netem/conditions.ts";
import type { Proxy } from "../qemu/proxy/proxy.ts";
import type { Address } from "../world/address.ts";
import { ShimmedNetwork } from "../world/realtime/shim.ts";
import type { RealtimeWorld } from "../world/realtime/realtime_world.ts";
import type { ConnectOperation, ConnectResult } from "../world/world.ts";

/** A running client. */
export interface ShimClient {
  /** How much longer or shorter than asked each connect took so far, in microseconds. */
  readonly errorsUs: readonly number[];
  /** Ends it. Resolves with `errorsUs`, which grows no more. */
  stop(): Promise<readonly number[]>;
}

/** Connects to each delay: short ones need no more, and shall not load the run that they are part of. */
const CONNECTS_MAX = 5;

/** One connect with a delay. */
interface DelayedConnect {
  readonly delayUs: number;
  /** Makes everything ready; what it resolves with begins what is measured. */
  prepare(): Promise<() => ConnectOperation>;
  /** Ends what was started for it. */
  end(): void;
}

/**
 * Starts to connect with each delay that `spec` has for connects, through the shim of a network.
 *
 * @param address where the client may listen, to have something to connect to.
 */
export function startShimClient(
  world: RealtimeWorld,
  spec: ShimSpec,
  address: Address,
): ShimClient {
  const delaysUs = new Set(
    spec.flatMap(({ connect }) => connect?.kind === "delay" ? connect.delayUs : []),
  );
  const connects = [...delaysUs].map((delayUs): DelayedConnect => {
    const network = new ShimmedNetwork({
      inner: world.network,
      clock: world.clock,
      random: world.random.fork("shim-client"),
      phase: () => 0,
      spec: [{ role: "preempt", connect: { kind: "delay", delayUs } }],
    });
    return {
      delayUs,
      prepare: () => Promise.resolve(() => network.connect(address, "preempt")),
      end: () => network.close(),
    };
  });
  return startClient(world, address, connects);
}

/**
 * Starts to connect as each rule of `spec` delays it, through the proxy, which has the same one.
 *
 * @param folder where the client may listen, and the proxy for it.
 */
export function startProxyClient(
  world: RealtimeWorld,
  { proxy, spec, folder }: {
    readonly proxy: Proxy;
    readonly spec: ShimSpec;
    readonly folder: string;
  },
): ShimClient {
  const forward: Address = { kind: "unix", path: `${folder}/shim-client` };
  let gates = 0;
  const connects = spec.flatMap(({ role = "main", phase = 0, connect }) => {
    if (connect?.kind !== "delay") return [];
    let main: ConnectResult | null = null;
    const end = () => {
      if (main?.kind === "connected") main.channel.close();
    };
    // The first connection of a phase is main, whatever is asked for: it must come about at once.
    const isBehindMain = role === "preempt";
    if (isBehindMain && connectConditionOf(spec, { role: "main", phase }) !== null) return [];
    const prepare = async () => {
      end();
      const listen: Address = { kind: "unix", path: `${folder}/shim-client-${gates++}` };
      const gate = await proxy.open({ listen, forward, phase, isProbe: true });
      main = isBehindMain ? await world.network.connect(gate, "main").wait() : null;
      return () => world.network.connect(gate, role);
    };
    return [{ delayUs: connect.delayUs, prepare, end }];
  });
  return startClient(world, forward, connects);
}

function startClient(
  world: RealtimeWorld,
  address: Address,
  connects: readonly DelayedConnect[],
): ShimClient {
  const errorsUs: number[] = [];
  const listener = world.network.listen(address, "probe");
  let connecting: ConnectOperation | null = null;
  let stopped = false;

  const accepting = world.mainLoop.spawn("shim-listener", async () => {
    for (;;) {
      const channel = await listener.accept();
      if (channel === null) return;
      channel.close();
    }
  });
  const client = world.mainLoop.spawn("shim-client", async () => {
    for (const { delayUs, prepare, end } of connects) {
      for (let count = 0; count < CONNECTS_MAX && !stopped; count++) {
        const begin = await prepare();
        if (stopped) break;
        const beganUs = world.clock.now();
        connecting = begin();
        const result = await connecting.wait();
        if (result.kind === "failed") continue;
        errorsUs.push(world.clock.now() - beganUs - delayUs);
        result.channel.close();
      }
      end();
    }
  });
  return {
    errorsUs,
    stop: async () => {
      stopped = true;
      connecting?.abort();
      await client.join();
      listener.close();
      await accepting.join();
      return errorsUs;
    },
  };
}
