import { assert, assertEquals } from "@std/assert";
import type { Address } from "../../lib/world/address.ts";
import type { Channel, World } from "../../lib/world/world.ts";
import { isClean } from "../../lib/world/virtual/outcome.ts";
import { Simulation } from "../../lib/world/virtual/simulation.ts";
import { failureOf, patternBytes, readExactly } from "./contract_clause.ts";

const ADDRESS: Address = { kind: "unix", path: "/run/d" };
const FORWARD = "source-to-destination";
const BACKWARD = "destination-to-source";

interface Bed {
  readonly simulation: Simulation;
  readonly world: World;
  readonly near: Channel;
  readonly far: Channel;
  readonly id: number;
}

/** A main channel between two free worlds on a link of 10 us; everything is closed and clean afterwards. */
async function run(body: (bed: Bed) => Promise<void>, bufferBytes = 1000): Promise<void> {
  const simulation = new Simulation({ seed: 1, link: { latencyUs: 10, bufferBytes } });
  const world = simulation.world("source", { charged: false });
  const { network: farNetwork } = simulation.world("destination", { charged: false });
  const main = async () => {
    const listener = farNetwork.listen(ADDRESS, "main");
    const result = await world.network.connect(ADDRESS, "main").wait();
    const far = await listener.accept();
    listener.close();
    assert(result.kind === "connected" && far !== null);
    const [connection] = simulation.faults.connections();
    await body({ simulation, world, near: result.channel, far, id: connection!.id });
    result.channel.close();
    far.close();
    assertEquals(simulation.faults.connections(), []);
    assertEquals(simulation.faults.reset(connection!.id), false, "gone");
  };
  const outcome = await simulation.run(() => world.mainLoop.spawn("body", main).join());
  assertEquals(isClean(outcome), true, JSON.stringify(outcome));
}

Deno.test("Faults.connections() says who is connected to whom", () =>
  run(({ simulation }) => {
    assertEquals(simulation.faults.connections(), [
      { id: 1, role: "main", phase: 0, address: "unix:/run/d", near: "source", far: "destination" },
    ]);
    return Promise.resolve();
  }));

Deno.test("Faults.reset() breaks both ends at once and loses what is under way", () =>
  run(async ({ simulation, near, far, id }) => {
    await near.write(patternBytes(10));
    assertEquals(simulation.faults.reset(id), true);
    for (const end of [near, far]) {
      assertEquals(await failureOf(() => end.read(new Uint8Array(1))), "reset");
      assertEquals(await failureOf(() => end.write(new Uint8Array(1))), "reset");
    }
  }));

Deno.test("Faults.close() ends both streams after what is under way, and loses later writes", () =>
  run(async ({ simulation, world, near, far, id }) => {
    await near.write(patternBytes(10));
    simulation.faults.close(id);
    await near.write(patternBytes(10));
    assertEquals(await readExactly(far, 10), patternBytes(10));
    assertEquals(await far.read(new Uint8Array(1)), null);
    assertEquals(await near.read(new Uint8Array(1)), null);
    assertEquals(await failureOf(() => near.write(new Uint8Array(1))), "reset");
    assertEquals(world.clock.now(), 30);
  }));

Deno.test("Faults.close() of one direction ends that stream alone", () =>
  run(async ({ simulation, near, far, id }) => {
    assertEquals(simulation.faults.close(id, FORWARD), true);
    await near.write(patternBytes(3));
    assertEquals(await far.read(new Uint8Array(1)), null);
    assertEquals(simulation.faults.close(id, BACKWARD), true);
    assertEquals(await near.read(new Uint8Array(1)), null);
  }));

Deno.test("Faults.halfOpen() breaks one end, and the other hears nothing while its buffer fills", () =>
  run(async ({ simulation, world, near, far, id }) => {
    const reader = world.mainLoop.spawn("reader", async () => {
      assertEquals(await failureOf(() => near.read(new Uint8Array(1))), "closed");
    });
    await world.clock.sleep(0);
    simulation.faults.halfOpen(id, "far");
    assertEquals(await failureOf(() => far.read(new Uint8Array(1))), "reset");
    far.close();
    const writer = world.mainLoop.spawn("writer", async () => {
      await near.write(new Uint8Array(1000));
      assertEquals(world.clock.now(), 20);
      assertEquals(await failureOf(() => near.write(new Uint8Array(1))), "closed");
    });
    await world.clock.sleep(3_000_000);
    near.close();
    await reader.join();
    await writer.join();
  }));

Deno.test("Faults.stall() keeps one direction back, and then all arrives as one", () =>
  run(async ({ simulation, world, near, far, id }) => {
    await near.write(patternBytes(5));
    simulation.faults.stall(id, FORWARD, 500);
    await world.clock.sleep(100);
    await near.write(patternBytes(5, 5));
    await far.write(patternBytes(5));
    await readExactly(near, 5);
    assertEquals(world.clock.now(), 130);
    assertEquals(await far.read(new Uint8Array(64)), 10);
    assertEquals(world.clock.now(), 520);
  }));

