/**
 * Our client against a real QEMU, and our server's words against QEMU's own.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { changeCapabilities, DEFAULT_CAPABILITIES } from "../../lib/qapi/capabilities.ts";
import type { CommandArguments } from "../../lib/qapi/commands.ts";
import { isEvent } from "../../lib/qapi/events.ts";
import { releaseOf } from "../../lib/qapi/qemu_version.ts";
import { QmpError } from "../../lib/qapi/qmp_error.ts";
import { isJsonObject } from "../../lib/qapi/value_type.ts";
import { QemuProcess } from "../../lib/qemu/qemu_process.ts";
import { LineChannel } from "../../lib/qmp/line_channel.ts";
import { QmpClient, QmpClosedError } from "../../lib/qmp/qmp_client.ts";
import { QmpServer } from "../../lib/qmp/qmp_server.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import type { Channel } from "../../lib/world/world.ts";
import { RELEASE, testWithQemu } from "../qemu/test_with_qemu.ts";

/** Registers a test with a world and a folder of its own, in which no thread may throw. */
function testOnBed(name: string, body: (bed: Bed) => Promise<void>): void {
  testWithQemu(name, async () => {
    const folder = await Deno.makeTempDir({ prefix: "faultline-" });
    const bugs: unknown[] = [];
    const world = openRealtimeWorld({ seed: 1, onBug: (bug) => bugs.push(bug) });
    try {
      await body({ world, folder });
    } finally {
      await world.close();
      await Deno.remove(folder, { recursive: true });
    }
    assertEquals(bugs, []);
  }, { need: "qemu" });
}

/** Where a test runs. */
interface Bed {
  readonly world: RealtimeWorld;
  readonly folder: string;
}

/** Starts a QEMU and connects to its second monitor. */
async function startQemu({ world }: Bed): Promise<[QemuProcess, Channel]> {
  const qemu = await QemuProcess.start({ operator: world, ramBytes: 1 << 20, incoming: false });
  const result = await world.network.connect(qemu.qmpAddress, "qmp").wait();
  assert(result.kind === "connected");
  return [qemu, result.channel];
}

/** Starts our server, and a connection to it. */
async function startOurs({ world, folder }: Bed): Promise<[QmpServer, Channel]> {
  const listener = world.network.listen({ kind: "unix", path: `${folder}/ours.sock` }, "qmp");
  const server: QmpServer = new QmpServer({
    world,
    listener,
    dispatcher: {
      execute: (command, args) => {
        if (command === "migrate-set-capabilities") setCapabilities(args);
        if (command === "stop") server.emit("STOP");
        return Promise.resolve(undefined);
      },
    },
    version: { qemu: { major: 10, minor: 0, micro: 0 }, package: "Faultline" },
  });
  const result = await world.network.connect(listener.address, "qmp").wait();
  assert(result.kind === "connected");
  return [server, result.channel];
}

function setCapabilities(args: object): void {
  const { capabilities } = args as CommandArguments<"migrate-set-capabilities">;
  const idle = { running: false, incomingStarted: false };
  changeCapabilities(DEFAULT_CAPABILITIES, capabilities, idle);
}

// -- Our client --

testOnBed("QmpClient drives a real QEMU: commands, refusals, events, its end", async (bed) => {
  const [qemu, channel] = await startQemu(bed);
  await using _ended = qemu;
  const client = await QmpClient.open(bed.world, channel);
  assert(client.version.qemu.major >= 7);
  assertEquals(await client.execute("query-version"), client.version);
  assertEquals((await client.execute("query-status")).running, true);
  assertEquals(await client.execute("query-migrate"), {});

  await client.execute("stop");
  assert(await client.waitForEvent((event) => isEvent(event, "STOP")) !== null);
  assertEquals((await client.execute("query-status")).status, "paused");
  await client.execute("cont");
  assert(await client.waitForEvent((event) => isEvent(event, "RESUME")) !== null);

  const unknown = await assertRejects(() => client.execute("x-guest-of-honour"), QmpError);
  assertEquals(unknown.errorClass, "CommandNotFound");
  const refused = await assertRejects(() => client.execute("migrate-pause"), QmpError);
  assertEquals(refused.errorClass, "GenericError");

  const names = await Promise.all(Array.from({ length: 50 }, () => client.execute("query-name")));
  assertEquals(names, names.map(() => ({})));

  await client.execute("quit");
  await client.waitUntilClosed();
  await assertRejects(() => client.execute("query-status"), QmpClosedError);
  await client.close();
});

testOnBed("QmpClient sees a QEMU that is killed as closed", async (bed) => {
  const [qemu, channel] = await startQemu(bed);
  const client = await QmpClient.open(bed.world, channel);
  await qemu[Symbol.asyncDispose]();
  await client.waitUntilClosed();
  await assertRejects(() => client.execute("query-status"), QmpClosedError);
  await client.close();
});

// -- Our server's words --

