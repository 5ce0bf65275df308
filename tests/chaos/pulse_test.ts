import { assertEquals } from "@std/assert";
import { Pulse } from "../../chaos/campaign/pulse.ts";

const SHORT_SECONDS = 0.01;

Deno.test("a pulse without a beat is told, with the seed at which the Worker is", async () => {
  const pulse = new Pulse();
  new Pulse(pulse.shared).beat(3);
  assertEquals(await pulse.silence(SHORT_SECONDS, new AbortController().signal), null);
  assertEquals(pulse.seedIndex, 3);
});

Deno.test("a pulse is watched for as long as it beats, or until nobody wants to know", async () => {
  const pulse = new Pulse();
  const watch = new AbortController();
  let beats = 0;
  const beating = setInterval(() => {
    pulse.beat(0);
    if (++beats === 20) watch.abort();
  }, 1);
  await pulse.silence(3600, watch.signal);
  clearInterval(beating);
  assertEquals(beats >= 20, true);
});
