import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InvariantError } from "../../lib/invariant.ts";
import { concat } from "../../lib/wire/concat.ts";
import { encodeMainChannel } from "../../lib/wire/main_channel_event.ts";
import { PreemptChannelDecoder } from "../../lib/wire/preempt_channel_decoder.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { StreamNames } from "../../lib/wire/ram_block.ts";
import {
  formatRamFlags,
  RAM_FLAGS,
  RAM_RECORDS,
  type RamRecord,
} from "../../lib/wire/ram_record.ts";
import { MIN_HEAD_BYTES, RamRecordWriter } from "../../lib/wire/ram_record_writer.ts";
import { WireError } from "../../lib/wire/wire_error.ts";
import { BLOCKS, pageRecord } from "./arbitraries.ts";
import { decodeAll } from "./decode_all.ts";
import { encodeStream } from "./encode_stream.ts";

const page = new Uint8Array(PAGE_SIZE).fill(5);
const EVERY: readonly RamRecord[] = [
  { kind: "page", block: "ram", offset: 4096, data: page },
  { kind: "zero", block: "ram", offset: 8192 },
  { kind: "eos" },
  { kind: "page", block: "ram", offset: 0, data: page },
  { kind: "zero", block: "n".repeat(255), offset: 2 ** 41 - PAGE_SIZE },
];

function decoder(): PreemptChannelDecoder {
  return new PreemptChannelDecoder(new StreamNames(BLOCKS));
}

/** A record's first bytes: offset and flags, and the name unless it is empty. */
function head(word: bigint, name: string): Uint8Array {
  const text = new TextEncoder().encode(name);
  const bytes = new Uint8Array(8 + (text.length && 1 + text.length));
  new DataView(bytes.buffer).setBigUint64(0, word);
  if (text.length > 0) bytes.set([text.length, ...text], 8);
  return bytes;
}

Deno.test("PreemptChannelDecoder gives back every kind of record, at every split point", () => {
  assertEquals(new Set(EVERY.map((record) => record.kind)).size, Object.keys(RAM_RECORDS).length);
  const bytes = encodeStream(EVERY);
  for (let split = 0; split <= bytes.length; split++) {
    assertEquals(decodeAll(decoder(), bytes, [split]), [...EVERY]);
  }
});

Deno.test("PreemptChannelDecoder gives back generated records, however their bytes arrive", () => {
  const records = fc.array(pageRecord(BLOCKS), { maxLength: 12 });
  const piece = fc.integer({ min: 1, max: 5000 });
  fc.assert(fc.property(records, fc.array(piece, { maxLength: 12 }), (events, pieces) => {
    const bytes = encodeStream(events);
    let cut = 0;
    const cuts = pieces.map((length) => cut = Math.min(cut + length, bytes.length));
    assertEquals(decodeAll(decoder(), bytes, cuts), events);
  }));
});

Deno.test("PreemptChannelDecoder shows a page where it lies, without a copy", () => {
  const channel = decoder();
  channel.queue.push(encodeStream(EVERY.slice(0, 1)));
  const event = channel.next();
  assert(event?.kind === "page");
  assertEquals(event.data.buffer, channel.queue.view.buffer);
});

Deno.test("PreemptChannelDecoder accepts nothing but an EOS, and no bytes at all", () => {
  assertEquals(decodeAll(decoder(), encodeStream([{ kind: "eos" }])), [{ kind: "eos" }]);
  assertEquals(decodeAll(decoder(), new Uint8Array(0)), []);
});

Deno.test("PreemptChannelDecoder.end() refuses an end inside of a record", () => {
  const bytes = encodeStream(EVERY.slice(0, 1));
  for (let length = 1; length < bytes.length; length++) {
    const decode = () => decodeAll(decoder(), bytes.subarray(0, length));
    assertThrows(decode, WireError, "expected a whole RAM record");
  }
});

