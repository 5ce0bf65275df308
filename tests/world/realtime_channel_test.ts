/**
 * SocketChannel and the sockets under it: what the World contract leaves open, and what only sockets can get wrong.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { InvariantError } from "../../lib/invariant.ts";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import type { SocketCarrier } from "../../lib/world/realtime/socket_carrier.ts";
import { SocketChannel } from "../../lib/world/realtime/socket_channel.ts";
import type { Channel } from "../../lib/world/world.ts";
import { acceptFrom, failureOf, patternBytes, readExactly, readToEnd } from "./contract_clause.ts";

/** A channel over a carrier of which all operations fail with `error`. */
function failingChannel(error: unknown): SocketChannel {
  const carrier: SocketCarrier = {
    read: () => Promise.reject(error),
    write: () => Promise.reject(error),
    close() {},
    reset() {},
  };
  return new SocketChannel("main", carrier, () => {});
}

for (
  const error of [
    new Deno.errors.ConnectionReset("x"),
    new Deno.errors.BrokenPipe("x"),
    new Deno.errors.TimedOut("x"),
    Object.assign(new Error("write EPIPE"), { code: "EPIPE" }),
    Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }),
  ]
) {
  Deno.test(`SocketChannel makes "reset" of ${error.name} ${"code" in error ? error.code : ""}`, async () => {
    const channel = failingChannel(error);
    assertEquals(await failureOf(() => channel.read(new Uint8Array(1))), "reset");
    assertEquals(await failureOf(() => channel.write(new Uint8Array(1))), "reset");
  });
}

Deno.test("SocketChannel lets an error through that is no socket's: a bug stays a bug", async () => {
  const channel = failingChannel(new TypeError("not a function"));
  await assertRejects(() => channel.read(new Uint8Array(1)), TypeError, "not a function");
  await assertRejects(() => channel.write(new Uint8Array(1)), TypeError, "not a function");
});

Deno.test("SocketChannel.read() refuses a second reader", async () => {
  const reading = Promise.withResolvers<number>();
  const carrier = { read: () => reading.promise, write: () => Promise.resolve() };
  const channel = new SocketChannel("main", { ...carrier, close() {}, reset() {} }, () => {});
  const first = channel.read(new Uint8Array(1));
  await assertRejects(() => channel.read(new Uint8Array(1)), InvariantError, "one reader");
  reading.resolve(1);
  assertEquals(await first, 1);
});

async function withTcpPair(body: (near: Channel, far: Channel) => Promise<void>): Promise<void> {
  const world = openRealtimeWorld({ seed: 1 });
  const { network } = world;
  const listener = network.listen({ kind: "tcp", host: "127.0.0.1", port: 0 }, "main");
  const result = await network.connect(listener.address, "main").wait();
  assert(result.kind === "connected");
  await body(result.channel, await acceptFrom(listener));
  await world.close();
}

for (const side of ["connected", "accepted"] as const) {
  Deno.test(`a ${side} channel still reads what its peer sent before it went away, after a write has failed`, () =>
    withTcpPair(async (near, far) => {
      const [own, peer] = side === "connected" ? [near, far] : [far, near];
      await peer.write(patternBytes(100_000));
      peer.close();
      while (await failureOf(() => own.write(new Uint8Array(1000))) === "none");
      assertEquals(await readExactly(own, 100_000), patternBytes(100_000));
      assertEquals(await own.read(new Uint8Array(1)), null);
    }));

  Deno.test(`a ${side} channel that is closed with bytes unread lets its own reach the peer`, () =>
    withTcpPair(async (near, far) => {
      const [own, peer] = side === "connected" ? [near, far] : [far, near];
      await peer.write(patternBytes(200_000));
      await own.write(patternBytes(100_000));
      assertEquals(await readExactly(own, 10), patternBytes(10));
      own.close();
      assertEquals(await readToEnd(peer), 100_000);
    }));

  Deno.test(`a ${side} TCP channel that is reset fails its peer's read with "reset"`, () =>
    withTcpPair(async (near, far) => {
      const [own, peer] = side === "connected" ? [near, far] : [far, near];
      own.reset();
      assertEquals(await failureOf(() => peer.read(new Uint8Array(1))), "reset");
    }));
}
