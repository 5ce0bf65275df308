/**
 * What a held loop does and does not do, in a Worker of its own. Seen as an order of events: an answer comes before
 * the connect ends, or after it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { ConnectCondition } from "../../lib/netem/conditions.ts";
import type { Address } from "../../lib/world/address.ts";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import type { Channel } from "../../lib/world/world.ts";
import { FullListener } from "./full_listener.ts";
import type { HeldLoopReport, HeldLoopStart } from "./held_loop_worker.ts";

/** Long enough for a loop that is not held to answer many times over. */
const SETTLE_US = 200_000;

interface Held {
  readonly sleep: (us: number) => Promise<void>;
  readonly ask: () => Promise<void>;
  readonly answer: () => Promise<number | null>;
  readonly stop: Int32Array;
  readonly folder: string;
}

/** Starts the Worker, lets it connect, calls `body` while it does, and returns the order of events. */
async function eventsOf(
  options: {
    readonly how: HeldLoopStart["how"];
    readonly connectTo: Address;
    readonly condition?: ConnectCondition;
  },
  folder: string,
  body: (held: Held) => Promise<void>,
): Promise<readonly string[]> {
  const world = openRealtimeWorld({ seed: 1 });
  const worker = new Worker(new URL("./held_loop_worker.ts", import.meta.url), { type: "module" });
  const reports: HeldLoopReport[] = [];
  const reported = world.mainLoop.condition();
  worker.onmessage = ({ data }) => {
    reports.push(data);
    reported.notify();
  };
  const report = async (index: number) => {
    while (reports.length <= index) await reported.wait();
    return reports[index];
  };
  const questions: Address = { kind: "unix", path: `${folder}/questions.sock` };
  const stop = new SharedArrayBuffer(4);
  worker.postMessage({ ...options, questions, stop } satisfies HeldLoopStart);
  await report(0);
  const result = await world.network.connect(questions, "qmp").wait();
  const channel: Channel | null = result.kind === "connected" ? result.channel : null;
  await report(1);
  await body({
    sleep: (us) => world.clock.sleep(us),
    ask: async () => await channel?.write(new Uint8Array(1)),
    answer: async () => await channel?.read(new Uint8Array(1)) ?? null,
    stop: new Int32Array(stop),
    folder,
  });
  const events = await report(2);
  worker.terminate();
  await world.close();
  return Array.isArray(events) ? events : [];
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "faultline-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("MainLoop.hold() on a foreign listener that is full answers nobody until the connect ended", () =>
  withFolder(async (folder) => {
    using foreign = new FullListener(`${folder}/foreign.sock`);
    const connectTo: Address = { kind: "unix", path: foreign.path };
    const events = await eventsOf({ how: "hold", connectTo }, folder, async (held) => {
      await held.ask();
      await held.sleep(SETTLE_US);
      foreign.makeRoom();
      assertEquals(await held.answer(), 1);
    });
    assertEquals(events, ["connected", "answered"]);
  }));

Deno.test("ConnectOperation.wait() on a foreign listener that is full lets the loop answer", () =>
  withFolder(async (folder) => {
    using foreign = new FullListener(`${folder}/foreign.sock`);
    const connectTo: Address = { kind: "unix", path: foreign.path };
    const events = await eventsOf({ how: "wait", connectTo }, folder, async (held) => {
      await held.ask();
      assertEquals(await held.answer(), 1);
      foreign.makeRoom();
    });
    assertEquals(events, ["answered", "connected"]);
  }));

Deno.test("MainLoop.hold() on a connect that is delayed answers nobody until the connect ended", () =>
  withFolder(async (folder) => {
    using listener = Deno.listen({ transport: "unix", path: `${folder}/listener.sock` });
    const connectTo: Address = { kind: "unix", path: listener.addr.path };
    const condition = { kind: "delay", delayUs: SETTLE_US } as const;
    const events = await eventsOf({ how: "hold", connectTo, condition }, folder, async (held) => {
      await held.ask();
      assertEquals(await held.answer(), 1);
    });
    assertEquals(events, ["connected", "answered"]);
  }));

Deno.test("MainLoop.hold() is let go by the World's stop word", () =>
  withFolder(async (folder) => {
    const connectTo: Address = { kind: "unix", path: `${folder}/nobody.sock` };
    const condition = { kind: "hang" } as const;
    const events = await eventsOf({ how: "hold", connectTo, condition }, folder, async (held) => {
      await held.ask();
      await held.sleep(SETTLE_US);
      Atomics.store(held.stop, 0, 1);
      assertEquals(await held.answer(), 1);
    });
    assertEquals(events, ["aborted", "answered"]);
  }));
