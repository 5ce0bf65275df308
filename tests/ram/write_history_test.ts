/**
 * Replaying a vCPU's steps.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseGuest } from "../../lib/ram/guest_arguments.ts";
import { GuestWorkload } from "../../lib/ram/guest_workload.ts";
import { WriteHistory } from "../../lib/ram/write_history.ts";

const PAGES = 40;

function historyOf(guest: string): WriteHistory {
  const spec = parseGuest(guest);
  return new WriteHistory(new GuestWorkload(spec, PAGES, 0), PAGES, spec.quota);
}

function lastWrites(history: WriteHistory): number[] {
  return Array.from({ length: PAGES }, (_, page) => history.lastWrite(page));
}

Deno.test("WriteHistory.moveTo() ends where so many advance() do, forwards and backwards", () => {
  fc.assert(fc.property(fc.nat(300), fc.nat(300), (before, steps) => {
    const moved = historyOf("workload=uniform");
    moved.moveTo(before);
    moved.moveTo(steps);
    const walked = historyOf("workload=uniform");
    for (let step = 0; step < steps; step++) walked.advance();
    assertEquals(lastWrites(moved), lastWrites(walked));
    assertEquals(
      [moved.steps, moved.page, moved.isWrite],
      [walked.steps, walked.page, walked.isWrite],
    );
  }));
});

Deno.test("WriteHistory.lastWrite() is the step of the last write to the page, or -1", () => {
  const workload = new GuestWorkload(parseGuest("workload=uniform"), PAGES, 0);
  const history = historyOf("workload=uniform");
  const expected = new Array<number>(PAGES).fill(-1);
  for (let step = 0; step < 500; step++) {
    if (workload.isWrite(step)) expected[workload.page(step)] = step;
    history.advance();
  }
  assertEquals(lastWrites(history), expected);
});

Deno.test("WriteHistory is finished with the last write of its quota", () => {
  const history = historyOf("quota=20,write-share=0.3");
  history.moveTo(100_000);
  assertEquals(history.finished, true);
  const steps = history.steps;
  const walked = historyOf("write-share=0.3");
  let writes = 0;
  for (let step = 0; step < steps; step++) {
    writes += walked.isWrite ? 1 : 0;
    walked.advance();
  }
  assertEquals(writes, 20);
  history.moveTo(steps - 1);
  assertEquals(history.finished, false);
});
