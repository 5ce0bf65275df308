import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { LineChannel, LineTooLongError } from "../../lib/qmp/line_channel.ts";
import { type Channel, ChannelError } from "../../lib/world/world.ts";
import { channelPair, MemoryWorld, settle } from "./memory_world.ts";

const encoder = new TextEncoder();

/** A line channel, and the peer's raw end of it. */
function connect(lineBytesMax = 1024) {
  const world = new MemoryWorld();
  const [near, far] = channelPair();
  const lines = new LineChannel(world.mainLoop, near, { name: "test", lineBytesMax });
  return { world, lines, far };
}

async function readAll(lines: LineChannel): Promise<string[]> {
  const all: string[] = [];
  for (let line = await lines.readLine(); line !== null; line = await lines.readLine()) {
    all.push(line);
  }
  return all;
}

/** Reads what has arrived so far. */
async function readText(channel: Channel, bytes: number): Promise<string> {
  const buffer = new Uint8Array(bytes);
  const count = await channel.read(buffer) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, count));
}

// -- readLine() --

Deno.test("LineChannel.readLine() finds lines that come in one chunk, with either end", async () => {
  const { lines, far } = connect();
  await far.write(encoder.encode("one\r\ntwo\n\nfour\r\nunfinished"));
  far.close();
  assertEquals(await readAll(lines), ["one", "two", "", "four"]);
  lines.close();
});

Deno.test("LineChannel.readLine() joins a line and a character that are split between chunks", async () => {
  const { lines, far } = connect();
  const line = lines.readLine();
  for (const byte of encoder.encode("grün\r\n")) {
    await far.write(Uint8Array.of(byte));
    await settle();
  }
  assertEquals(await line, "grün");
  lines.close();
});

Deno.test("LineChannel.readLine() gives back what was written, however it is cut", async () => {
  const text = fc.string({ unit: "grapheme", maxLength: 60 }).map((line) =>
    line.replaceAll(/[\r\n]/g, "")
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 }),
      async (written, cuts) => {
        const { lines, far } = connect();
        const bytes = encoder.encode(written.map((line) => `${line}\r\n`).join(""));
        const read = readAll(lines);
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const cut = cuts[turn % cuts.length] ?? 1;
          await far.write(bytes.subarray(at, at += cut));
        }
        far.close();
        assertEquals(await read, written.map((line) => line.toWellFormed()));
        lines.close();
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("LineChannel.readLine() takes a line of exactly the limit, and refuses one above", async () => {
  const { lines, far } = connect(40_000);
  await far.write(encoder.encode("x".repeat(40_000) + "\n"));
  assertEquals((await lines.readLine())?.length, 40_000);
  const refused = assertRejects(() => lines.readLine(), LineTooLongError, "40000 bytes");
  await far.write(encoder.encode("x".repeat(40_001)));
  await refused;
  lines.close();
});

Deno.test("LineChannel.readLine() keeps no more than the limit of a line without an end", async () => {
  const { lines, far } = connect(100);
  await far.write(encoder.encode("x".repeat(101)));
  await assertRejects(() => lines.readLine(), LineTooLongError);
  lines.close();
});

Deno.test("LineChannel.readLine() rejects when the peer resets, and when this side closes", async () => {
  const first = connect();
  const reset = assertRejects(() => first.lines.readLine(), ChannelError, "reset");
  first.far.reset();
  await reset;
  first.lines.close();
  const second = connect();
  const closed = assertRejects(() => second.lines.readLine(), ChannelError, "closed");
  second.lines.close();
  await closed;
});

Deno.test("LineChannel.readLine() lets the main loop turn between two reads", async () => {
  const { world, lines, far } = connect();
  for (let i = 0; i < 5; i++) {
    await far.write(encoder.encode("a\nb\n"));
    await lines.readLine();
    await lines.readLine();
  }
  assertEquals(world.mainLoop.spent.get("turn"), 4);
  lines.close();
});

// -- send() --

Deno.test("LineChannel.send() writes in order, several lines at once", async () => {
  const { lines, far } = connect();
  lines.send("one");
  lines.send("zwölf");
  await settle();
  assertEquals(await readText(far, 100), "one\r\nzwölf\r\n");
  lines.close();
});

Deno.test("LineChannel.send() never waits for a peer that does not read", async () => {
  const { lines, far } = connect();
  for (let i = 0; i < 100; i++) {
    lines.send("x".repeat(10_000));
    await settle();
  }
  assertEquals(lines.waiting > 90, true);
  assertEquals((await readText(far, 10)).length, 10);
  lines.close();
  assertEquals(lines.waiting, 0);
  await lines.join();
});

Deno.test("LineChannel.waitingBelow() waits until the peer has caught up", async () => {
  const { lines, far } = connect();
  lines.send("x".repeat(100_000));
  await settle();
  lines.send("y");
  let caughtUp = false;
  const waiting = lines.waitingBelow(1).then(() => caughtUp = true);
  await settle();
  assertEquals(caughtUp, false);
  while (!caughtUp) await readText(far, 65536).then(settle);
  await waiting;
  lines.close();
});

// -- finish(), close() --

Deno.test("LineChannel.finish() writes what was sent, then closes", async () => {
  const { lines, far } = connect();
  lines.send("last");
  lines.finish();
  lines.send("too late");
  await lines.join();
  assertEquals(await readText(far, 100), "last\r\n");
  assertEquals(await far.read(new Uint8Array(1)), null);
});

Deno.test("LineChannel.close() ends a write that the peer does not read", async () => {
  const { world, lines } = connect();
  lines.send("x".repeat(100_000));
  await settle();
  lines.close();
  await lines.join();
  assertEquals(world.mainLoop.running, []);
  assertEquals(world.mainLoop.crashes, []);
});

Deno.test("LineChannel closes when the peer does", async () => {
  const { lines, far } = connect();
  far.close();
  lines.send("one");
  await lines.join();
  await assertRejects(() => lines.readLine(), ChannelError);
});