const REFUSED: Readonly<Record<string, readonly [Uint8Array, string]>> = {
  "a block name it was never told": [
    head(0x1002n, "rom"),
    'expected the name of a RAM block, received "rom"',
  ],
  "CONTINUE in the first record": [
    head(0x1022n, ""),
    "expected a first record with a block name, received CONTINUE",
  ],
  "an offset at the end of the block": [
    head(BigInt(BLOCKS[0]!.usedLength) | 0x02n, "ram"),
    'expected an offset within the 262144 bytes of "ram", received offset 262144',
  ],
  "an offset over 2^53": [head(1n << 53n | 0x02n, "ram"), "expected an offset of at most 2^53 - 1"],
  "XBZRLE": [head(0x1040n, "ram"), "received flags 0x40 (XBZRLE) at offset 4096"],
  "MULTIFD_FLUSH": [head(0x200n, "ram"), "received flags 0x200 (MULTIFD_FLUSH)"],
  "MEM_SIZE outside of RAM START": [head(0x1004n, "ram"), "received flags 0x04 (MEM_SIZE)"],
  "ZERO and PAGE at once": [head(0x0an, "ram"), "received flags 0x0a (ZERO, PAGE)"],
  "EOS with CONTINUE": [head(0x30n, ""), "received flags 0x30 (EOS, CONTINUE)"],
  "EOS with an offset": [head(0x1010n, ""), "received flags 0x10 (EOS) at offset 4096"],
  "no flag": [head(0x1000n, "ram"), "received flags 0x00 at offset 4096"],
  "a zero page filled with something else": [
    concat([head(0x1002n, "ram"), Uint8Array.of(1)]),
    "at offset 12: expected byte 0, received byte 0x01",
  ],
};

for (const [what, [bytes, message]] of Object.entries(REFUSED)) {
  Deno.test(`PreemptChannelDecoder refuses ${what}`, () => {
    assertThrows(() => decodeAll(decoder(), bytes), WireError, message);
  });
}

Deno.test("formatRamFlags() names every flag", () => {
  for (const [name, flag] of Object.entries(RAM_FLAGS)) {
    assertEquals(formatRamFlags(flag).endsWith(`(${name})`), true);
  }
});

Deno.test("RamRecordWriter writes a section that the elements' encoder would write", () => {
  const writer = new RamRecordWriter(65536);
  for (const kind of ["section-part", "section-end"] as const) {
    writer.begin(kind, 0x01020304);
    writer.zero("ram", 4096);
    writer.finish();
    const footer = encodeMainChannel({ kind: "footer", sectionId: 0x01020304 });
    const isFirst = kind === "section-part";
    const zero = isFirst ? head(0x1002n, "ram") : head(0x1022n, "");
    const eos = head(0x10n, "");
    const section = encodeMainChannel({ kind, sectionId: 0x01020304 });
    assertEquals(writer.bytes, concat([section, zero, Uint8Array.of(0), eos, footer]));
    writer.reset();
  }
});

Deno.test("RamRecordWriter leaves pages where they are until the batch is read", () => {
  const writer = new RamRecordWriter(1024);
  const source = new Uint8Array(new SharedArrayBuffer(PAGE_SIZE)).fill(3);
  writer.begin("section-part", 1);
  writer.page("ram", 0, source);
  writer.finish();
  const { batch } = writer;
  source.fill(4);
  assertEquals(batch.join(17, 17 + PAGE_SIZE), Uint8Array.from(source));
  assertEquals(batch.length, writer.length);
});

Deno.test("RamRecordWriter is full in time to finish, whatever the last record was", () => {
  for (const name of ["ram", "n".repeat(255)]) {
    const writer = new RamRecordWriter(MIN_HEAD_BYTES + 300);
    writer.begin("section-part", 1);
    let count = 0;
    for (; !writer.isFull; count++) writer.page(name, 0, page);
    assertThrows(() => writer.zero(name, 0), InvariantError);
    writer.finish();
    assert(count >= 3);
  }
});

Deno.test("RamRecordWriter holds its callers to whole pages and to one section at a time", () => {
  const writer = new RamRecordWriter(65536);
  assertThrows(() => new RamRecordWriter(MIN_HEAD_BYTES - 1), InvariantError);
  assertThrows(() => writer.finish(), InvariantError);
  assertThrows(() => writer.page("ram", 0, new Uint8Array(4095)), InvariantError);
  assertThrows(() => writer.zero("ram", 100), InvariantError);
  writer.begin("section-part", 1);
  assertThrows(() => writer.begin("section-part", 1), InvariantError);
  assertThrows(() => writer.reset(), InvariantError);
});
