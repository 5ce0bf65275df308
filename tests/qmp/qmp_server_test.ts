import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../lib/qapi/commands.ts";
import { genericError } from "../../lib/qapi/qmp_error.ts";
import { REQUESTS_MAX } from "../../lib/qmp/monitor.ts";
import { settle } from "./memory_world.ts";
import { gate, NEGOTIATE, ServerBed, VERSION } from "./server_bed.ts";

// -- Negotiation --

Deno.test("QmpServer greets with its version and offers no capability", async () => {
  await using bed = new ServerBed();
  const client = await bed.client();
  assertEquals(await client.next(), { QMP: { version: VERSION, capabilities: [] } });
});

Deno.test("QmpServer takes only qmp_capabilities before the negotiation has ended, and only once", async () => {
  await using bed = new ServerBed();
  const client = await bed.client();
  await client.next();
  for (const command of ["query-status", "foo"]) {
    assertEquals(await client.ask(`{"execute":"${command}","id":1}`), {
      id: 1,
      error: {
        class: "CommandNotFound",
        desc: "Expecting capabilities negotiation with 'qmp_capabilities'",
      },
    });
  }
  assertEquals(await client.ask('{"execute":"qmp_capabilities","arguments":{"enable":["oob"]}}'), {
    error: { class: "GenericError", desc: "Capability oob not available" },
  });
  assertEquals(await client.ask(NEGOTIATE), { return: {} });
  assertEquals(await client.ask(NEGOTIATE), {
    error: {
      class: "CommandNotFound",
      desc: "Capabilities negotiation is already complete, command ignored",
    },
  });
  assertEquals(bed.executed, []);
});

Deno.test("QmpServer negotiates with each client by itself", async () => {
  await using bed = new ServerBed();
  await bed.ready();
  const second = await bed.client();
  await second.next();
  const reply = await second.ask('{"execute":"query-status"}');
  assertStringIncludes(JSON.stringify(reply), "Expecting capabilities negotiation");
});

// -- Commands --

Deno.test("QmpServer gives checked commands to the engine and answers with its result and the id", async () => {
  await using bed = new ServerBed();
  bed.serve = (command, args) => ({ command, args });
  const client = await bed.ready();
  assertEquals(
    await client.ask('{"execute":"migrate","arguments":{"uri":"unix:/in"},"id":{"a":[1,null]}}'),
    { return: { command: "migrate", args: { uri: "unix:/in" } }, id: { a: [1, null] } },
  );
});

Deno.test("QmpServer answers {} where the engine has nothing to say", async () => {
  await using bed = new ServerBed();
  const client = await bed.ready();
  assertEquals(await client.ask('{"execute":"stop"}'), { return: {} });
});

Deno.test("QmpServer passes the engine's refusal on", async () => {
  await using bed = new ServerBed();
  bed.serve = () => Promise.reject(genericError("Not now"));
  const client = await bed.ready();
  assertEquals(await client.ask('{"execute":"stop","id":1}'), {
    id: 1,
    error: { class: "GenericError", desc: "Not now" },
  });
});

Deno.test("QmpServer refuses a bad request without asking the engine, and goes on", async () => {
  await using bed = new ServerBed();
  const client = await bed.ready();
  const bad = ["garbage", "[]", "{}", '{"execute":"foo"}', '{"execute":"migrate"}', "\u0000"];
  for (const line of bad) assert("error" in (await client.ask(line) ?? {}), line);
  assertEquals(bed.executed, []);
  assertEquals(await client.ask('{"execute":"stop"}'), { return: {} });
});

Deno.test("QmpServer skips blank lines", async () => {
  await using bed = new ServerBed();
  const client = await bed.ready();
  client.send("");
  client.send("   ");
  assertEquals(await client.ask('{"execute":"stop"}'), { return: {} });
});

Deno.test("QmpServer serves query-version and query-commands itself", async () => {
  await using bed = new ServerBed();
  const client = await bed.ready();
  assertEquals(await client.ask('{"execute":"query-version"}'), { return: VERSION });
  assertEquals(await client.ask('{"execute":"query-commands"}'), {
    return: Object.keys(COMMANDS).map((name) => ({ name })),
  });
  assertEquals(bed.executed, []);
});

Deno.test("QmpServer spends every command, and lets the loop turn between batches", async () => {
  await using bed = new ServerBed();
  const client = await bed.ready();
  await client.ask('{"execute":"stop"}');
  assertEquals(bed.world.mainLoop.spent.get("qmp-command"), 2);
  assert((bed.world.mainLoop.spent.get("turn") ?? 0) >= 2);
});

Deno.test("QmpServer runs one command at a time, in the order in which they came from all clients", async () => {
  await using bed = new ServerBed();
  const first = await bed.ready();
  const second = await bed.ready();
  const stopping = gate();
  bed.serve = (command) => command === "stop" ? stopping.opened : undefined;
  first.send('{"execute":"stop"}');
  await settle();
  second.send('{"execute":"cont"}');
  await settle();
  first.send('{"execute":"query-status"}');
  await settle();
  assertEquals(bed.executed, ["stop"]);
  stopping.open();
  await settle();
  assertEquals(bed.executed, ["stop", "cont", "query-status"]);
});

Deno.test("QmpServer does not let a client that sends much keep another one waiting", async () => {
  await using bed = new ServerBed();
  const busy = await bed.ready();
  const other = await bed.ready();
  const stopping = gate();
  bed.serve = (command) => command === "stop" ? stopping.opened : undefined;
  for (let i = 0; i < 100; i++) busy.send('{"execute":"stop"}');
  await settle();
  other.send('{"execute":"cont"}');
  await settle();
  stopping.open();
  await other.next();
  assert(bed.executed.indexOf("cont") <= REQUESTS_MAX, `${bed.executed.indexOf("cont")}`);
});

Deno.test("QmpServer answers every one of many commands sent at once, in order", async () => {
  await using bed = new ServerBed();
  const client = await bed.ready();
  for (let id = 0; id < 100; id++) client.send(`{"execute":"query-status","id":${id}}`);
  for (let id = 0; id < 100; id++) assertEquals((await client.next())?.id, id);
});

Deno.test("QmpServer answers what a client asked before it closed", async () => {
  await using bed = new ServerBed();
  const client = await bed.client();
  client.send(NEGOTIATE);
  client.send('{"execute":"stop"}');
  client.finish();
  await settle();
  assertEquals(bed.executed, ["stop"]);
  assertEquals(bed.server.monitorCount, 0);
  assertEquals(bed.disconnects, ["The client closed the connection"]);
});
