/**
 * A stream that a real QEMU writes, against our codecs: what `tests/data/` has of two versions, from the QEMU that is here.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { QemuProcess } from "../../lib/qemu/qemu_process.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { MainChannelDecoder } from "../../lib/wire/main_channel_decoder.ts";
import { MIN_HEAD_BYTES, RamRecordWriter } from "../../lib/wire/ram_record_writer.ts";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { encodeEvent } from "../wire/encode_stream.ts";
import { MigratingSide } from "./migrating_side.ts";
import { testWithQemu } from "./test_with_qemu.ts";

const PAGES = 1024;

/** Memory in which every fifth page is zero. */
function makeMemory(): Uint8Array {
  const memory = new Uint8Array(PAGES * PAGE_SIZE);
  for (let page = 0; page < PAGES; page++) {
    if (page % 5 === 2) continue;
    for (let byte = 0; byte < PAGE_SIZE; byte++) memory[page * PAGE_SIZE + byte] = page + byte;
  }
  return memory;
}

/** What a QEMU with this memory writes when it migrates to a file. */
async function recordStream(folder: string, memory: Uint8Array): Promise<Uint8Array> {
  const [image, stream] = [`${folder}/memory`, `${folder}/stream`];
  await Deno.writeFile(image, memory);
  const operator = openRealtimeWorld({ seed: 1 });
  try {
    await using qemu = await QemuProcess.start({
      operator,
      ramBytes: memory.length,
      incoming: false,
      extraArguments: ["-device", `loader,file=${image},addr=0,force-raw=on`],
    });
    await qemu.qmp.execute("migrate-set-capabilities", {
      capabilities: [{ capability: "events", state: true }],
    });
    const uri = `exec:cat > ${stream}.part && mv ${stream}.part ${stream}`;
    await qemu.qmp.execute("migrate", { uri });
    await new MigratingSide(qemu.qmp, () => qemu.describe()).reach("completed");
    // The shell may need a moment longer than QEMU.
    while (!await exists(stream)) await operator.clock.sleep(10_000);
    return await Deno.readFile(stream);
  } finally {
    await operator.close();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return false;
  }
}

testWithQemu("a stream that QEMU writes decodes whole and re-encodes byte for byte", async () => {
  const folder = await Deno.makeTempDir({ prefix: "faultline-" });
  try {
    const memory = makeMemory();
    const stream = await recordStream(folder, memory);
    const decoder = new MainChannelDecoder({ stream: "migration" });
    const records = new RamRecordWriter(MIN_HEAD_BYTES);
    const received = new Uint8Array(memory.length).fill(0xff);
    decoder.queue.push(stream);
    for (let start = 0; start < stream.length; start = decoder.queue.offset) {
      const event = decoder.next();
      assert(event !== undefined, `no whole event at ${start} of ${stream.length} bytes`);
      assertEquals(encodeEvent(event, records), stream.subarray(start, decoder.queue.offset));
      if (event.kind === "page") received.set(event.data, event.offset);
      if (event.kind === "zero") received.fill(0, event.offset, event.offset + PAGE_SIZE);
    }
    decoder.end();
    assertEquals(received, memory);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}, { need: "qemu" });
