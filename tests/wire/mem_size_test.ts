import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ByteQueue } from "../../lib/wire/byte_queue.ts";
import { concat } from "../../lib/wire/concat.ts";
import { decodeMemSize, encodeMemSize, MAX_RAM_BLOCKS } from "../../lib/wire/mem_size.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import type { RamBlockSize } from "../../lib/wire/ram_block.ts";
import { RAM_FLAGS } from "../../lib/wire/ram_record.ts";
import { WireError } from "../../lib/wire/wire_error.ts";
import { ramBlocks } from "./arbitraries.ts";

const EOS = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, RAM_FLAGS.EOS);

function decode(bytes: Uint8Array) {
  const queue = new ByteQueue();
  queue.push(bytes);
  return decodeMemSize(queue.window("main channel"));
}

/** The record with its total changed. */
function withTotal(blocks: readonly RamBlockSize[], total: number): Uint8Array {
  const bytes = encodeMemSize(blocks);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(total));
  return concat([bytes, EOS]);
}

Deno.test("decodeMemSize() gives back every list of blocks, with and without page sizes", () => {
  fc.assert(fc.property(ramBlocks, (blocks) => {
    const bytes = encodeMemSize(blocks);
    const end = bytes.length;
    assertEquals(decode(concat([bytes, EOS])), { message: { kind: "mem-size", blocks }, end });
  }));
});

Deno.test("decodeMemSize() waits at every split point", () => {
  fc.assert(
    fc.property(ramBlocks.filter((blocks) => blocks.length > 0), (blocks) => {
      const bytes = encodeMemSize(blocks);
      for (let split = 0; split < bytes.length; split++) {
        assertEquals(decode(bytes.subarray(0, split)), undefined);
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("decodeMemSize() tells a page size behind the last block from a record's offset", () => {
  const block = { name: "ram", usedLength: 2 ** 30 };
  const page = new Uint8Array(8);
  new DataView(page.buffer).setBigUint64(0, BigInt(0x200000 | RAM_FLAGS.ZERO | RAM_FLAGS.CONTINUE));
  const plain = decode(concat([encodeMemSize([block]), page]));
  assertEquals(plain?.message.blocks, [block]);
  const huge = { ...block, pageSize: 0x200000 };
  const sized = decode(concat([encodeMemSize([huge]), page]));
  assertEquals(sized?.message.blocks, [huge]);
});

const RAM = { name: "ram", usedLength: 4 * PAGE_SIZE };

Deno.test("decodeMemSize() refuses another record", () => {
  assertThrows(() => decode(EOS), WireError, "expected MEM_SIZE, received flags 0x10 (EOS)");
});

Deno.test("decodeMemSize() refuses blocks that exceed the total", () => {
  const bytes = withTotal([RAM], PAGE_SIZE | RAM_FLAGS.MEM_SIZE);
  assertThrows(() => decode(bytes), WireError, "received 12288 bytes more");
});

Deno.test("decodeMemSize() waits for as many blocks as the total asks for", () => {
  assertEquals(
    decode(withTotal([RAM], 5 * PAGE_SIZE | RAM_FLAGS.MEM_SIZE).subarray(0, -8)),
    undefined,
  );
});

Deno.test("decodeMemSize() refuses a block of no pages, or of a part of one", () => {
  for (const usedLength of [0, 2048]) {
    const bytes = withTotal([{ name: "ram", usedLength }], PAGE_SIZE | RAM_FLAGS.MEM_SIZE);
    assertThrows(() => decode(bytes), WireError, `received ${usedLength} bytes for "ram"`);
  }
});

Deno.test("decodeMemSize() refuses a name that comes twice", () => {
  const bytes = concat([encodeMemSize([RAM, RAM]), EOS]);
  assertThrows(() => decode(bytes), WireError, 'received block "ram"');
});

Deno.test("decodeMemSize() refuses more than 1024 blocks", () => {
  const blocks = Array.from({ length: MAX_RAM_BLOCKS + 1 }, (_, i) => ({ ...RAM, name: `${i}` }));
  assertThrows(() => decode(concat([encodeMemSize(blocks), EOS])), WireError, 'block "1024"');
  assertEquals(decode(concat([encodeMemSize(blocks.slice(1)), EOS]))?.message.blocks.length, 1024);
});

Deno.test("decodeMemSize() refuses a page size that is no power of two", () => {
  const bytes = concat([encodeMemSize([{ ...RAM, pageSize: 3 * PAGE_SIZE }]), EOS]);
  assertThrows(() => decode(bytes), WireError, "expected a page size that is a power of two");
});
