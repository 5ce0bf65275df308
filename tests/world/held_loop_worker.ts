/**
 * A Worker with a World whose loop answers questions on a socket, and connects when it is told to: held on the
 * connect, or waiting for it. It reports in which order the two happened.
 *
 * @module
 */

import { invariant } from "../../lib/invariant.ts";
import type { ConnectCondition } from "../../lib/netem/conditions.ts";
import type { Address } from "../../lib/world/address.ts";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";

/** What the Worker is started with. */
export interface HeldLoopStart {
  /** Where it answers questions of one byte. */
  readonly questions: Address;
  readonly connectTo: Address;
  readonly condition?: ConnectCondition;
  readonly how: "hold" | "wait";
  /** The World's stop word. */
  readonly stop: SharedArrayBuffer;
}

/** What it says: "listening" and then "connecting", each once; and what happened, in this order, when both have. */
export type HeldLoopReport = "listening" | "connecting" | readonly string[];

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<HeldLoopStart>) => void;
  postMessage(report: HeldLoopReport): void;
};

scope.onmessage = async ({ data: { questions, connectTo, condition, how, stop } }) => {
  const world = openRealtimeWorld({ seed: 1, stop });
  await world.prepareConnects();
  const events: string[] = [];
  const listener = world.network.listen(questions, "qmp");
  scope.postMessage("listening");
  const channel = await listener.accept();
  invariant(channel !== null, "the listener was closed");
  const answerer = world.mainLoop.spawn("answerer", async () => {
    await channel.read(new Uint8Array(1));
    events.push("answered");
    await channel.write(new Uint8Array(1));
  });
  const operation = world.network.connect(connectTo, "preempt", condition);
  scope.postMessage("connecting");
  const waited = how === "hold" ? world.mainLoop.hold(operation) : operation.wait();
  const result = await waited;
  events.push(result.kind === "connected" ? "connected" : result.cause);
  await answerer.join();
  await world.close();
  scope.postMessage(events);
};
