/**
 * What vCPUs must hold to in every world, as test bodies. Each runs as a thread that may wait in both: it awaits one promise at
 * a time.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { ExpectedRam, verifyRam } from "../../lib/ram/expected_ram.ts";
import { parseGuest } from "../../lib/ram/guest_arguments.ts";
import { readSlot, stepsOfRegister } from "../../lib/ram/guest_page.ts";
import { GuestRam } from "../../lib/ram/guest_ram.ts";
import type { GuestSpec } from "../../lib/ram/guest_spec.ts";
import type { GuestVcpus } from "../../lib/ram/guest_vcpus.ts";
import { PageRequestLog } from "../../lib/ram/page_request_log.ts";
import { layoutBlocks, PAGE_SIZE } from "../../lib/ram/ram_block.ts";

/** A machine with vCPUs of the implementation under test. */
export interface VcpuBed {
  readonly spec: GuestSpec;
  readonly ram: GuestRam;
  readonly log: PageRequestLog;
  readonly vcpus: GuestVcpus;
  sleep(us: number): Promise<void>;
  spawn(name: string, thread: () => Promise<void>): { join(): Promise<void> };
}

/** One promise of the contract. */
export interface VcpuClause {
  readonly name: string;
  readonly guest: string;
  /**
   * The steps that each vCPU has done elsewhere: the guest is to arrive page by page. Absent: all of its memory is there, and
   * new.
   */
  readonly arrivesAfter?: readonly number[];
  readonly body: (bed: VcpuBed) => Promise<void>;
}

const PAGES = 61;

/** The memory and the log that a clause runs on. */
export function prepare(clause: VcpuClause): Pick<VcpuBed, "spec" | "ram" | "log"> {
  const spec = parseGuest(clause.guest);
  const ram = GuestRam.allocate(layoutBlocks([{ name: "ram", bytes: PAGES * PAGE_SIZE }]));
  const steps = clause.arrivesAfter ?? new Array(spec.vcpus).fill(0);
  if (clause.arrivesAfter === undefined) placeAll(ram, spec, steps);
  return { spec, ram, log: PageRequestLog.allocate(4096) };
}

/** Places every page that is missing, as it is after so many steps. */
function placeAll(ram: GuestRam, spec: GuestSpec, steps: readonly number[]): void {
  for (let page = 0; page < PAGES; page++) placeOne(ram, spec, steps, page);
}

function placeOne(ram: GuestRam, spec: GuestSpec, steps: readonly number[], page: number): void {
  const words = new Int32Array(PAGE_SIZE / 4);
  new ExpectedRam(spec, PAGES, steps).page(page, words);
  ram.placePage(page, new Uint8Array(words.buffer));
}

/** Waits for something that must come true. The bound is far behind whatever a loaded machine needs. */
async function until(bed: VcpuBed, what: string, isTrue: () => boolean): Promise<void> {
  for (let tries = 0; tries < 20_000; tries++) {
    if (isTrue()) return;
    await bed.sleep(1000);
  }
  throw new Error(`${what}: not within 20 s`);
}

function untilSteps(bed: VcpuBed, steps: number): Promise<void> {
  const everyone = Array.from({ length: bed.vcpus.count }, (_, vcpu) => vcpu);
  return until(
    bed,
    `${steps} steps`,
    () => everyone.every((vcpu) => bed.vcpus.steps(vcpu) >= steps),
  );
}

function registers({ ram, vcpus }: VcpuBed): (number | null)[] {
  return Array.from(
    { length: vcpus.count },
    (_, vcpu) => stepsOfRegister(readSlot(ram.words, 0, vcpu)),
  );
}

function assertWhole({ spec, ram, vcpus }: VcpuBed): void {
  assertEquals(verifyRam(spec, ram.memory), null);
  assertEquals(vcpus.violationCount, 0);
}

/** Places the page of every fault until `endFaults`, as a destination's threads do. */
async function serveFaults(bed: VcpuBed, steps: readonly number[]): Promise<void> {
  for (;;) {
    const page = await bed.vcpus.nextFault();
    if (page === null) return;
    placeOne(bed.ram, bed.spec, steps, page);
    bed.vcpus.wake(page);
  }
}

