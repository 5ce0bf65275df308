/**
 * What the prices of virtual time are calibrated by: each bench does one kind of work a thousand times, by the code that does it in
 * an engine, so that milliseconds for an iteration are microseconds for one. How prices follow from them is in the docstrings of
 * `cost_table.ts`.
 *
 * Run with `deno bench --allow-all lib/world/virtual/cost_table_bench.ts` while nothing else runs. Prices are rounded to what two
 * runs agree on; virtual figures change with them, and so may thresholds of scenarios.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";
import { startVirtualEngine } from "../../pair/virtual_engine.ts";
import { operatorWorld } from "../../pair/virtual_pair.ts";
import { encodeRequest } from "../../qmp/qmp_message.ts";
import { SharedBitmap } from "../../ram/bitmap.ts";
import { fillGuestRam } from "../../ram/guest_fill.ts";
import { GuestRam } from "../../ram/guest_ram.ts";
import { readGuest } from "../../ram/guest_spec.ts";
import { layoutBlocks, offsetInBlock, PAGE_SIZE } from "../../ram/ram_block.ts";
import { MainChannelDecoder } from "../../wire/main_channel_decoder.ts";
import { encodeCommand } from "../../wire/main_channel_event.ts";
import { StreamNames } from "../../wire/ram_block.ts";
import type { PageBatch } from "../../wire/page_batch.ts";
import { RamRecordWriter } from "../../wire/ram_record_writer.ts";
import { openRealtimeWorld } from "../realtime/realtime_world.ts";
import type { Channel, World } from "../world.ts";
import { Simulation } from "./simulation.ts";

const TIMES = 1000;
const BATCH_BYTES = 512 * 1024;
/** Pages of a batch after the switch. */
const PAGES = 16;
/** Far more than a cache holds. */
const RAM_BYTES = 256 * 2 ** 20;

const [source, destination] = [newRam(), newRam()];
fillGuestRam(source, readGuest({ vcpus: 1, touches: 0, fill: "random" }));
const writer = new RamRecordWriter(16 * 1024);
let next = 0;

function newRam(): GuestRam {
  const ram = GuestRam.allocate(layoutBlocks([{ name: "ram", bytes: RAM_BYTES }]));
  ram.memory.fill(0);
  return ram;
}

function nextPage(): number {
  return next = (next + 1) % source.pages;
}

// -- page-copied, the engine's part --

Deno.bench("page-copied: appended to a batch", () => {
  for (let i = 0; i < TIMES; i += PAGES) gather();
});

Deno.bench("page-copied: loaded from a batch", () => {
  // As pages lie in what was read: over the length of a batch.
  for (let i = 0; i < TIMES; i++) destination.loadPage(nextPage(), batchPage(i));
});

/** As many pages as there are in a batch after the switch, left where they are. */
function gather(): PageBatch {
  writer.reset();
  writer.begin("section-part", 2);
  for (let i = 0; i < PAGES; i++) {
    const page = nextPage();
    invariant(!source.isZeroPage(page), "the guest is filled");
    writer.page("ram", offsetInBlock(source.blockOf(page), page), source.page(page));
  }
  writer.finish();
  return writer.batch;
}

const batch = new Uint8Array(BATCH_BYTES).fill(1);

function batchPage(index: number): Uint8Array {
  const at = (index % (BATCH_BYTES / PAGE_SIZE)) * PAGE_SIZE;
  return batch.subarray(at, at + PAGE_SIZE);
}

// -- page-scanned --

const dirty = SharedBitmap.allocate(TIMES * 1000);
const toSend = SharedBitmap.allocate(dirty.size);
toSend.fill();

Deno.bench("page-scanned: 1000 times as many pages, 3 % of them dirty", (bench) => {
  for (let page = 0; page < dirty.size; page += 33) dirty.set(page);
  bench.start();
  dirty.takeInto(toSend);
  bench.end();
});

// -- record-parsed --

const RECORDS = 125;
const names = new StreamNames([{ name: "ram", usedLength: RAM_BYTES }]);
names.sections.set(2, "ram");
const decoder = new MainChannelDecoder({ stream: "recovery", names });
decoder.queue.push(encodeCommand({ kind: "recv-bitmap", block: "ram" }));
decoder.next();

