import { assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InvariantError } from "../../lib/invariant.ts";
import { ByteQueue } from "../../lib/wire/byte_queue.ts";

Deno.test("ByteQueue gives bytes back in order, whatever is reserved, committed and skipped", () => {
  const step = fc.record({ room: fc.nat(70), filled: fc.nat(70), skipped: fc.nat(140) });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const queue = new ByteQueue();
    let written = 0;
    let read = 0;
    for (const { room, filled, skipped } of steps) {
      const into = queue.reserve(room);
      assertEquals(into.length, room);
      const count = Math.min(room, filled);
      for (let i = 0; i < count; i++) into[i] = (written + i) % 251;
      queue.commit(count);
      written += count;
      assertEquals([queue.length, queue.offset], [written - read, read]);
      const held = queue.peek(0, queue.length);
      assertEquals(held, Uint8Array.from(held, (_, i) => (read + i) % 251));
      const taken = Math.min(skipped, queue.length);
      queue.skip(taken);
      read += taken;
    }
  }));
});

Deno.test("ByteQueue.window() knows the stream offset of every byte it shows", () => {
  const queue = new ByteQueue();
  queue.push(new Uint8Array(100));
  queue.skip(90);
  queue.push(Uint8Array.of(7));
  const window = queue.window("return path");
  assertEquals(window.end - window.start, 11);
  assertEquals(window.origin + window.start, 90);
  assertEquals(window.bytes[window.end - 1], 7);
});

Deno.test("ByteQueue.skip() leaves what it drops readable until the next reserve()", () => {
  const queue = new ByteQueue();
  queue.push(Uint8Array.of(1, 2, 3));
  const view = queue.peek(0, 2);
  queue.skip(3);
  assertEquals(view, Uint8Array.of(1, 2));
});

Deno.test("ByteQueue reuses its memory when the same room is asked for again", () => {
  const queue = new ByteQueue();
  queue.reserve(4096);
  queue.commit(4096);
  queue.skip(4000);
  queue.reserve(4096);
  const { capacity } = queue;
  for (let i = 0; i < 100; i++) {
    queue.commit(4096);
    queue.skip(4096);
    queue.reserve(4096);
  }
  assertEquals(queue.capacity, capacity);
});

Deno.test("ByteQueue grows with the bytes it holds and gives a large memory back when empty", () => {
  const queue = new ByteQueue();
  const piece = new Uint8Array(65536);
  for (let i = 0; i < 64; i++) {
    queue.push(piece);
    assertLessOrEqual(queue.capacity, 2 * queue.length);
  }
  queue.skip(queue.length);
  queue.reserve(65536);
  assertEquals(queue.capacity, 65536);
});

Deno.test("ByteQueue.commit() and skip() hold their callers to the bytes that are there", () => {
  const queue = new ByteQueue();
  queue.reserve(8);
  assertThrows(() => queue.commit(9), InvariantError);
  assertThrows(() => queue.commit(-1), InvariantError);
  assertThrows(() => queue.skip(1), InvariantError);
});