Deno.test("Faults.stall() may be called again to end a stall early", () =>
  run(async ({ simulation, world, near, far, id }) => {
    await near.write(patternBytes(5));
    simulation.faults.stall(id, FORWARD, Infinity);
    await world.clock.sleep(100);
    simulation.faults.stall(id, FORWARD, 0);
    await readExactly(far, 5);
    assertEquals(world.clock.now(), 120);
  }));

Deno.test("Faults.cut() lets exactly so many bytes through and then resets", async () => {
  for (const afterBytes of [0, 1, 699, 700, 701]) {
    await run(async ({ simulation, world, near, far, id }) => {
      await near.write(patternBytes(300));
      await readExactly(far, 300);
      simulation.faults.cut(id, FORWARD, afterBytes);
      const writer = world.mainLoop.spawn("writer", async () => {
        assertEquals(await failureOf(() => near.write(patternBytes(5000, 300))), "reset");
      });
      assertEquals(await readExactly(far, afterBytes), patternBytes(afterBytes, 300));
      assertEquals(await failureOf(() => far.read(new Uint8Array(1))), "reset");
      await writer.join();
    });
  }
});

Deno.test("Faults.cut() hides the end of the stream too", () =>
  run(async ({ simulation, near, far, id }) => {
    simulation.faults.cut(id, FORWARD, 5);
    await near.write(patternBytes(10));
    near.close();
    assertEquals(await readExactly(far, 5), patternBytes(5));
    assertEquals(await failureOf(() => far.read(new Uint8Array(1))), "reset");
  }));

Deno.test("Faults.tear() gives so many reads no more than so many bytes", () =>
  run(async ({ simulation, near, far, id }) => {
    simulation.faults.tear(id, FORWARD, { readBytes: 3, reads: 3 });
    await near.write(patternBytes(8));
    const into = new Uint8Array(64);
    const counts = [await far.read(into), await far.read(into), await far.read(into)];
    assertEquals(counts, [3, 3, 2]);
  }));

Deno.test("Faults.corrupt() changes one byte and no other", () =>
  run(async ({ simulation, near, far, id }) => {
    await near.write(patternBytes(100));
    simulation.faults.corrupt(id, FORWARD, 50, 0x10);
    simulation.faults.corrupt(id, BACKWARD, 0, 0xff);
    await near.write(patternBytes(50, 100));
    await near.write(patternBytes(50, 150));
    const expected = patternBytes(200);
    expected[150] = expected[150]! ^ 0x10;
    assertEquals(await readExactly(far, 200), expected);
  }));

Deno.test("Faults.stallLoop() takes time from one loop, free or not, and from no other", () =>
  run(async ({ simulation, world: { clock, mainLoop } }) => {
    const log: string[] = [];
    const destination = simulation.world("destination");
    const sleepers = [{ name: "mine", mainLoop }, { name: "theirs", ...destination }].map((world) =>
      world.mainLoop.spawn("sleeper", async () => {
        await clock.sleep(100);
        log.push(`${world.name} ${clock.now()}`);
      })
    );
    assertEquals(simulation.faults.stallLoop("source", 50_000), true);
    assertEquals(simulation.faults.stallLoop("nobody", 50_000), false);
    for (const sleeper of sleepers) await sleeper.join();
    assertEquals(log, ["theirs 120", "mine 50020"]);
  }));

Deno.test("Faults.stallLoop() leaves nothing on a loop whose threads ended behind an earlier stall", () =>
  run(async ({ simulation }) => {
    const { mainLoop } = simulation.world("destination");
    simulation.faults.stallLoop("destination", 50_000);
    const vcpu = mainLoop.spawn("vcpu", () => Promise.resolve());
    simulation.faults.stallLoop("destination", 50_000);
    await vcpu.join();
  }));

Deno.test("a stranger who is turned away leaves at once, however long he wanted to stay", () =>
  run(async ({ simulation, world }) => {
    const listener = world.network.listen({ kind: "unix", path: "/other" }, "main");
    const { address } = listener;
    const bytes = patternBytes(4);
    const stray = simulation.faults.connectStray({ address, bytes, closeAfterUs: 1_000_000 });
    (await listener.accept())!.close();
    await stray.join();
    assert(world.clock.now() < 10_000);
    listener.close();
  }));

Deno.test("Faults.connectStray() connects, says its bytes and goes", () =>
  run(async ({ simulation, world }) => {
    const listener = world.network.listen({ kind: "unix", path: "/other" }, "main");
    const stray = simulation.faults.connectStray({
      address: listener.address,
      bytes: patternBytes(4),
      closeAfterUs: 700,
    });
    const channel = (await listener.accept())!;
    assertEquals(await readExactly(channel, 4), patternBytes(4));
    assertEquals(await channel.read(new Uint8Array(1)), null);
    channel.close();
    await stray.join();
    listener.close();
    const address: Address = { kind: "unix", path: "/nobody" };
    const refused = simulation.faults.connectStray({
      address,
      bytes: patternBytes(1),
      closeAfterUs: 0,
    });
    await refused.join();
  }));
