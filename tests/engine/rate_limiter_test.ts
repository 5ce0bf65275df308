import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { RateLimiter, WINDOW_US } from "../../lib/engine/rate_limiter.ts";

Deno.test("RateLimiter never delays without a limit", () => {
  const limiter = new RateLimiter(0, 0);
  limiter.spend(1e9);
  assertEquals(limiter.delayUs(1), 0);
});

Deno.test("RateLimiter keeps a sender that obeys it at its rate, and within one window of it", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1000, max: 1_000_000_000 }),
    fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 50 }),
    (bytesPerSecond, batches) => {
      const limiter = new RateLimiter(bytesPerSecond, 0);
      let [nowUs, sent] = [0, 0];
      for (const bytes of batches) {
        for (let delayUs = limiter.delayUs(nowUs); delayUs > 0; delayUs = limiter.delayUs(nowUs)) {
          nowUs += delayUs;
        }
        // What was sent before this batch fits the time that has passed, and no more than a batch is owed.
        assert(sent <= bytesPerSecond * nowUs / 1e6 + Math.max(...batches) + 1);
        limiter.spend(bytes);
        sent += bytes;
      }
      const wholeUs = sent * 1e6 / bytesPerSecond;
      assert(nowUs <= wholeUs + batches.length, "it waited for longer than the rate asks for");
    },
  ));
});

Deno.test("RateLimiter lets a pause make up for at most one window", () => {
  const limiter = new RateLimiter(1_000_000, 0);
  limiter.spend(1);
  assertEquals(limiter.delayUs(10 * 1e6), 0);
  const windowBytes = 1_000_000 * WINDOW_US / 1e6;
  limiter.spend(windowBytes + 1000);
  assertEquals(limiter.delayUs(10 * 1e6), 1000);
});

Deno.test("RateLimiter.setRate() begins anew: what was owed at the old rate is forgotten", () => {
  const limiter = new RateLimiter(1000, 0);
  limiter.spend(1_000_000);
  assert(limiter.delayUs(0) > 0);
  limiter.setRate(2000, 0);
  assertEquals(limiter.delayUs(0), 0);
});