const RUNNING: readonly VcpuClause[] = [
  {
    name: "stop() resolves with every write done and marked, and the registers saved",
    guest: "vcpus=2,touches=20000",
    body: async (bed) => {
      const before = bed.ram.memory.slice();
      bed.vcpus.run({ missing: false });
      await untilSteps(bed, 100);
      await bed.vcpus.stop();
      const stopped = bed.ram.memory.slice();
      assertEquals(registers(bed), [bed.vcpus.steps(0), bed.vcpus.steps(1)]);
      assertWhole(bed);
      for (let at = 0; at < stopped.length; at++) {
        if (stopped[at] === before[at]) continue;
        assert(bed.ram.dirty.test(Math.floor(at / PAGE_SIZE)), `byte ${at} is not marked`);
      }
      await bed.sleep(20_000);
      assertEquals(bed.ram.memory.slice(), stopped);
    },
  },
  {
    name: "run() goes on where stop() left the guest, any number of times",
    guest: "vcpus=2,touches=20000",
    body: async (bed) => {
      for (let round = 1; round <= 5; round++) {
        bed.vcpus.run({ missing: false });
        await untilSteps(bed, 20 * round);
        await bed.vcpus.stop();
        assertWhole(bed);
      }
    },
  },
  {
    name: "a guest with a quota ends, with the memory that its program says",
    guest: "vcpus=3,touches=100000,quota=150,workload=uniform",
    body: async (bed) => {
      assertEquals(bed.vcpus.finished, false);
      bed.vcpus.run({ missing: false });
      await until(bed, "the quota", () => bed.vcpus.finished);
      await bed.vcpus.stop();
      assertWhole(bed);
      const last = registers(bed);
      bed.vcpus.run({ missing: false });
      await bed.sleep(20_000);
      await bed.vcpus.stop();
      assertEquals(registers(bed), last);
    },
  },
  {
    name: "setTouchesPerSecond() stops and starts an idle guest while it runs",
    guest: "touches=0",
    body: async (bed) => {
      bed.vcpus.run({ missing: false });
      await bed.sleep(20_000);
      assertEquals(bed.vcpus.steps(0), 0);
      bed.vcpus.setTouchesPerSecond(20_000);
      await untilSteps(bed, 50);
      bed.vcpus.setTouchesPerSecond(0);
      await bed.sleep(20_000);
      const steps = bed.vcpus.steps(0);
      await bed.sleep(20_000);
      assertEquals(bed.vcpus.steps(0), steps);
    },
  },
  {
    name: "a page that went wrong is counted, and kept with what was found",
    guest: "touches=20000,workload=sequential,write-share=0",
    body: async (bed) => {
      bed.ram.page(7).fill(0);
      bed.vcpus.run({ missing: false });
      await until(bed, "a violation", () => bed.vcpus.violationCount > 0);
      await bed.vcpus.stop();
      const [first] = bed.vcpus.firstViolations();
      assertEquals([first?.kind, first?.vcpu, first?.step, first?.page], ["zeroed", 0, 6, 7]);
    },
  },
  {
    name: "stop() and close() end vCPUs that never ran",
    guest: "vcpus=2",
    body: async (bed) => {
      await bed.vcpus.stop();
      assertEquals(bed.ram.dirty.count(), 0);
      await bed.vcpus.close();
      await bed.vcpus.close();
      await bed.vcpus.stop();
    },
  },
  {
    name: "close() ends vCPUs that run",
    guest: "vcpus=2,touches=20000",
    body: async (bed) => {
      bed.vcpus.run({ missing: false });
      await untilSteps(bed, 10);
      await bed.vcpus.close();
      const steps = bed.vcpus.steps(0);
      await bed.sleep(20_000);
      assertEquals(bed.vcpus.steps(0), steps);
    },
  },
];

const ARRIVED = [130, 171];

