import { assertEquals } from "@std/assert";
import { Pulse } from "../../chaos/campaign/pulse.ts";

Deno.test("a pulse without a beat is told, with the seed at which the Worker is", async () => {
  const pulse = new Pulse();
  new Pulse(pulse.shared).beat(3);
  assertEquals(await pulse.silence(3, new AbortController().signal, 1), null);
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
  await pulse.silence(1_000_000, watch.signal, 0);
  clearInterval(beating);
  assertEquals(beats >= 20, true);
});
