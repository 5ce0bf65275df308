import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { keepGreatest, keepPeaks } from "../../lib/report/keep_peaks.ts";

const sizes = fc.array(fc.nat(1000), { maxLength: 300 });
const most = fc.integer({ min: 2, max: 50 });

Deno.test("keepPeaks() keeps the greatest of every stretch, in their order, and no more than asked", () => {
  fc.assert(fc.property(sizes, most, (all, most) => {
    const items = all.map((size, place) => ({ size, place }));
    const kept = keepPeaks(items, most, ({ size }) => size);
    assert(kept.length <= Math.max(2, most));
    assertEquals(
      kept.map(({ place }) => place),
      kept.map(({ place }) => place).toSorted((a, b) => a - b),
    );
    const stretches = Math.floor(most / 2);
    if (items.length <= most) return assertEquals(kept, items);
    for (let stretch = 0; stretch < stretches; stretch++) {
      const [begin, end] = [stretch, stretch + 1].map((k) =>
        Math.floor(k * items.length / stretches)
      );
      const inside = ({ place }: { place: number }) => place >= begin! && place < end!;
      const greatest = (of: typeof items) => Math.max(...of.filter(inside).map(({ size }) => size));
      assertEquals(greatest([...kept]), greatest(items));
    }
  }));
});

Deno.test("keepGreatest() keeps the greatest, in their order", () => {
  fc.assert(fc.property(sizes, most, (all, most) => {
    const kept = keepGreatest(all, most, (size) => size);
    const sorted = (list: readonly number[]) => list.toSorted((a, b) => b - a);
    assertEquals(sorted(kept), sorted(all).slice(0, most));
  }));
});
