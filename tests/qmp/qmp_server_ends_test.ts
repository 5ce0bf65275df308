/**
 * What a server says unasked, and how connections and the server itself end.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { REQUESTS_MAX, WAITING_LINES_MAX } from "../../lib/qmp/monitor.ts";
import { FLUSH_US_MAX, REQUEST_BYTES_MAX } from "../../lib/qmp/qmp_server.ts";
import { settle } from "./memory_world.ts";
import { ADDRESS, gate, NEGOTIATE, ServerBed } from "./server_bed.ts";

// -- Events --

Deno.test("QmpServer tells events to every client that has negotiated, with the clock's time", async () => {
  await using bed = new ServerBed();
  const clients = [await bed.ready(), await bed.ready()];
  const silent = await bed.client();
  await silent.next();
  bed.server.emit("MIGRATION", { status: "postcopy-active" });
  for (const client of clients) {
    assertEquals(await client.next(), {
      timestamp: { seconds: 1_700_000_000, microseconds: 123_456 },
      event: "MIGRATION",
      data: { status: "postcopy-active" },
    });
  }
  assertEquals(await silent.ask(NEGOTIATE), { return: {} });
});

Deno.test("QmpServer tells the events of a command before its reply", async () => {
  await using bed = new ServerBed();
  bed.serve = () => bed.server.emit("STOP");
  const client = await bed.ready();
  assertEquals((await client.ask('{"execute":"stop"}'))?.event, "STOP");
  assertEquals(await client.next(), { return: {} });
});

Deno.test("QmpServer cuts off a client that does not read its events, and nobody waits for it", async () => {
  await using bed = new ServerBed();
  const deaf = await bed.connect();
  await deaf.write(new TextEncoder().encode(`${NEGOTIATE}\n`));
  const client = await bed.ready();
  const reason = "x".repeat(1000);
  for (let i = 0; i < WAITING_LINES_MAX + 200; i++) {
    bed.server.emit("X_CHANNEL_CLOSED", { role: "main", reason });
    assertEquals((await client.next())?.event, "X_CHANNEL_CLOSED");
  }
  await settle();
  assertEquals(bed.server.monitorCount, 1);
  assertEquals(bed.disconnects, [
    `The client does not read: ${WAITING_LINES_MAX} lines are waiting for it`,
  ]);
});

Deno.test("QmpServer stops serving a client that does not read its replies, and serves it again when it does", async () => {
  await using bed = new ServerBed();
  bed.serve = () => "x".repeat(50_000);
  const slow = await bed.connect();
  const command = '{"execute":"query-migrate"}\n';
  await slow.write(new TextEncoder().encode(`${NEGOTIATE}\n${command.repeat(200)}`));
  await settle();
  assert(bed.executed.length < 3 * REQUESTS_MAX, `${bed.executed.length} commands served`);
  const buffer = new Uint8Array(65536);
  let bytes = 0;
  while (bytes < 200 * 50_000) bytes += await slow.read(buffer) ?? 0;
  assertEquals(bed.executed.length, 200);
  assertEquals(bed.server.monitorCount, 1);
});

// -- Ends --

Deno.test("QmpServer cuts off a client whose line is too long, and says why", async () => {
  await using bed = new ServerBed();
  const client = await bed.ready();
  client.send("x".repeat(REQUEST_BYTES_MAX + 1));
  assertEquals(await client.next(), {
    error: { class: "GenericError", desc: `A line is longer than ${REQUEST_BYTES_MAX} bytes` },
  });
  assertEquals(await client.next(), null);
  await settle();
  assertEquals(bed.disconnects, [`A line is longer than ${REQUEST_BYTES_MAX} bytes`]);
});

Deno.test("QmpServer forgets a client that goes away, in the middle of a command too", async () => {
  await using bed = new ServerBed();
  const stopping = gate();
  bed.serve = () => stopping.opened;
  const client = await bed.ready();
  client.send('{"execute":"stop"}');
  await settle();
  client.close();
  const reset = await bed.connect();
  reset.reset();
  await settle();
  stopping.open();
  await settle();
  assertEquals(bed.server.monitorCount, 0);
  assertEquals(bed.disconnects.length, 2);
});

Deno.test("QmpServer.close() lets the running command be answered and the clients read it", async () => {
  await using bed = new ServerBed();
  const stopping = gate();
  bed.serve = (command) => command === "stop" ? stopping.opened : undefined;
  const client = await bed.ready();
  client.send('{"execute":"stop"}');
  client.send('{"execute":"cont"}');
  await settle();
  const closing = bed.server.close();
  await settle();
  assertEquals(bed.server.monitorCount, 1);
  stopping.open();
  await closing;
  assertEquals(await client.next(), { return: {} });
  assertEquals(await client.next(), null);
  assertEquals(bed.executed, ["stop"]);
  assertEquals(bed.disconnects, ["The server was closed"]);
});

Deno.test("QmpServer.close() does not wait for ever for a client that does not read", async () => {
  await using bed = new ServerBed();
  bed.serve = () => "x".repeat(200_000);
  const deaf = await bed.connect();
  await deaf.write(new TextEncoder().encode(`${NEGOTIATE}\n{"execute":"query-migrate"}\n`));
  await settle();
  let closed = false;
  const closing = bed.server.close().then(() => closed = true);
  await settle();
  await bed.world.clock.advance(FLUSH_US_MAX - 1);
  assertEquals(closed, false);
  await bed.world.clock.advance(1);
  await closing;
  assertEquals(bed.server.monitorCount, 0);
});

Deno.test("QmpServer.close() takes no more connections, and may be called again", async () => {
  await using bed = new ServerBed();
  await Promise.all([bed.server.close(), bed.server.close()]);
  await bed.server.close();
  const result = await bed.world.network.connect(ADDRESS, "qmp").wait();
  assertEquals(result.kind, "failed");
});

Deno.test("QmpServer.close() ends a client that has more to ask than it is served", async () => {
  await using bed = new ServerBed();
  const stopping = gate();
  bed.serve = () => stopping.opened;
  const client = await bed.ready();
  for (let i = 0; i < 100; i++) client.send('{"execute":"stop"}');
  await settle();
  const closing = bed.server.close();
  stopping.open();
  await closing;
  assertEquals(bed.executed.length, 1);
  assertEquals(bed.server.monitorCount, 0);
});

// -- Generated --

Deno.test("QmpServer survives any bytes of one client, and serves another one meanwhile", async () => {
  const line = fc.oneof(
    fc.constantFrom(NEGOTIATE, '{"execute":"stop"}', '{"execute":', "\\", "\u0000"),
    fc.json(),
    fc.string(),
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    line.map((text) => new TextEncoder().encode(`${text}\n`)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { maxLength: 10 }), fc.boolean(), async (chunks, resets) => {
      await using bed = new ServerBed();
      const client = await bed.ready();
      const hostile = await bed.connect();
      for (const chunk of chunks) {
        await hostile.write(chunk);
        assertEquals(await client.ask('{"execute":"cont"}'), { return: {} });
      }
      if (resets) hostile.reset();
      else hostile.close();
      await settle();
      assertEquals(bed.server.monitorCount, 1);
    }),
    { numRuns: 200 },
  );
});
