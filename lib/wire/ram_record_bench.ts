/**
 * What a RAM record costs: the floor of precopy and of a page request.
 *
 * Every benchmark handles one batch, a PART of 62 pages or of 62 zero pages, the way a read of 256 KiB delivers it. GB/s: 254
 * KB over the time per iteration. "Copied" is a plain copy of as many pages to or from a SharedArrayBuffer, the floor of its
 * group.
 *
 * Not a goal: finding regressions by absolute times; machines differ too much.
 *
 * @module
 */

import { PAGE_SIZE } from "../ram/ram_block.ts";
import { copyPage } from "../ram/copy_page.ts";
import { PreemptChannelDecoder } from "./preempt_channel_decoder.ts";
import { StreamNames } from "./ram_block.ts";
import { RamRecordWriter } from "./ram_record_writer.ts";

const PAGES = 62;
const BATCH_BYTES = 256 * 1024;
const BLOCK = { name: "ram", usedLength: PAGES * PAGE_SIZE };
const ram = new Uint8Array(new SharedArrayBuffer(BLOCK.usedLength)).fill(1);
const memory = new Uint8Array(BLOCK.usedLength + 8).fill(1);
const pages = Array.from(
  { length: PAGES },
  (_, i) => ram.subarray(i * PAGE_SIZE, (i + 1) * PAGE_SIZE),
);

function batchOf(kind: "page" | "zero"): RamRecordWriter {
  const writer = new RamRecordWriter(BATCH_BYTES);
  for (let i = 0; i < PAGES; i++) {
    if (kind === "page") writer.page(BLOCK.name, i * PAGE_SIZE, pages[i]!);
    else writer.zero(BLOCK.name, i * PAGE_SIZE);
  }
  return writer;
}

/** Delivers the batch without a copy, as a socket read would: the bytes are in the room already. */
function redeliver(decoder: PreemptChannelDecoder, byteCount: number): void {
  decoder.queue.reserve(BATCH_BYTES);
  decoder.queue.commit(byteCount);
}

function decoderOf(kind: "page" | "zero"): { decoder: PreemptChannelDecoder; byteCount: number } {
  const decoder = new PreemptChannelDecoder(new StreamNames([BLOCK]));
  const { bytes } = batchOf(kind);
  decoder.queue.reserve(BATCH_BYTES).set(bytes);
  return { decoder, byteCount: bytes.length };
}

const paged = decoderOf("page");
const zeroed = decoderOf("zero");
const writer = new RamRecordWriter(BATCH_BYTES);
const paging = batchOf("page");

Deno.bench("copied from memory to shared memory", { group: "decode", baseline: true }, () => {
  for (let i = 0; i < PAGES; i++) {
    const start = i * PAGE_SIZE;
    ram.set(memory.subarray(start, start + PAGE_SIZE), start);
  }
});

Deno.bench("62 PAGE records decoded", { group: "decode" }, () => {
  redeliver(paged.decoder, paged.byteCount);
  while (paged.decoder.next() !== undefined);
});

Deno.bench("62 PAGE records decoded and placed in shared memory", { group: "decode" }, () => {
  redeliver(paged.decoder, paged.byteCount);
  for (let event = paged.decoder.next(); event !== undefined; event = paged.decoder.next()) {
    if (event.kind === "page") copyPage(ram, event.offset, event.data);
  }
});

Deno.bench("62 ZERO records decoded", { group: "decode" }, () => {
  redeliver(zeroed.decoder, zeroed.byteCount);
  while (zeroed.decoder.next() !== undefined);
});

Deno.bench("copied from shared memory to memory", { group: "encode", baseline: true }, () => {
  for (let i = 0; i < PAGES; i++) memory.set(pages[i]!, i * PAGE_SIZE);
});

Deno.bench("62 PAGE records made, their pages left in shared memory", { group: "encode" }, () => {
  writer.reset();
  writer.begin("section-part", 1);
  for (let i = 0; i < PAGES; i++) writer.page(BLOCK.name, i * PAGE_SIZE, pages[i]!);
  writer.finish();
});

Deno.bench("62 PAGE records joined, as a shim holds them", { group: "encode" }, () => {
  paging.batch.join();
});

Deno.bench("62 ZERO records written", { group: "encode" }, () => {
  writer.reset();
  writer.begin("section-part", 1);
  for (let i = 0; i < PAGES; i++) writer.zero(BLOCK.name, i * PAGE_SIZE);
  writer.finish();
});
