/**
 * Verifying a whole guest memory.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { describeDifferences, ExpectedRam, verifyRam } from "../../lib/ram/expected_ram.ts";
import { parseGuest } from "../../lib/ram/guest_arguments.ts";
import { fillGuestRam } from "../../lib/ram/guest_fill.ts";
import { GuestProgram } from "../../lib/ram/guest_program.ts";
import { GuestRam } from "../../lib/ram/guest_ram.ts";
import type { GuestSpec } from "../../lib/ram/guest_spec.ts";
import { layoutBlocks } from "../../lib/ram/ram_block.ts";

const PAGES = 24;

/** A guest's memory after so many steps of each vCPU, taken in turns. */
function ramAfter(spec: GuestSpec, steps: readonly number[]): GuestRam {
  const ram = GuestRam.allocate(layoutBlocks([{ name: "ram", bytes: PAGES * 4096 }]));
  fillGuestRam(ram, spec);
  const programs = steps.map((_, vcpu) => new GuestProgram(spec, ram, vcpu));
  for (const program of programs) program.arrive();
  for (let step = 0; step < Math.max(...steps); step++) {
    for (const [vcpu, program] of programs.entries()) {
      if (step >= steps[vcpu]! || program.finished) continue;
      if (program.isWrite) {
        program.writeFirstHalf();
        program.writeSecondHalfAndMark();
      }
      program.advance();
    }
  }
  for (const program of programs) program.saveRegisters();
  return ram;
}

Deno.test("verifyRam() accepts what the guest program has made, after any steps", () => {
  const guests = fc.tuple(
    fc.constantFrom("uniform", "sequential", "strided", "hot-cold"),
    fc.constantFrom("random", "zero", "pattern"),
    fc.constantFrom("", ",quota=7"),
  );
  const steps = fc.tuple(fc.nat(80), fc.nat(80), fc.nat(80));
  fc.assert(fc.property(guests, steps, ([workload, fill, quota], counts) => {
    const spec = parseGuest(`vcpus=3,workload=${workload},fill=${fill}${quota}`);
    assertEquals(verifyRam(spec, ramAfter(spec, counts).memory), null);
  }));
});

Deno.test("verifyRam() finds any single byte that is wrong, the register page's included", () => {
  const spec = parseGuest("vcpus=2,fill=pattern");
  const { memory } = ramAfter(spec, [30, 50]);
  fc.assert(fc.property(fc.nat(memory.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
    memory[at]! ^= flip;
    const differences = verifyRam(spec, memory)!;
    memory[at]! ^= flip;
    const page = Math.floor(at / 4096);
    assertEquals(differences.some((difference) => difference.page === page), true);
  }));
  assertEquals(verifyRam(spec, memory), null);
});

Deno.test("verifyRam() names page, byte, and what was expected and found", () => {
  const spec = parseGuest("workload=sequential,write-share=1");
  const { memory } = ramAfter(spec, [10]);
  memory[5 * 4096 + 2048] = 77;
  const differences = verifyRam(spec, memory)!;
  assertEquals(differences, [{ page: 5, byte: 2048, expected: 5, found: 77 }]);
  assertEquals(
    describeDifferences(differences),
    "1 page differs: page 5 from byte 2048 on (expected 5, found 77)",
  );
});

Deno.test("verifyRam() lists the first differing pages of many", () => {
  const spec = parseGuest("");
  const differences = verifyRam(spec, new Uint8Array(PAGES * 4096))!;
  assertEquals(differences.map(({ page }) => page), [0, 1, 2, 3, 4, 5, 6, 7]);
  assertEquals(describeDifferences(differences).startsWith("8 pages or more differ: page 0"), true);
});

Deno.test("verifyRam() takes memory that lies anywhere in a buffer", () => {
  const spec = parseGuest("");
  const { memory } = ramAfter(spec, [99]);
  const shifted = new Uint8Array(memory.length + 3).subarray(3);
  shifted.set(memory);
  assertEquals(verifyRam(spec, shifted), null);
});

Deno.test("ExpectedRam.page() gives the whole memory without a guest that ran", () => {
  const spec = parseGuest("vcpus=2,workload=hot-cold");
  const { words } = ramAfter(spec, [100, 200]);
  const expected = new ExpectedRam(spec, PAGES, [100, 200]);
  const into = new Int32Array(1024);
  for (let page = 0; page < PAGES; page++) {
    expected.page(page, into);
    assertEquals(into, new Int32Array(words.slice(page * 1024, (page + 1) * 1024)));
  }
});
