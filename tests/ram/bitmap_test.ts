/**
 * The shared bitmap, compared with a Set of numbers.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { BitmapLengthError, SharedBitmap, wireBitmapLength } from "../../lib/ram/bitmap.ts";

/** A size, mostly no multiple of 32, and which of its bits are set. */
const BITS = fc.integer({ min: 1, max: 300 }).chain((size) =>
  fc.record({ size: fc.constant(size), set: fc.uniqueArray(fc.nat(size - 1)) })
);

function bitmapOf(size: number, set: Iterable<number>): SharedBitmap {
  const bitmap = SharedBitmap.allocate(size);
  for (const index of set) bitmap.set(index);
  return bitmap;
}

function bitsOf(bitmap: SharedBitmap): number[] {
  const bits: number[] = [];
  for (let at = bitmap.nextSet(0); at < bitmap.size; at = bitmap.nextSet(at + 1)) bits.push(at);
  return bits;
}

const sorted = (numbers: Iterable<number>) => [...numbers].sort((left, right) => left - right);

Deno.test("SharedBitmap does what a Set of numbers does", () => {
  const step = fc.tuple(fc.constantFrom("set", "clear", "test"), fc.nat(299));
  fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), fc.array(step), (size, steps) => {
    const bitmap = SharedBitmap.allocate(size);
    const model = new Set<number>();
    for (const [operation, drawn] of steps) {
      const index = drawn % size;
      const had = model.has(index);
      if (operation === "set") assertEquals(bitmap.set(index), !had), model.add(index);
      if (operation === "clear") assertEquals(bitmap.clear(index), had), model.delete(index);
      assertEquals(bitmap.test(index), model.has(index));
    }
    assertEquals(bitmap.count(), model.size);
    assertEquals(bitsOf(bitmap), sorted(model));
  }));
});

Deno.test("SharedBitmap.nextSet() and nextClear() find the first bit from anywhere, or the size", () => {
  fc.assert(fc.property(BITS, fc.nat(310), ({ size, set }, from) => {
    const bitmap = bitmapOf(size, set);
    const all = Array.from({ length: size }, (_, index) => index);
    const behind = all.filter((index) => index >= from);
    assertEquals(bitmap.nextSet(from), behind.find((index) => set.includes(index)) ?? size);
    assertEquals(bitmap.nextClear(from), behind.find((index) => !set.includes(index)) ?? size);
  }));
});

Deno.test("SharedBitmap.fill() sets the size's bits and no other, clearAll() none", () => {
  for (const size of [1, 31, 32, 33, 64, 100]) {
    const bitmap = SharedBitmap.allocate(size);
    bitmap.fill();
    assertEquals([bitmap.count(), bitmap.nextClear(0)], [size, size]);
    bitmap.clearAll();
    assertEquals([bitmap.count(), bitmap.nextSet(0)], [0, size]);
  }
});

Deno.test("SharedBitmap.exchangeWord() takes 32 bits and leaves none of them", () => {
  fc.assert(fc.property(BITS, ({ size, set }) => {
    const bitmap = bitmapOf(size, set);
    const taken: number[] = [];
    for (let word = 0; word < bitmap.words; word++) {
      const bits = bitmap.exchangeWord(word);
      for (let bit = 0; bit < 32; bit++) if ((bits >>> bit) & 1) taken.push(word * 32 + bit);
    }
    assertEquals(taken, sorted(set));
    assertEquals(bitmap.count(), 0);
  }));
});

Deno.test("SharedBitmap.takeInto() moves every bit and counts those that were new", () => {
  fc.assert(fc.property(BITS, fc.array(fc.nat(299)), ({ size, set }, others) => {
    const had = new Set(others.map((index) => index % size));
    const source = bitmapOf(size, set);
    const target = bitmapOf(size, had);
    assertEquals(source.takeInto(target), set.filter((index) => !had.has(index)).length);
    assertEquals(bitsOf(target), sorted(new Set([...set, ...had])));
    assertEquals(source.count(), 0);
  }));
});

Deno.test("SharedBitmap.invertInto() gives the complement within the size", () => {
  fc.assert(fc.property(BITS, ({ size, set }) => {
    const target = SharedBitmap.allocate(size);
    bitmapOf(size, set).invertInto(target);
    assertEquals(target.count(), size - set.length);
    assert(set.every((index) => !target.test(index)));
  }));
});

Deno.test("SharedBitmap.attach() sees what the first one sets", () => {
  const bitmap = SharedBitmap.allocate(40);
  const attached = SharedBitmap.attach(bitmap.shared);
  bitmap.set(39);
  assertEquals(bitsOf(attached), [39]);
});

// -- The form of RECV_BITMAP --

Deno.test("SharedBitmap.toWire() is little-endian and padded to 8 bytes", () => {
  const bitmap = bitmapOf(20, [0, 9, 12, 19]);
  assertEquals([...bitmap.toWire(0, 20)], [0x01, 0x12, 0x08, 0, 0, 0, 0, 0]);
  assertEquals([...bitmap.toWire(9, 4)], [0x09, 0, 0, 0, 0, 0, 0, 0]);
  assertEquals(wireBitmapLength(64), 8);
  assertEquals(wireBitmapLength(65), 16);
});

Deno.test("SharedBitmap.fromWire() reads back any run of bits and leaves the others alone", () => {
  const run = fc.tuple(fc.nat(299), fc.nat(299));
  fc.assert(fc.property(BITS, BITS, run, (from, into, [start, length]) => {
    const size = Math.min(from.size, into.size);
    const first = start % size;
    const count = length % (size - first) + 1;
    const inside = (index: number) => index >= first && index < first + count;
    const target = bitmapOf(into.size, into.set);
    target.fromWire(first, count, bitmapOf(from.size, from.set).toWire(first, count));
    const expected = [
      ...into.set.filter((index) => !inside(index)),
      ...from.set.filter((index) => inside(index)),
    ];
    assertEquals(bitsOf(target), sorted(expected));
  }));
});

Deno.test("SharedBitmap.fromWire() ignores a peer's padding", () => {
  const bitmap = SharedBitmap.allocate(33);
  bitmap.fromWire(0, 33, new Uint8Array(8).fill(0xff));
  assertEquals(bitmap.count(), 33);
});

Deno.test("SharedBitmap.fromWire() refuses a payload of another length", () => {
  const bitmap = SharedBitmap.allocate(65);
  assertThrows(
    () => bitmap.fromWire(0, 65, new Uint8Array(8)),
    BitmapLengthError,
    "Cannot read the bitmap of 65 pages: expected 16 bytes, received 8",
  );
});
