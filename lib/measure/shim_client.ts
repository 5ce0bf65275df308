/**
 * How exact the shim is, seen from outside: a plain client connects through it again and again while a run goes on, and compares how long
 * each connect took with the delay that was asked for. Whatever a table says of a connect delay is no better than that.
 *
 * @module
 */

import type { ShimSpec } from "../netem/conditions.ts";
import type { Address } from "../world/address.ts";
import { ShimmedNetwork } from "../world/realtime/shim.ts";
import type { RealtimeWorld } from "../world/realtime/realtime_world.ts";
import type { ConnectOperation } from "../world/world.ts";

/** A running client. */
export interface ShimClient {
  /** How much longer or shorter than asked each connect took so far, in microseconds. */
  readonly errorsUs: readonly number[];
  /** Ends it. Resolves with `errorsUs`, which grows no more. */
  stop(): Promise<readonly number[]>;
}

/** Connects to each delay: short ones need no more, and shall not load the run that they are part of. */
const CONNECTS_MAX = 5;

/**
 * Starts to connect with each delay that `spec` has for connects.
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
    for (const delayUs of delaysUs) {
      const network = new ShimmedNetwork({
        inner: world.network,
        clock: world.clock,
        random: world.random.fork("shim-client"),
        phase: () => 0,
        spec: [{ role: "preempt", connect: { kind: "delay", delayUs } }],
      });
      for (let connects = 0; connects < CONNECTS_MAX && !stopped; connects++) {
        const beganUs = world.clock.now();
        connecting = network.connect(address, "preempt");
        const result = await connecting.wait();
        if (result.kind === "failed") continue;
        errorsUs.push(world.clock.now() - beganUs - delayUs);
        result.channel.close();
      }
      network.close();
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