/** Puts a section of records where the decoder's next read goes. */
function recordSection(): number {
  writer.reset();
  writer.begin("section-part", 2);
  for (let page = 0; page < RECORDS; page++) {
    writer.page("ram", page * PAGE_SIZE, source.page(page));
  }
  writer.finish();
  decoder.queue.reserve(BATCH_BYTES).set(writer.bytes);
  const { length } = writer;
  writer.reset();
  return length;
}

const sectionBytes = recordSection();

Deno.bench("record-parsed", () => {
  for (let i = 0; i < TIMES / RECORDS; i++) {
    // The bytes are in the room already, as behind a read.
    decoder.queue.reserve(BATCH_BYTES);
    decoder.queue.commit(sectionBytes);
    while (decoder.next() !== undefined);
  }
});

// -- system-call, and page-copied, the kernel's part --

const SMALL = new Uint8Array(64);

Deno.bench("system-call: 64 bytes written and read by turns", async (bench) => {
  await shuttle(bench, () => SMALL);
});

Deno.bench("page-copied: 16 pages out of RAM written and read by turns", async (bench) => {
  await shuttle(bench, gather);
});

/** Half of them writes by the side that connected, half reads by the one that accepted. */
async function shuttle(
  bench: Deno.BenchContext,
  next: () => Uint8Array | PageBatch,
): Promise<void> {
  const world = openRealtimeWorld({ seed: 1 });
  const { near, far } = await connect(world);
  const into = new Uint8Array(BATCH_BYTES);
  bench.start();
  for (let i = 0; i < TIMES / 2; i++) {
    const bytes = next();
    await near.write(bytes);
    for (let missing = bytes.length; missing > 0;) {
      missing -= (await far.read(into.subarray(0, missing)))!;
    }
  }
  bench.end();
  await world.close();
}

async function connect({ network }: World): Promise<{ near: Channel; far: Channel }> {
  const listener = network.listen({ kind: "tcp", host: "127.0.0.1", port: 0 }, "main");
  const result = await network.connect(listener.address, "main").wait();
  const far = await listener.accept();
  listener.close();
  invariant(result.kind === "connected" && far !== null, "a connect to a listener succeeds");
  return { near: result.channel, far };
}

// -- connect --

Deno.bench("connect: a tenth as many, each accepted and closed", async (bench) => {
  const world = openRealtimeWorld({ seed: 1 });
  await world.prepareConnects();
  bench.start();
  for (let i = 0; i < TIMES / 10; i++) {
    const { near, far } = await connect(world);
    near.close();
    far.close();
  }
  bench.end();
  await world.close();
});

// -- qmp-command --

const COMMANDS = Array.from(
  { length: TIMES },
  (_, i) => encodeRequest(i, i % 2 === 0 ? "query-status" : "query-migrate", {}),
);
const REQUESTS = new TextEncoder().encode(COMMANDS.map((line) => `${line}\r\n`).join(""));
const NEWLINE = "\n".charCodeAt(0);

Deno.bench("qmp-command: in virtual time, whose network takes next to nothing", async (bench) => {
  const simulation = new Simulation({ seed: 1 });
  const operator = operatorWorld(simulation);
  await simulation.run(() =>
    operator.mainLoop.spawn("operator", async () => {
      const engine = await startVirtualEngine({
        ...{ simulation, name: "source", operator, incoming: false },
        ram: [{ name: "ram", bytes: 2 ** 20 }],
        guest: readGuest({ vcpus: 1, touches: 0 }),
      });
      const connected = await operator.network.connect(engine.qmpAddress, "qmp").wait();
      invariant(connected.kind === "connected", "the engine listens");
      const { channel } = connected;
      await channel.write(
        new TextEncoder().encode(encodeRequest(0, "qmp_capabilities", {}) + "\n"),
      );
      await readLines(channel, 2);
      bench.start();
      await channel.write(REQUESTS);
      await readLines(channel, TIMES);
      bench.end();
      channel.close();
      await engine.close();
    }).join()
  );
});

async function readLines(channel: Channel, count: number): Promise<void> {
  const bytes = new Uint8Array(64 * 1024);
  for (let missing = count; missing > 0;) {
    const length = await channel.read(bytes);
    invariant(length !== null, "the engine answers");
    for (const byte of bytes.subarray(0, length)) if (byte === NEWLINE) missing--;
  }
}
