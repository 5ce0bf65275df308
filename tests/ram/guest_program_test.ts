/**
 * The guest program on one side and on the other: what it finds wrong when a migration went wrong, and what it does not.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { parseGuest } from "../../lib/ram/guest_arguments.ts";
import { fillGuestRam } from "../../lib/ram/guest_fill.ts";
import { GuestProgram } from "../../lib/ram/guest_program.ts";
import { GuestRam } from "../../lib/ram/guest_ram.ts";
import type { GuestSpec } from "../../lib/ram/guest_spec.ts";
import { describeViolation, type GuestViolation } from "../../lib/ram/guest_violation.ts";
import { layoutBlocks } from "../../lib/ram/ram_block.ts";

const PAGES = 32;
const SPEC = parseGuest("vcpus=2,workload=sequential,write-share=1,seed=5");

function newRam(): GuestRam {
  return GuestRam.allocate(layoutBlocks([{ name: "ram", bytes: PAGES * 4096 }]));
}

/** A machine on which vCPU 0 can run. */
function machine(spec: GuestSpec = SPEC): { ram: GuestRam; program: GuestProgram } {
  const ram = newRam();
  fillGuestRam(ram, spec);
  const program = new GuestProgram(spec, ram, 0);
  assertEquals(program.arrive(), null);
  return { ram, program };
}

/** Takes so many steps; what they found wrong. */
function run(program: GuestProgram, steps: number): GuestViolation[] {
  const violations: GuestViolation[] = [];
  for (let step = 0; step < steps; step++) {
    const violation = program.check();
    if (violation !== null) violations.push(violation);
    if (program.isWrite) {
      program.writeFirstHalf();
      program.writeSecondHalfAndMark();
    }
    program.advance();
  }
  return violations;
}

/** Stops the guest and moves all of its memory. */
function migrate(ram: GuestRam, program: GuestProgram): { ram: GuestRam; program: GuestProgram } {
  program.saveRegisters();
  const arrived = newRam();
  for (let page = 0; page < PAGES; page++) arrived.loadPage(page, ram.page(page));
  return { ram: arrived, program: new GuestProgram(SPEC, arrived, 0) };
}

/** A source that ran for a round and a half, and its destination: page 1 was written in steps 0 and 31, page 20 in step 19. */
function migrated(): { source: GuestRam; ram: GuestRam; program: GuestProgram } {
  const source = machine();
  assertEquals(run(source.program, 45), []);
  return { source: source.ram, ...migrate(source.ram, source.program) };
}

/** Lets the destination go a whole round; the kinds of what it found, by page. */
function found(program: GuestProgram): [page: number, kind: string][] {
  assertEquals(program.arrive(), null);
  return run(program, PAGES - 1).map(({ page, kind }) => [page, kind]);
}

for (const workload of ["uniform", "sequential", "strided", "hot-cold"]) {
  for (const fill of ["random", "zero", "pattern"]) {
    Deno.test(`GuestProgram finds nothing wrong with ${fill} memory and a ${workload} guest`, () => {
      const spec = parseGuest(`workload=${workload},fill=${fill}`);
      assertEquals(run(machine(spec).program, 1000), []);
    });
  }
}

Deno.test("GuestProgram goes on where it was on the other side, any number of times", () => {
  let { ram, program } = machine();
  for (let side = 0; side < 4; side++) {
    assertEquals(run(program, 40), []);
    ({ ram, program } = migrate(ram, program));
    assertEquals(program.arrive(), null);
    assertEquals(program.steps, 40 * (side + 1));
  }
});

Deno.test("GuestProgram marks exactly the pages that it wrote, after their bytes", () => {
  const { ram, program } = machine();
  run(program, 3);
  assertEquals([1, 2, 3, 4].map((page) => ram.dirty.test(page)), [true, true, true, false]);
  program.writeFirstHalf();
  assertEquals(ram.dirty.test(4), false);
  program.writeSecondHalfAndMark();
  assertEquals(ram.dirty.test(4), true);
});

Deno.test("GuestProgram leaves the slots of other vCPUs and the rest of a page alone", () => {
  const { ram, program } = machine();
  const before = ram.page(1).slice();
  run(program, 1);
  const changed = [...ram.page(1).keys()].filter((at) => ram.page(1)[at] !== before[at]);
  assert(changed.every((at) => [0, 2048, 3840].includes(at & ~3)), `${changed}`);
});

// -- What can go wrong --

Deno.test("GuestProgram finds a page stale whose last version did not come", () => {
  const { ram, program } = migrated();
  const old = machine();
  run(old.program, 10);
  ram.loadPage(1, old.ram.page(1));
  assertEquals(found(program), [[1, "stale"]]);
});

Deno.test("GuestProgram finds a page stale that came without any write", () => {
  const { ram, program } = migrated();
  ram.loadPage(20, machine().ram.page(20));
  assertEquals(found(program), [[20, "stale"]]);
});

Deno.test("GuestProgram finds a page overwritten that came once more after a write here", () => {
  const { source, ram, program } = migrated();
  assertEquals(found(program), []);
  ram.loadPage(20, source.page(20));
  assertEquals(run(program, PAGES - 1).map(({ page, kind }) => [page, kind]), [[
    20,
    "overwritten",
  ]]);
});

Deno.test("GuestProgram tells a page of zeros that was placed from one that never came", () => {
  const { ram, program } = migrated();
  ram.loadPage(20, "zero");
  ram.discard(3);
  assertEquals(found(program), [[20, "zeroed"], [3, "lost"]]);
});

Deno.test("GuestProgram finds a page torn of which only a part came", () => {
  const { ram, program } = migrated();
  ram.page(20).set(machine().ram.page(20).subarray(0, 2048));
  ram.page(21).fill(0, 2048);
  assertEquals(found(program), [[20, "torn"], [21, "torn"]]);
});

Deno.test("GuestProgram finds a page foreign that is another one", () => {
  const { source, ram, program } = migrated();
  ram.loadPage(20, source.page(21));
  assertEquals(found(program), [[20, "foreign"]]);
});

Deno.test("GuestProgram blames the register page when pages are newer than it", () => {
  const { ram, program } = migrated();
  const old = machine();
  run(old.program, 40);
  old.program.saveRegisters();
  ram.loadPage(0, old.ram.page(0));
  assertEquals(found(program).slice(0, 5), new Array(5).fill([0, "stale"]));
});

Deno.test("GuestProgram.arrive() refuses a register page that says nothing", () => {
  const kinds = (["zeroed", "lost", "torn", "foreign"] as const).map((kind) => {
    const { ram, program } = migrated();
    if (kind === "zeroed") ram.loadPage(0, "zero");
    if (kind === "lost") ram.discard(0);
    if (kind === "torn") ram.page(0).fill(0, 2048);
    if (kind === "foreign") ram.loadPage(0, ram.page(1));
    return [kind, program.arrive()?.kind, program.arrive()?.page];
  });
  assertEquals(kinds, [
    ["zeroed", "zeroed", 0],
    ["lost", "lost", 0],
    ["torn", "torn", 0],
    ["foreign", "foreign", 0],
  ]);
});

Deno.test("describeViolation() names vCPU, step, page, kind, and what was expected and found", () => {
  const { ram, program } = migrated();
  ram.loadPage(20, "zero");
  assertEquals(program.arrive(), null);
  assertEquals(
    run(program, PAGES - 1).map(describeViolation),
    ["vCPU 0, step 50: page 20 is zeroed: expected 20 in its slot, found 0"],
  );
});
