import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { TrafficCondition } from "../../lib/netem/conditions.ts";
import type { Departure } from "../../lib/netem/link.ts";
import { Traffic } from "../../lib/netem/traffic.ts";
import { FakeRandom } from "../world/fake_world.ts";

const delay = (timeUs: number) => ({
  delay: { timeUs, jitterUs: 0, distribution: "uniform" as const },
});

function openTraffic(conditions: readonly (TrafficCondition | null)[], grainUs = 0): Traffic {
  const traffic = new Traffic({ segmentBytes: 1000 });
  conditions.forEach((condition, channel) =>
    traffic.open(channel, { condition, random: new FakeRandom(channel + 1), grainUs })
  );
  return traffic;
}

/** Advances at every wake-up, and notes when that was. */
function run(traffic: Traffic): { readonly out: Departure[]; readonly wakes: number[] } {
  const [out, wakes]: [Departure[], number[]] = [[], []];
  for (let wakeUs = traffic.wakeUs(); wakeUs !== null; wakeUs = traffic.wakeUs()) {
    wakes.push(wakeUs);
    out.push(...traffic.advance(wakeUs));
  }
  return { out, wakes };
}

Deno.test("Traffic without a condition lets bytes out as they go in", () => {
  const traffic = openTraffic([null]);
  traffic.offer(0, 5000, 7);
  assertEquals(traffic.advance(7), [{ channel: 0, bytes: 5000, atUs: 7 }]);
  assertEquals(traffic.wakeUs(), null);
});

Deno.test("Traffic applies the rate first and the delay after it", () => {
  const traffic = openTraffic([
    { rate: { bytesPerSecond: 1_000_000, of: "channel" }, ...delay(10_000) },
  ]);
  traffic.offer(0, 2500, 0);
  assertEquals(run(traffic).out.map(({ bytes, atUs }) => [bytes, atUs]), [
    [1000, 11_000],
    [1000, 12_000],
    [500, 12_500],
  ]);
});

Deno.test("Traffic shares the link's rate among those whose rate is of the link only", () => {
  const ofLink = { rate: { bytesPerSecond: 1_000_000, of: "link" } } as const;
  const traffic = openTraffic([ofLink, ofLink, delay(1500)]);
  traffic.setLinkRate(1_000_000, 0);
  for (const channel of [0, 1, 2]) traffic.offer(channel, 2000, 0);
  assertEquals(run(traffic).out.map(({ channel, atUs }) => [channel, atUs]), [
    [0, 1000],
    [2, 1500],
    [1, 2000],
    [0, 3000],
    [1, 4000],
  ]);
});

Deno.test("Traffic.change() sends what waits as the new condition says, and leaves what is on its way", () => {
  const traffic = openTraffic([
    { rate: { bytesPerSecond: 1_000_000, of: "channel" }, ...delay(5_000) },
  ]);
  traffic.offer(0, 3000, 0);
  traffic.advance(1500);
  traffic.change(0, null, 1500);
  assertEquals(run(traffic).out.map(({ bytes, atUs }) => [bytes, atUs]), [[1000, 6000], [
    2000,
    6000,
  ]]);
});

Deno.test("Traffic.close() drops what is under way", () => {
  const traffic = openTraffic([delay(1000), delay(1000)]);
  traffic.offer(0, 1, 0);
  traffic.offer(1, 2, 0);
  traffic.close(0);
  assertEquals(run(traffic).out, [{ channel: 1, bytes: 2, atUs: 1000 }]);
});

Deno.test("Traffic.wakeUs() with a grain wakes once for each grain of a stream, and in time for its end", () => {
  const traffic = openTraffic([{ rate: { bytesPerSecond: 100_000_000, of: "channel" } }], 500);
  traffic.offer(0, 300_000, 0);
  assertEquals(run(traffic).wakes, [500, 1000, 1500, 2000, 2500, 3000]);
});

Deno.test("Traffic.wakeUs() with a grain is in time for single messages", () => {
  const traffic = openTraffic([delay(10_000), delay(3_000)], 500);
  traffic.offer(0, 10, 0);
  traffic.offer(1, 10, 0);
  assertEquals(traffic.advance(0), []);
  assertEquals(run(traffic).wakes, [3_000, 10_000]);
});

Deno.test("Traffic lets all bytes out in order and in time, and late by no more than the grain", () => {
  const condition = fc.record({
    delay: fc.record({
      timeUs: fc.nat(5_000),
      jitterUs: fc.nat(1_000),
      distribution: fc.constantFrom("uniform", "normal", "pareto"),
    }),
    rate: fc.record({
      bytesPerSecond: fc.integer({ min: 100_000, max: 50_000_000 }),
      of: fc.constantFrom("channel", "link"),
    }),
  }, { requiredKeys: [] }) as fc.Arbitrary<TrafficCondition>;
  const sizes = fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 10 });
  fc.assert(fc.property(condition, condition, sizes, fc.nat(1_000), (a, b, sizes, grainUs) => {
    const [exact, coarse] = [0, grainUs].map((grainUs) => {
      const traffic = openTraffic([a, b], grainUs);
      traffic.setLinkRate(1_000_000, 0);
      sizes.forEach((bytes, index) => traffic.offer(index % 2, bytes, 0));
      return run(traffic);
    }) as [ReturnType<typeof run>, ReturnType<typeof run>];
    for (const channel of [0, 1]) {
      const of = ({ out }: typeof exact) =>
        out.filter((departure) => departure.channel === channel);
      assertEquals(of(coarse), of(exact));
      assertEquals(of(exact), of(exact).toSorted((x, y) => x.atUs - y.atUs));
    }
    assert(coarse.wakes.every((wakeUs, index) => index === 0 || wakeUs > coarse.wakes[index - 1]!));
    for (const { atUs } of exact.out) {
      assert(coarse.wakes.some((wakeUs) => wakeUs >= atUs && wakeUs <= atUs + grainUs));
    }
  }));
});