const MISSING: readonly VcpuClause[] = [
  {
    name: "a guest arrives page by page, each when it is touched",
    guest: "vcpus=2,touches=20000,quota=200",
    arrivesAfter: ARRIVED,
    body: async (bed) => {
      const faults = bed.spawn("fault", () => serveFaults(bed, ARRIVED));
      bed.vcpus.run({ missing: true });
      await until(bed, "the quota", () => bed.vcpus.finished);
      await bed.vcpus.stop();
      bed.vcpus.endFaults();
      await faults.join();
      placeAll(bed.ram, bed.spec, ARRIVED);
      assertWhole(bed);
      assert(bed.vcpus.steps(0) > ARRIVED[0]! && bed.vcpus.blockedUs(0) >= 0);
    },
  },
  {
    name:
      "nextFault() reports each block of a vCPU once, and endFaults() ends it until beginFaults()",
    guest: "vcpus=2,touches=20000",
    arrivesAfter: ARRIVED,
    body: async (bed) => {
      bed.vcpus.run({ missing: true });
      assertEquals([await bed.vcpus.nextFault(), await bed.vcpus.nextFault()], [0, 0]);
      let ended = false;
      const waiting = bed.spawn("fault", async () => {
        assertEquals(await bed.vcpus.nextFault(), null);
        ended = true;
      });
      await bed.sleep(20_000);
      assertEquals(ended, false);
      bed.vcpus.endFaults();
      await waiting.join();
      assertEquals(await bed.vcpus.nextFault(), null);
      placeOne(bed.ram, bed.spec, ARRIVED, 0);
      bed.vcpus.wake(0);
      bed.vcpus.beginFaults();
      const page = await bed.vcpus.nextFault();
      assert(page !== null && page > 0, `${page}`);
    },
  },
  {
    name:
      "stop() is acknowledged by a blocked vCPU, which goes on with its fault at the next run()",
    guest: "touches=20000,workload=sequential",
    arrivesAfter: [10],
    body: async (bed) => {
      placeOne(bed.ram, bed.spec, [10], 0);
      bed.vcpus.run({ missing: true });
      assertEquals(await bed.vcpus.nextFault(), 11);
      await bed.vcpus.stop();
      assertEquals(registers(bed), [10]);
      placeOne(bed.ram, bed.spec, [10], 11);
      bed.vcpus.wake(11);
      await bed.sleep(20_000);
      assertEquals(bed.vcpus.steps(0), 10);
      bed.vcpus.run({ missing: true });
      assertEquals(await bed.vcpus.nextFault(), 12);
      assertEquals(bed.vcpus.steps(0), 11);
      assertEquals(bed.vcpus.violationCount, 0);
    },
  },
  {
    name: "a blocked vCPU goes on when pages are no longer missing",
    guest: "touches=20000",
    arrivesAfter: [10],
    body: async (bed) => {
      bed.vcpus.run({ missing: true });
      assertEquals(await bed.vcpus.nextFault(), 0);
      placeAll(bed.ram, bed.spec, [10]);
      bed.vcpus.run({ missing: false });
      await untilSteps(bed, 30);
      await bed.vcpus.stop();
      assertWhole(bed);
    },
  },
  {
    name: "a fault is logged from the block to the vCPU that runs again, and counts as blocked",
    guest: "touches=20000,workload=sequential",
    arrivesAfter: [10],
    body: async (bed) => {
      bed.vcpus.setSession(3);
      bed.vcpus.run({ missing: true });
      assertEquals(await bed.vcpus.nextFault(), 0);
      await bed.sleep(5000);
      const waiting = bed.vcpus.blockedUs(0);
      assert(waiting >= 5000, `blocked for ${waiting} us so far`);
      placeOne(bed.ram, bed.spec, [10], 0);
      bed.vcpus.wake(0);
      assertEquals(await bed.vcpus.nextFault(), 11);
      const [faulted, runs, next] = bed.log.entries();
      assertEquals(
        [faulted, runs, next].map((entry) => [entry?.event, entry?.page, entry?.session]),
        [["faulted", 0, 3], ["vcpu-runs", 0, 3], ["faulted", 11, 3]],
      );
      assert(runs!.timeUs - faulted!.timeUs >= waiting);
    },
  },
  {
    name: "a register page that says nothing halts its vCPU, with a violation",
    guest: "touches=20000",
    arrivesAfter: [10],
    body: async (bed) => {
      bed.ram.placePage(0, "zero");
      bed.vcpus.run({ missing: true });
      await until(bed, "a violation", () => bed.vcpus.violationCount > 0);
      await bed.vcpus.stop();
      assertEquals(bed.vcpus.firstViolations().map(({ kind, page }) => [kind, page]), [[
        "zeroed",
        0,
      ]]);
      assert(bed.ram.isZeroPage(0));
    },
  },
  {
    name: "close() ends vCPUs that are blocked",
    guest: "vcpus=2,touches=20000",
    arrivesAfter: ARRIVED,
    body: async (bed) => {
      bed.vcpus.run({ missing: true });
      assertEquals(await bed.vcpus.nextFault(), 0);
      await bed.vcpus.close();
      assertEquals(await bed.vcpus.nextFault(), null);
    },
  },
];

/** All promises. */
export const VCPU_CLAUSES: readonly VcpuClause[] = [...RUNNING, ...MISSING];
