/**
 * One conversation in both worlds: the same server and client code, over the virtual network and over Unix sockets.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { genericError, QmpError } from "../../lib/qapi/qmp_error.ts";
import { connectQmp, QmpClosedError } from "../../lib/qmp/qmp_client.ts";
import { QmpServer } from "../../lib/qmp/qmp_server.ts";
import type { Address } from "../../lib/world/address.ts";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { isClean } from "../../lib/world/virtual/outcome.ts";
import { Simulation } from "../../lib/world/virtual/simulation.ts";
import type { World } from "../../lib/world/world.ts";

const VERSION = { qemu: { major: 10, minor: 0, micro: 0 }, package: "Faultline 0.1.0" };

/** A server whose `stop` takes 20 ms and whose `cont` is refused. */
function serve(world: World, address: Address): QmpServer {
  const server: QmpServer = new QmpServer({
    world,
    listener: world.network.listen(address, "qmp"),
    dispatcher: {
      execute: async (command) => {
        if (command === "cont") throw genericError("Not now");
        if (command === "stop") await world.clock.sleep(20_000);
        if (command === "stop") server.emit("STOP");
        return command === "query-migrate" ? { status: "x".repeat(200_000) } : undefined;
      },
    },
    version: VERSION,
  });
  return server;
}

/** What the client of an engine sees, without times. */
async function converse(engine: World, harness: World, address: Address): Promise<string[]> {
  const seen: string[] = [];
  const server = serve(engine, address);
  const client = await connectQmp(harness, address);
  const second = await connectQmp(harness, address);
  client.subscribe((event) => seen.push(event.event));

  seen.push(JSON.stringify(client.version));
  const threads = (["stop", "query-status", "cont"] as const).map((command) =>
    harness.mainLoop.spawn(`test-${command}`, async () => {
      try {
        seen.push(`${command}: ${JSON.stringify(await client.execute(command))}`);
      } catch (error) {
        if (!(error instanceof QmpError)) throw error;
        seen.push(`${command}: ${error.errorClass} ${error.desc}`);
      }
    })
  );
  for (const thread of threads) await thread.join();
  const { status } = await second.execute("query-migrate");
  seen.push(`${status?.length} characters`);
  const event = await second.waitForEvent(({ event }) => event === "STOP", { timeoutUs: 1e6 });
  seen.push(`second saw ${event?.event}`);
  seen.push(`then ${await second.waitForEvent(() => false, { timeoutUs: 10_000 })}`);

  await second.close();
  await server.close();
  seen.push(await client.waitUntilClosed());
  await client.close();
  try {
    await connectQmp(harness, address);
  } catch (error) {
    if (!(error instanceof QmpClosedError)) throw error;
    seen.push("nobody listens");
  }
  return seen;
}

const EXPECTED = [
  JSON.stringify(VERSION),
  "STOP",
  "stop: {}",
  "query-status: {}",
  "cont: GenericError Not now",
  "200000 characters",
  "second saw STOP",
  "then null",
  "The server closed the connection",
  "nobody listens",
];

Deno.test("QmpServer and QmpClient converse in the virtual world, and leave nothing behind", async () => {
  const simulation = new Simulation({ seed: 1 });
  const engine = simulation.world("engine");
  const harness = simulation.world("harness", { charged: false });
  let seen: string[] = [];
  const outcome = await simulation.run(async () => {
    seen = await converse(engine, harness, { kind: "unix", path: "/run/qmp" });
  });
  assertEquals(seen, EXPECTED);
  assert(isClean(outcome), JSON.stringify(outcome, null, 2));
});

Deno.test("QmpServer and QmpClient converse over Unix sockets, and leave nothing behind", async () => {
  const folder = await Deno.makeTempDir({ prefix: "faultline-" });
  const bugs: unknown[] = [];
  const world = openRealtimeWorld({ seed: 1, onBug: (bug) => bugs.push(bug) });
  try {
    const seen = await converse(world, world, { kind: "unix", path: `${folder}/qmp.sock` });
    assertEquals(seen, EXPECTED);
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    await world.close();
    await Deno.remove(folder, { recursive: true });
  }
  assertEquals(bugs, []);
});
