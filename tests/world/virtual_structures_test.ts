import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { patternBytes } from "./contract_clause.ts";
import { ByteRing } from "../../lib/world/virtual/byte_ring.ts";
import { Timer, TimerHeap } from "../../lib/world/virtual/timer_heap.ts";

class NamedTimer extends Timer {
  constructor(readonly name: number) {
    super();
  }
  override fire(): void {}
}

Deno.test("TimerHeap gives timers in order of time, then in the order set, whatever was cleared", () => {
  const setTime = fc.record({ kind: fc.constant("set" as const), us: fc.nat(20) });
  const clear = fc.record({ kind: fc.constant("clear" as const), pick: fc.nat() });
  const next = fc.record({ kind: fc.constant("next" as const) });
  fc.assert(fc.property(fc.array(fc.oneof(setTime, setTime, clear, next)), (actions) => {
    const heap = new TimerHeap();
    let model: { timer: NamedTimer; us: number }[] = [];
    for (const [name, action] of actions.entries()) {
      if (action.kind === "set") {
        const timer = new NamedTimer(name);
        heap.set(timer, action.us);
        model.push({ timer, us: action.us });
        model = model.toSorted((a, b) => a.us - b.us || a.timer.name - b.timer.name);
      } else if (model.length > 0) {
        const index = action.kind === "clear" ? action.pick % model.length : 0;
        const [removed] = model.splice(index, 1);
        heap.clear(removed!.timer);
        heap.clear(removed!.timer);
        assertEquals(removed!.timer.isSet, false);
      }
      assertEquals(heap.size, model.length);
      assertEquals(heap.first, model[0]?.timer);
    }
  }));
});

Deno.test("ByteRing gives out the bytes that were put in, in order", () => {
  const push = fc.record({ kind: fc.constant("push" as const), count: fc.nat(6000) });
  const pull = fc.record({ kind: fc.constant("pull" as const), count: fc.nat(6000) });
  fc.assert(fc.property(fc.array(fc.oneof(push, pull), { maxLength: 30 }), (actions) => {
    const ring = new ByteRing();
    let pushed = 0;
    let pulled = 0;
    for (const { kind, count } of actions) {
      if (kind === "push") {
        ring.push(patternBytes(count, pushed));
        pushed += count;
      } else {
        const taken = Math.min(count, pushed - pulled);
        const into = new Uint8Array(taken);
        ring.pull(into, taken);
        assertEquals(into, patternBytes(taken, pulled));
        pulled += taken;
      }
      assertEquals(ring.length, pushed - pulled);
    }
  }));
});

Deno.test("ByteRing.flip() inverts bits of one byte, also behind the ring's end", () => {
  const ring = new ByteRing();
  ring.push(patternBytes(4000));
  ring.pull(new Uint8Array(3990), 3990);
  ring.push(patternBytes(1000, 4000));
  ring.flip(500, 0x81);
  const into = new Uint8Array(1010);
  ring.pull(into, 1010);
  const expected = patternBytes(1010, 3990);
  expected[500] = expected[500]! ^ 0x81;
  assertEquals(into, expected);
});
