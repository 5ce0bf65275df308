import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { deadline, delay } from "@std/async";

Deno.test("delay() resolves after its time", async () => {
  assertEquals(await delay(1), undefined);
});

Deno.test("delay() rejects with the reason of its signal, before and during the wait", async () => {
  const reason = new Error("enough");
  const early = await assertRejects(() => delay(60_000, { signal: AbortSignal.abort(reason) }));
  assertStrictEquals(early, reason);

  const controller = new AbortController();
  const wait = delay(60_000, { signal: controller.signal });
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => wait), reason);
});

Deno.test("deadline() settles as its promise does when that is in time", async () => {
  assertEquals(await deadline(Promise.resolve(7), 60_000), 7);
  await assertRejects(
    () => deadline(Promise.reject(new RangeError("no")), 60_000),
    RangeError,
    "no",
  );
});

Deno.test("deadline() rejects with a TimeoutError when the time is over", async () => {
  const never = new Promise<never>(() => {});
  const error = await assertRejects(() => deadline(never, 1), DOMException);
  assertEquals(error.name, "TimeoutError");
});

Deno.test("deadline() rejects with the reason of its signal", async () => {
  const reason = new Error("enough");
  const never = new Promise<never>(() => {});
  const early = deadline(never, 60_000, { signal: AbortSignal.abort(reason) });
  assertStrictEquals(await assertRejects(() => early), reason);

  const controller = new AbortController();
  const late = deadline(never, 60_000, { signal: controller.signal });
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => late), reason);
});
