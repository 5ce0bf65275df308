import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ByteRing } from "../../lib/world/realtime/shim_buffer.ts";

type Step =
  | { readonly kind: "push"; readonly bytes: Uint8Array }
  | { readonly kind: "drop"; readonly count: number }
  | { readonly kind: "limit"; readonly limit: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => ({ kind: "push", bytes }) as const),
  fc.nat(40).map((count) => ({ kind: "drop", count }) as const),
  fc.nat(60).map((limit) => ({ kind: "limit", limit }) as const),
);

Deno.test("ByteRing gives back the bytes it took, in order and within its limit", () => {
  fc.assert(fc.property(fc.nat(60), fc.array(step), (first, steps) => {
    const ring = new ByteRing(first);
    let model: number[] = [];
    let limit = first;
    for (const step of steps) {
      if (step.kind === "limit") ring.setLimit(limit = step.limit);
      if (step.kind === "push") {
        const taken = ring.push(step.bytes);
        assertEquals(taken, Math.max(0, Math.min(step.bytes.length, limit - model.length)));
        model.push(...step.bytes.subarray(0, taken));
      }
      if (step.kind === "drop") {
        const view = ring.peek(step.count);
        assert(
          view.length <= step.count && (view.length > 0 || step.count === 0 || model.length === 0),
        );
        assertEquals([...view], model.slice(0, view.length));
        ring.drop(view.length);
        model = model.slice(view.length);
      }
      assertEquals(ring.length, model.length);
    }
  }));
});

Deno.test("ByteRing.peek() stays what it was while more bytes come and the limit grows", () => {
  const ring = new ByteRing(4);
  ring.push(new Uint8Array([1, 2, 3]));
  const view = ring.peek(3);
  ring.setLimit(100);
  ring.push(new Uint8Array(90).fill(9));
  assertEquals([...view], [1, 2, 3]);
  ring.drop(3);
  assertEquals(ring.peek(100), new Uint8Array(90).fill(9));
});
