import { assert, assertEquals, assertRejects } from "@std/assert";
import { isEvent } from "../../lib/qapi/events.ts";
import { genericError, QmpError } from "../../lib/qapi/qmp_error.ts";
import { LineChannel } from "../../lib/qmp/line_channel.ts";
import {
  connectQmp,
  QmpClient,
  type QmpClientOptions,
  QmpClosedError,
} from "../../lib/qmp/qmp_client.ts";
import { QmpServer } from "../../lib/qmp/qmp_server.ts";
import { channelPair, MemoryWorld, settle } from "./memory_world.ts";

const ADDRESS = { kind: "unix", path: "/test" } as const;
const VERSION = { qemu: { major: 10, minor: 0, micro: 0 }, package: "Faultline 0.1.0" };
const GREETING = JSON.stringify({ QMP: { version: VERSION, capabilities: [] } });

/** A client against our own server. */
async function connect(serve: (command: string, args: object) => unknown = () => undefined) {
  const world = new MemoryWorld();
  const server = new QmpServer({
    world,
    listener: world.network.listen(ADDRESS),
    dispatcher: { execute: (command, args) => Promise.resolve().then(() => serve(command, args)) },
    version: VERSION,
  });
  const log: string[] = [];
  const client = await connectQmp(world, ADDRESS, {
    log: (direction, line) => log.push(`${direction} ${line}`),
  });
  return {
    world,
    server,
    client,
    log,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server.close();
      assertEquals(world.mainLoop.crashes, []);
      assertEquals(world.mainLoop.running, []);
    },
  };
}

/** A client against a peer that the test plays itself. */
function play(options: QmpClientOptions = {}) {
  const world = new MemoryWorld();
  const [near, far] = channelPair();
  const peer = new LineChannel(world.mainLoop, far, { name: "peer", lineBytesMax: 2 ** 20 });
  return { world, near, far, peer, opening: QmpClient.open(world, near, options) };
}

/** A client behind the negotiation, against a peer that the test plays itself. */
async function playReady(options: QmpClientOptions = {}) {
  const { peer, opening, ...rest } = play(options);
  opening.catch(() => {});
  peer.send(GREETING);
  await peer.readLine();
  peer.send('{"return":{},"id":1}');
  return { peer, client: await opening, ...rest };
}

// -- Connecting --

Deno.test("connectQmp() ends the negotiation and knows the server's version", async () => {
  await using run = await connect();
  assertEquals(run.client.version, VERSION);
  assertEquals(run.client.closed, null);
});

Deno.test("connectQmp() rejects where nobody listens", async () => {
  const world = new MemoryWorld();
  await assertRejects(
    () => connectQmp(world, ADDRESS),
    QmpClosedError,
    "Cannot connect to unix:/test: Connection refused",
  );
});

Deno.test("QmpClient.open() rejects a peer that does not speak QMP, and closes the channel", async () => {
  const { world, peer, opening } = play();
  peer.send("SSH-2.0-OpenSSH_9.2");
  await assertRejects(
    () => opening,
    QmpClosedError,
    'The server does not speak QMP: it sent "SSH-2.0-OpenSSH_9.2"',
  );
  assertEquals(await peer.readLine(), null);
  peer.close();
  await peer.join();
  assertEquals(world.mainLoop.running, []);
});

Deno.test("QmpClient.open() rejects when the peer goes away during the negotiation", async () => {
  const { peer, opening } = play();
  peer.send(GREETING);
  await peer.readLine();
  peer.close();
  await assertRejects(() => opening, QmpClosedError, "The server closed the connection");
});

Deno.test("QmpClient.open() rejects when the peer refuses the negotiation", async () => {
  const { peer, opening } = play();
  opening.catch(() => {});
  peer.send(GREETING);
  await peer.readLine();
  peer.send('{"error":{"class":"CommandNotFound","desc":"No"},"id":1}');
  await assertRejects(() => opening, QmpError, "No");
  peer.close();
});

// -- execute() --

Deno.test("QmpClient.execute() resolves with the reply, typed by the table", async () => {
  await using run = await connect((command) =>
    command === "query-status" ? { status: "running", running: true } : undefined
  );
  assertEquals((await run.client.execute("query-status")).status, "running");
  assertEquals(await run.client.execute("migrate", { uri: "unix:/in" }), {});
});

Deno.test("QmpClient.execute() rejects with class and description of the refusal", async () => {
  await using run = await connect(() => {
    throw genericError("Not now");
  });
  const error = await assertRejects(() => run.client.execute("stop"), QmpError);
  assertEquals([error.errorClass, error.desc], ["GenericError", "Not now"]);
  const missing = await assertRejects(() => run.client.execute("query-block"), QmpError);
  assertEquals(missing.errorClass, "CommandNotFound");
});

Deno.test("QmpClient.execute() matches replies by id, in whatever order they come", async () => {
  const { client, peer } = await playReady();
  const replies = ["a", "b", "c"].map((name) => client.execute(name));
  const ids: number[] = [];
  for (let i = 0; i < 3; i++) ids.push(JSON.parse(await peer.readLine() ?? "").id);
  for (const id of ids.toReversed()) peer.send(JSON.stringify({ return: id, id }));
  assertEquals(await Promise.all(replies), ids);
  await client.close();
});

Deno.test("QmpClient.execute() rejects when the connection ends before the reply, and ever after", async () => {
  const { client, peer } = await playReady();
  const replies = ["a", "b"].map((name) =>
    assertRejects(() => client.execute(name), QmpClosedError, "The server closed the connection")
  );
  await settle();
  peer.close();
  await Promise.all(replies);
  assertEquals(await client.waitUntilClosed(), "The server closed the connection");
  await assertRejects(() => client.execute("a"), QmpClosedError);
  await client.close();
});

