/**
 * The ring of page request events.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { PAGE_REQUEST_EVENTS, PageRequestLog } from "../../lib/ram/page_request_log.ts";

Deno.test("PageRequestLog.entries() gives back every event with what was said of it", () => {
  const log = PageRequestLog.allocate(16);
  const point = { session: 2, page: 262143, timeUs: 2 ** 40 + 1 };
  for (const event of PAGE_REQUEST_EVENTS) log.record(event, point);
  log.record("faulted", { ...point, vcpu: 3 });
  log.record("placed", { ...point, channel: "main" });
  log.record("placed", { ...point, channel: "preempt" });
  assertEquals(PageRequestLog.attach(structuredClone(log.shared)).entries(), [
    ...PAGE_REQUEST_EVENTS.map((event) => ({ event, ...point, vcpu: -1 })),
    { event: "faulted", ...point, vcpu: 3 },
    { event: "placed", ...point, vcpu: -1, channel: "main" },
    { event: "placed", ...point, vcpu: -1, channel: "preempt" },
  ]);
});

Deno.test("PageRequestLog keeps the newest entries and counts the others", () => {
  const log = PageRequestLog.allocate(4);
  for (let page = 0; page < 11; page++) log.record("placed", { session: 0, page, timeUs: page });
  assertEquals(log.entries().map(({ page, timeUs }) => [page, timeUs]), [
    [7, 7],
    [8, 8],
    [9, 9],
    [10, 10],
  ]);
  assertEquals(log.dropped, 7);
});

Deno.test("PageRequestLog.reset() empties it", () => {
  const log = PageRequestLog.allocate(2);
  for (let page = 0; page < 5; page++) log.record("placed", { session: 0, page, timeUs: 1 });
  log.reset();
  assertEquals([log.entries(), log.dropped], [[], 0]);
  log.record("faulted", { session: 1, page: 8, vcpu: 0, timeUs: 2 });
  assertEquals(log.entries().length, 1);
});

Deno.test("PageRequestLog leaves out an entry that is not whole", () => {
  const log = PageRequestLog.allocate(4);
  log.record("faulted", { session: 0, page: 1, vcpu: 0, timeUs: 1 });
  // A writer that took the second place and sleeps.
  Atomics.add(new Int32Array(log.shared.buffer), 0, 1);
  log.record("placed", { session: 0, page: 1, timeUs: 3 });
  assertEquals(log.entries().map(({ event }) => event), ["faulted", "placed"]);
});
