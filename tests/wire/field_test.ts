import { assertEquals, assertThrows } from "@std/assert";
import { InvariantError } from "../../lib/invariant.ts";
import { ByteQueue } from "../../lib/wire/byte_queue.ts";
import { be64, constant8, type Field, name, ranges, text } from "../../lib/wire/field.ts";
import { WireError } from "../../lib/wire/wire_error.ts";

function read<T>(field: Field<T>, bytes: readonly number[]): T {
  const queue = new ByteQueue();
  queue.push(Uint8Array.from(bytes));
  const window = queue.window("main channel");
  field.extent(window, 0);
  return field.read(window, 0);
}

function write<T>(field: Field<T>, value: T): void {
  field.write(new DataView(new ArrayBuffer(1024)), 0, value);
}

Deno.test("be64 reads up to 2^53 - 1 and refuses more", () => {
  const most = [0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  assertEquals(read(be64, most), Number.MAX_SAFE_INTEGER);
  assertThrows(
    () => read(be64, [0, 0x20, 0, 0, 0, 0, 0, 0]),
    WireError,
    "Cannot decode main channel at offset 0: expected a be64 of at most 2^53 - 1, " +
      "received 0x20000000000000",
  );
});

Deno.test("be64 writes nothing but safe integers that are not negative", () => {
  for (const value of [-1, 0.5, 2 ** 53, NaN]) {
    assertThrows(() => write(be64, value), InvariantError);
  }
});

Deno.test("name refuses no bytes, bytes that are not UTF-8, and to write more than 255", () => {
  assertThrows(() => read(name, [0]), WireError, "expected a name of at least one byte");
  assertThrows(() => read(name, [1, 0xff]), WireError, "expected 1 bytes of UTF-8");
  assertThrows(() => write(name, "é".repeat(128)), InvariantError);
  assertThrows(() => write(name, ""), InvariantError);
});

Deno.test("text refuses a length over its limit before the bytes are there", () => {
  assertThrows(
    () => read(text(10), [0, 0, 0, 11]),
    WireError,
    "expected a text of at most 10 bytes, received length 11",
  );
  assertThrows(() => write(text(10), "01234567890"), InvariantError);
});

Deno.test("text keeps a byte order mark, so that it writes back the same bytes", () => {
  assertEquals(read(text(10), [0, 0, 0, 4, 0xef, 0xbb, 0xbf, 0x61]), "\ufeffa");
});

Deno.test("ranges refuses none, more than twelve, and a part of one", () => {
  for (const length of [0, 8, 13 * 16, 17]) {
    assertThrows(() => read(ranges, Array(length).fill(0)), WireError, `received ${length} bytes`);
  }
  assertThrows(() => write(ranges, []), InvariantError);
  assertThrows(() => write(ranges, Array(13).fill({ start: 0, length: 1 })), InvariantError);
});

Deno.test("a constant refuses any other value and names both", () => {
  assertThrows(() => read(constant8(0), [1]), WireError, "expected 0x00, received 0x01");
});
