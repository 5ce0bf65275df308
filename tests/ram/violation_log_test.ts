/**
 * The log of violations.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type GuestViolation, VIOLATION_KINDS } from "../../lib/ram/guest_violation.ts";
import { ViolationLog } from "../../lib/ram/violation_log.ts";

function violation(step: number): GuestViolation {
  const kind = VIOLATION_KINDS[step % VIOLATION_KINDS.length]!;
  return { kind, vcpu: 3, step, page: 262143, expected: [1, -2, 3], found: [-(2 ** 31), 5, 6] };
}

Deno.test("ViolationLog counts all and gives back the first as they were", () => {
  const log = ViolationLog.allocate();
  assertEquals([log.count, log.first()], [0, []]);
  for (let step = 0; step < 20; step++) log.add(violation(step));
  const seen = ViolationLog.attach(log.shared);
  assertEquals(seen.count, 20);
  assertEquals(seen.first(), Array.from({ length: 16 }, (_, step) => violation(step)));
});
