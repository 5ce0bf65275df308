/**
 * Outgoing connects of the real-time World: how they end, what conditions do to them, and what aborting leaves.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { ConnectCondition } from "../../lib/netem/conditions.ts";
import type { Address } from "../../lib/world/address.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import type { Channel, ConnectResult, Listener } from "../../lib/world/world.ts";
import { acceptFrom, assertReadsReset, failureOf } from "./contract_clause.ts";
import { FullListener } from "./full_listener.ts";

/** A hundred years. */
const NEVER_US = 3e15;

interface Place {
  readonly world: RealtimeWorld;
  /** A path that nobody uses. */
  readonly path: string;
}

async function withWorld(body: (place: Place) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "faultline-" });
  const world = openRealtimeWorld({ seed: 1 });
  try {
    await body({ world, path: `${folder}/channel.sock` });
  } finally {
    await world.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function addressOf(kind: Address["kind"], path: string): Address {
  return kind === "unix" ? { kind, path } : { kind, host: "127.0.0.1", port: 0 };
}

function channelOf(result: ConnectResult): Channel {
  assert(result.kind === "connected", `expected a channel, received ${JSON.stringify(result)}`);
  return result.channel;
}

/** The cause of a connect that must fail. */
async function causeOf(
  world: RealtimeWorld,
  address: Address,
  condition?: ConnectCondition,
): Promise<string> {
  const result = await world.network.connect(address, "main", condition).wait();
  assert(result.kind === "failed");
  return result.cause;
}

// -- How a connect fails --

Deno.test('Network.connect() to a Unix path that does not exist fails with "No such file or directory"', () =>
  withWorld(async ({ world, path }) => {
    assertEquals(await causeOf(world, { kind: "unix", path }), "No such file or directory");
  }));

Deno.test('Network.connect() to a TCP port where nobody listens fails with "Connection refused"', () =>
  withWorld(async ({ world }) => {
    const listener = world.network.listen(addressOf("tcp", ""), "main");
    listener.close();
    assertEquals(await causeOf(world, listener.address), "Connection refused");
  }));

Deno.test("Network.connect() to a Unix path that is too long for a socket fails", () =>
  withWorld(async ({ world, path }) => {
    const address: Address = { kind: "unix", path: path + "x".repeat(108) };
    assertEquals(await causeOf(world, address), "File name too long");
  }));

Deno.test("Network.connect() to a host with a name fails with a cause that says what is expected", () =>
  withWorld(async ({ world }) => {
    const address: Address = { kind: "tcp", host: "qemu.example", port: 4444 };
    assertEquals(await causeOf(world, address), '"qemu.example" is not a numeric address');
  }));

for (const host of ["127.0.0.1", "localhost", "::1"]) {
  Deno.test(`Network.connect() reaches a listener at ${host}`, () =>
    withWorld(async ({ world }) => {
      const listener = world.network.listen({ kind: "tcp", host, port: 0 }, "main");
      assert(listener.address.kind === "tcp");
      const { port } = listener.address;
      const near = channelOf(
        await world.network.connect({ kind: "tcp", host, port }, "main").wait(),
      );
      const far = await acceptFrom(listener);
      await near.write(new Uint8Array(3));
      assertEquals(await far.read(new Uint8Array(8)), 3);
    }));
}

// -- Conditions --

for (const kind of ["tcp", "unix"] as const) {
  Deno.test(`${kind}: a connect with condition refuse fails, and the listener sees nothing of it`, () =>
    withWorld(async ({ world, path }) => {
      const listener = world.network.listen(addressOf(kind, path), "main");
      assertEquals(
        await causeOf(world, listener.address, { kind: "refuse" }),
        "Connection refused",
      );
      const accepting = listener.accept();
      listener.close();
      assertEquals(await accepting, null);
    }));

  Deno.test(`${kind}: a connect with condition delay takes no less than that`, () =>
    withWorld(async ({ world, path }) => {
      const listener = world.network.listen(addressOf(kind, path), "main");
      const startUs = world.clock.now();
      const condition = { kind: "delay", delayUs: 30_000 } as const;
      channelOf(await world.network.connect(listener.address, "main", condition).wait());
      assert(world.clock.now() - startUs >= 30_000);
    }));

  Deno.test(`${kind}: a connect with condition reset ends in a channel that is reset, on both sides`, () =>
    withWorld(async ({ world, path }) => {
      const listener = world.network.listen(addressOf(kind, path), "main");
      const operation = world.network.connect(listener.address, "preempt", { kind: "reset" });
      const near = channelOf(await operation.wait());
      assertEquals(near.role, "preempt");
      assertEquals(await failureOf(() => near.read(new Uint8Array(1))), "reset");
      assertEquals(await failureOf(() => near.write(new Uint8Array(1))), "reset");
      near.close();
      assertEquals(await failureOf(() => near.read(new Uint8Array(1))), "closed");
      await assertReadsReset(await acceptFrom(listener));
    }));
}

Deno.test("a connect with condition delay holds up no other connect of the World", () =>
  withWorld(async ({ world, path }) => {
    const listener = world.network.listen({ kind: "unix", path }, "main");
    const condition = { kind: "delay", delayUs: NEVER_US } as const;
    const delayed = world.network.connect(listener.address, "preempt", condition);
    channelOf(await world.network.connect(listener.address, "main").wait());
    delayed.abort();
  }));

// -- Aborting --

for (
  const condition of [{ kind: "hang" }, { kind: "delay", delayUs: NEVER_US }] as const
) {
  Deno.test(`ConnectOperation.abort() ends a connect with condition ${condition.kind}`, () =>
    withWorld(async ({ world, path }) => {
      const operation = world.network.connect({ kind: "unix", path }, "preempt", condition);
      const aborter = world.mainLoop.spawn("aborter", async () => {
        await world.clock.sleep(5_000);
        operation.abort();
      });
      assertEquals(await operation.wait(), { kind: "failed", cause: "aborted" });
      await aborter.join();
    }));
}

Deno.test("ConnectOperation.abort() ends a connect to a foreign listener that is full", () =>
  withWorld(async ({ world, path }) => {
    using foreign = new FullListener(path);
    const operation = world.network.connect({ kind: "unix", path: foreign.path }, "preempt");
    const aborter = world.mainLoop.spawn("aborter", async () => {
      await world.clock.sleep(80_000);
      operation.abort();
    });
    assertEquals(await operation.wait(), { kind: "failed", cause: "aborted" });
    await aborter.join();
  }));

Deno.test("a connect to a foreign listener that is full ends well once there is room", () =>
  withWorld(async ({ world, path }) => {
    using foreign = new FullListener(path);
    const operation = world.network.connect({ kind: "unix", path: foreign.path }, "preempt");
    const maker = world.mainLoop.spawn("maker", async () => {
      await world.clock.sleep(120_000);
      foreign.makeRoom();
    });
    channelOf(await operation.wait());
    await maker.join();
  }));

Deno.test("RealtimeWorld.close() ends connects that hang, and accepts", () =>
  withWorld(async ({ world, path }) => {
    const listener: Listener = world.network.listen({ kind: "unix", path }, "main");
    const ends: unknown[] = [];
    const threads = [
      world.mainLoop.spawn("connector", async () => {
        const operation = world.network.connect(listener.address, "main", { kind: "hang" });
        ends.push(await operation.wait());
      }),
      world.mainLoop.spawn("acceptor", async () => {
        ends.push(await listener.accept());
      }),
    ];
    await world.clock.sleep(5_000);
    await world.close();
    for (const thread of threads) await thread.join();
    assert(ends.includes(null));
    assertEquals(ends.filter((end) => end !== null), [{ kind: "failed", cause: "aborted" }]);
  }));
