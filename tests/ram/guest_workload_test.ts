/**
 * Which pages a vCPU touches.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseGuest } from "../../lib/ram/guest_arguments.ts";
import { GuestSpecError } from "../../lib/ram/guest_spec.ts";
import { checkGuestFits, GuestWorkload } from "../../lib/ram/guest_workload.ts";

function pagesOf(guest: string, pages: number, { steps = pages - 1, vcpu = 0 } = {}): number[] {
  const workload = new GuestWorkload(parseGuest(guest), pages, vcpu);
  return Array.from({ length: steps }, (_, step) => workload.page(step));
}

for (const kind of ["uniform", "sequential", "strided", "hot-cold"]) {
  Deno.test(`GuestWorkload.page() of ${kind} touches no page but those behind the registers`, () => {
    const steps = fc.nat(2 ** 31 - 2);
    fc.assert(fc.property(fc.integer({ min: 2, max: 2 ** 24 }), steps, (pages, step) => {
      const page = new GuestWorkload(parseGuest(`vcpus=3,workload=${kind}`), pages, 2).page(step);
      assert(Number.isInteger(page) && page >= 1 && page < pages, `${page}`);
    }));
  });

  Deno.test(`GuestWorkload of ${kind} is a function of seed, vCPU and step`, () => {
    const guest = `vcpus=2,workload=${kind},seed=7`;
    assertEquals(pagesOf(guest, 1000), pagesOf(guest, 1000));
    assertNotEquals(pagesOf(guest, 1000), pagesOf(guest, 1000, { vcpu: 1 }));
  });
}

for (const guest of ["workload=sequential", "workload=strided", "workload=strided,stride=7"]) {
  Deno.test(`GuestWorkload of ${guest} visits every page before any again`, () => {
    for (const pages of [2, 3, 4, 5, 17, 64, 257, 1000]) {
      if (guest.endsWith("7") && (pages - 1) % 7 === 0) continue;
      for (const vcpu of [0, 1]) {
        const touched = pagesOf(`vcpus=2,${guest}`, pages, { vcpu });
        assertEquals(new Set(touched).size, pages - 1, `${pages} pages`);
      }
    }
  });
}

Deno.test("GuestWorkload of sequential gives each vCPU its own part first", () => {
  const guest = "vcpus=2,workload=sequential";
  assertEquals(pagesOf(guest, 9, { steps: 4 }), [1, 2, 3, 4]);
  assertEquals(pagesOf(guest, 9, { steps: 4, vcpu: 1 }), [5, 6, 7, 8]);
});

Deno.test("GuestWorkload of strided leaves no large part of memory untouched for long", () => {
  const touched = pagesOf("workload=strided", 10_000, { steps: 100 }).toSorted((a, b) => a - b);
  const gaps = touched.map((page, at) => page - (touched[at - 1] ?? 0));
  assert(Math.max(...gaps) <= 300, `the largest gap is ${Math.max(...gaps)} pages`);
});

Deno.test("GuestWorkload of hot-cold gives the hot share of pages the hot share of touches", () => {
  const steps = 20_000;
  const guest = "workload=hot-cold,hot-pages=0.1,hot-touches=0.8";
  const touches = new Map<number, number>();
  for (const page of pagesOf(guest, 1001, { steps })) {
    touches.set(page, (touches.get(page) ?? 0) + 1);
  }
  const hottest = [...touches.values()].toSorted((a, b) => b - a).slice(0, 100);
  const share = hottest.reduce((sum, count) => sum + count) / steps;
  assert(Math.abs(share - 0.8) < 0.02, `${share}`);
});

Deno.test("GuestWorkload.isWrite() writes in the share asked for", () => {
  for (const share of [0, 0.25, 0.5, 1]) {
    const workload = new GuestWorkload(parseGuest(`write-share=${share}`), 100, 0);
    let writes = 0;
    for (let step = 0; step < 10_000; step++) writes += workload.isWrite(step) ? 1 : 0;
    if (share === 0 || share === 1) assertEquals(writes, share * 10_000);
    assert(Math.abs(writes / 10_000 - share) < 0.02, `${writes}`);
  }
});

Deno.test("checkGuestFits() refuses a guest that the pages do not suit", () => {
  assertThrows(
    () => checkGuestFits(parseGuest(""), 1),
    GuestSpecError,
    "Cannot run a guest: expected at least 2 pages, received 1",
  );
  assertThrows(
    () => checkGuestFits(parseGuest("stride=6"), 16),
    GuestSpecError,
    "stride expected a number coprime with the 15 pages touched, received 6",
  );
  checkGuestFits(parseGuest("stride=4"), 16);
});
