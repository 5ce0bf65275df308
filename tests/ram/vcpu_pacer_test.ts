/**
 * A vCPU's schedule.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { VcpuPacer } from "../../lib/ram/vcpu_pacer.ts";

/** Touches until `untilUs`, waking late by `lateUs` each time; a touch takes `touchUs`. */
function touchTimes(
  pacer: VcpuPacer,
  options: { fromUs?: number; untilUs: number; rate: number; lateUs?: number; touchUs?: number },
): number[] {
  const times: number[] = [];
  let now = options.fromUs ?? 0;
  while (now < options.untilUs) {
    const wait = pacer.waitUs(now, options.rate);
    if (wait > 0) now += wait + (options.lateUs ?? 0);
    else {
      times.push(now);
      pacer.touched();
      now += options.touchUs ?? 0;
    }
  }
  return times;
}

const anyPacer = () => new VcpuPacer({ phase: 0, cpuShare: 1 });

Deno.test("VcpuPacer touches on a grid, beginning at its phase", () => {
  const pacer = new VcpuPacer({ phase: 0.5, cpuShare: 1 });
  const times = touchTimes(pacer, { fromUs: 10_000, untilUs: 14_000, rate: 1000 });
  assertEquals(times, [10_500, 11_500, 12_500, 13_500]);
});

Deno.test("VcpuPacer keeps the rate when every timer is late", () => {
  const times = touchTimes(anyPacer(), { untilUs: 100_000, rate: 1000, lateUs: 130 });
  assertEquals(times.length, 100);
});

Deno.test("VcpuPacer keeps rates whose interval is no whole microsecond", () => {
  assertEquals(touchTimes(anyPacer(), { untilUs: 1_000_000, rate: 3 }).length, 3);
  assertEquals(touchTimes(anyPacer(), { untilUs: 100_000, rate: 70_000 }).length, 7000);
});

Deno.test("VcpuPacer.restart() begins a new grid and makes up for nothing", () => {
  const pacer = anyPacer();
  touchTimes(pacer, { untilUs: 5000, rate: 1000 });
  pacer.restart(2_000_300);
  const times = touchTimes(pacer, { fromUs: 2_000_300, untilUs: 2_003_000, rate: 1000 });
  assertEquals(times, [2_000_300, 2_001_300, 2_002_300]);
});

Deno.test("VcpuPacer does not make up for a long time without a CPU", () => {
  const pacer = anyPacer();
  touchTimes(pacer, { untilUs: 5000, rate: 1000 });
  const times = touchTimes(pacer, { fromUs: 100_000, untilUs: 102_500, rate: 1000 });
  assertEquals(times, [100_000, 101_000, 102_000]);
});

Deno.test("VcpuPacer waits for ever at rate 0, and follows a new rate at once", () => {
  const pacer = anyPacer();
  assertEquals(pacer.waitUs(100, 0), Infinity);
  assertEquals(pacer.waitUs(7000, 1000), 0);
  pacer.touched();
  assertEquals(pacer.waitUs(7100, 1000), 900);
  assertEquals(pacer.waitUs(7200, 10_000), 0);
});

Deno.test("VcpuPacer holds a vCPU to its share of a CPU", () => {
  const pacer = new VcpuPacer({ phase: 0, cpuShare: 0.25 });
  const times = touchTimes(pacer, { untilUs: 1_000_000, rate: 1_000_000, touchUs: 10 });
  const busyShare = times.length * 10 / 1_000_000;
  assert(busyShare > 0.2 && busyShare < 0.27, `${busyShare}`);
});