Deno.test("QmpClient.execute() rejects when the peer resets the connection", async () => {
  const { client, far } = await playReady();
  const reply = assertRejects(() => client.execute("a"), QmpClosedError, "Connection reset");
  await settle();
  far.reset();
  await reply;
});

Deno.test("QmpClient ends when the server answers what was not asked", async () => {
  for (const id of ["17", '"1"', "null"]) {
    const { client, peer } = await playReady();
    peer.send(`{"return":{},"id":${id}}`);
    assertEquals(
      await client.waitUntilClosed(),
      `The server answered what was not asked: id ${id}`,
    );
    await client.close();
  }
});

Deno.test("QmpClient.close() rejects what has no reply yet, and may be called again", async () => {
  const { client, peer, world } = await playReady();
  const reply = assertRejects(
    () => client.execute("a"),
    QmpClosedError,
    "The connection was closed on this side",
  );
  await settle();
  await Promise.all([client.close(), client.close()]);
  await reply;
  peer.close();
  await peer.join();
  assertEquals(world.mainLoop.running, []);
});

// -- Events --

Deno.test("QmpClient.events keeps every event with the time of its arrival", async () => {
  await using run = await connect();
  run.server.emit("STOP");
  await settle();
  await run.world.clock.advance(500);
  run.server.emit("MIGRATION", { status: "active" });
  await settle();
  const [stop, migration] = run.client.events;
  assertEquals([stop?.index, stop?.event, stop?.data], [0, "STOP", {}]);
  assertEquals([migration?.index, migration?.data.status], [1, "active"]);
  assertEquals((migration?.receivedUs ?? 0) - (stop?.receivedUs ?? 0), 500);
});

Deno.test("QmpClient.subscribe() calls until it is ended", async () => {
  await using run = await connect();
  const heard: string[] = [];
  const end = run.client.subscribe((event) => heard.push(event.event));
  run.server.emit("STOP");
  await settle();
  end();
  run.server.emit("RESUME");
  await settle();
  assertEquals(heard, ["STOP"]);
});

Deno.test("QmpClient.waitForEvent() finds an event that has come before, or waits for it", async () => {
  await using run = await connect();
  run.server.emit("STOP");
  await settle();
  assertEquals((await run.client.waitForEvent((event) => isEvent(event, "STOP")))?.index, 0);
  const waiting = run.client.waitForEvent((event) =>
    isEvent(event, "MIGRATION") && event.data.status === "completed"
  );
  run.server.emit("MIGRATION", { status: "active" });
  run.server.emit("MIGRATION", { status: "completed" });
  assertEquals((await waiting)?.index, 2);
});

Deno.test("QmpClient.waitForEvent() looks only at what came after", async () => {
  await using run = await connect();
  run.server.emit("STOP");
  await settle();
  const waiting = run.client.waitForEvent((event) => event.event === "STOP", { after: 1 });
  run.server.emit("STOP");
  assertEquals((await waiting)?.index, 1);
});

Deno.test("QmpClient.waitForEvent() resolves with null when its time is over", async () => {
  await using run = await connect();
  let outcome: unknown = "waiting";
  const waiting = run.client.waitForEvent(() => false, { timeoutUs: 1000 })
    .then((event) => outcome = event);
  await run.world.clock.advance(999);
  run.server.emit("STOP");
  await settle();
  assertEquals(outcome, "waiting");
  await run.world.clock.advance(1);
  assertEquals(await waiting, null);
});

Deno.test("QmpClient.waitForEvent() rejects when the connection ends", async () => {
  const { client, peer } = await playReady();
  const waiting = assertRejects(() => client.waitForEvent(() => true), QmpClosedError);
  await settle();
  peer.close();
  await waiting;
  await client.close();
});

// -- A server that does not answer --

Deno.test("QmpClient gives a server up that owes an answer for too long, and says which", async () => {
  const { client, peer, world } = await playReady({ answerTimeoutUs: 1000 });
  const asked = assertRejects(() => client.execute("query-status"), QmpClosedError);
  await settle();
  await world.clock.advance(999);
  assertEquals([client.closed, client.silence], [null, null]);
  await world.clock.advance(1);
  const { message } = await asked;
  assertEquals(message, "The server did not answer query-status within 1ms");
  assertEquals(client.silence, "did not answer query-status within 1ms");
  await client.close();
  peer.close();
});

Deno.test("QmpClient.open() gives a server up that does not greet", async () => {
  const { opening, peer, world } = play({ answerTimeoutUs: 1000 });
  const refused = assertRejects(() => opening, QmpClosedError, "did not greet within 1ms");
  await settle();
  await world.clock.advance(1000);
  await refused;
  peer.close();
});

Deno.test("QmpClient that is closed by its user was not given up", async () => {
  const { client, peer } = await playReady({ answerTimeoutUs: 1000 });
  await client.close();
  assertEquals(client.silence, null);
  peer.close();
});

// -- Log --

Deno.test("QmpClient logs every line that it sends and receives", async () => {
  await using run = await connect();
  run.server.emit("STOP");
  await settle();
  await run.client.execute("stop");
  assertEquals(run.log.map((line) => line.split(" ")[0]), [
    "received",
    "sent",
    "received",
    "received",
    "sent",
    "received",
  ]);
  assertEquals(run.log[1], 'sent {"execute":"qmp_capabilities","arguments":{},"id":1}');
  assert(run.log[0]?.startsWith('received {"QMP":'));
});