/** Given one after the other, before and behind the negotiation. Every one is refused by both. */
const REFUSED = [
  '{"execute":"query-status","id":1}',
  '{"execute":"foo"}',
  '{"execute":"qmp_capabilities","arguments":{"enable":3}}',
  '{"execute":"qmp_capabilities","arguments":{"enable":[3]}}',
  '{"execute":"qmp_capabilities","arguments":{"x":3}}',
  '{"execute":"qmp_capabilities"}',
  '{"execute":"qmp_capabilities","id":{"a":[1,null]}}',
  '{"execute":"foo","id":null}',
  '{"execute":""}',
  '{"execute":1}',
  "{}",
  '{"id":5}',
  "[]",
  "3",
  '"a"',
  "null",
  '{"arguments":{}}',
  '{"execute":"query-status","extra":1}',
  '{"exec-oob":"query-status"}',
  '{"execute":"query-status","arguments":[]}',
  '{"execute":"query-status","arguments":null}',
  '{"execute":"query-status","arguments":{"x":1}}',
  '{"execute":"migrate"}',
  '{"execute":"migrate","arguments":{"uri":3}}',
  '{"execute":"migrate","arguments":{"uri":null}}',
  '{"execute":"migrate","arguments":{"uri":"x","bogus":1}}',
  '{"execute":"migrate","arguments":{"uri":"x","resume":1}}',
  '{"execute":"migrate-recover"}',
  '{"execute":"migrate-continue"}',
  '{"execute":"migrate-continue","arguments":{"state":3}}',
  '{"execute":"migrate-continue","arguments":{"state":"bogus"}}',
  '{"execute":"migrate-set-capabilities"}',
  '{"execute":"migrate-set-capabilities","arguments":{"capabilities":{}}}',
  '{"execute":"migrate-set-capabilities","arguments":{"capabilities":[3]}}',
  '{"execute":"migrate-set-capabilities","arguments":{"capabilities":[{}]}}',
  '{"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"events"}]}}',
  '{"execute":"migrate-set-capabilities","arguments":{"capabilities":' +
  '[{"capability":"bogus","state":true}]}}',
  '{"execute":"migrate-set-capabilities","arguments":{"capabilities":' +
  '[{"capability":"events","state":1}]}}',
  '{"execute":"migrate-set-capabilities","arguments":{"capabilities":' +
  '[{"capability":"events","state":true,"x":1}]}}',
  '{"execute":"migrate-set-capabilities","arguments":{"capabilities":' +
  '[{"capability":"postcopy-preempt","state":true}]}}',
  '{"execute":"migrate-set-parameters","arguments":{"max-bandwidth":"x"}}',
  '{"execute":"migrate-set-parameters","arguments":{"max-bandwidth":1.5}}',
  '{"execute":"migrate-set-parameters","arguments":{"max-bandwidth":1e30}}',
  '{"execute":"migrate-set-parameters","arguments":{"bogus":1}}',
  '{"execute":"pmemsave"}',
  '{"execute":"pmemsave","arguments":{"val":"a","size":1,"filename":"x"}}',
  '{"execute":"pmemsave","arguments":{"val":1.5,"size":1,"filename":"x"}}',
];

/**
 * What later QEMUs say in place of our words, which are 7.2's: `uri` became one of two ways to name a destination, and a number an
 * unsigned one.
 */
const REWORDED = new Map([
  ["Parameter 'uri' is missing", "need either 'uri' or 'channels' argument"],
  ["Invalid parameter type for 'val', expected: integer", "Parameter 'val' expects uint64"],
]);

/** No JSON: both say so, each in its parser's words; later QEMUs name the place before. */
const NO_JSON = [
  "garbage",
  '{"execute":}',
  '{"execute":"stop",}',
  '{"a" 1}',
  "{1:2}",
  "}",
  "]",
  "tru",
  "@",
];

const JSON_PARSE_ERROR = /^(\d+:\d+: )?JSON parse error, /;

/** Gives lines one by one, and returns the line that answers each, the greeting first. */
async function ask({ world }: Bed, channel: Channel, lines: readonly string[]): Promise<string[]> {
  const raw = new LineChannel(world.mainLoop, channel, { name: "raw", lineBytesMax: 2 ** 20 });
  const answers = [await raw.readLine() ?? ""];
  for (const line of lines) {
    raw.send(line);
    answers.push(await raw.readLine() ?? "");
  }
  raw.close();
  await raw.join();
  return answers;
}

/** A value with the type of every scalar in its place, and lists emptied. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return [];
  if (!isJsonObject(value)) return typeof value;
  const members = Object.entries(value).map(([name, member]) => [name, shape(member)] as const);
  return Object.fromEntries(members.sort(([a], [b]) => a < b ? -1 : 1));
}

testOnBed("QmpServer greets, refuses and tells as QEMU does", async (bed) => {
  const [qemu, theirs] = await startQemu(bed);
  await using _ended = qemu;
  const [server, ours] = await startOurs(bed);
  const isLater = releaseOf(qemu.qmp.version) !== RELEASE;
  const lines = [...REFUSED, ...NO_JSON, '{"execute":"stop"}'];
  const theirAnswers = await ask(bed, theirs, lines);
  const ourAnswers = await ask(bed, ours, lines);
  await server.close();

  const [theirGreeting = "", ...theirReplies] = theirAnswers;
  const [ourGreeting = "", ...ourReplies] = ourAnswers;
  assertEquals(shape(JSON.parse(ourGreeting)), shape(JSON.parse(theirGreeting)));
  REFUSED.forEach((line, index) => {
    const [our, their] = [ourReplies, theirReplies].map((r) => JSON.parse(r[index] ?? "null"));
    const reworded = REWORDED.get(our.error?.desc);
    if (isLater && reworded && reworded === their.error?.desc) our.error.desc = reworded;
    assertEquals({ line, ...our }, { line, ...their });
  });
  NO_JSON.forEach((line, at) => {
    for (const replies of [ourReplies, theirReplies]) {
      const { error } = JSON.parse(replies[REFUSED.length + at] ?? "null");
      assertEquals([line, error?.class], [line, "GenericError"]);
      assertMatch(error.desc, JSON_PARSE_ERROR);
    }
  });
  const [ourStop, theirStop] = [ourReplies, theirReplies].map((r) => JSON.parse(r.at(-1) ?? ""));
  assertEquals(ourStop.event, "STOP");
  assertEquals(shape(ourStop), shape(theirStop));
});
