/**
 * How much of its time a virtual machine did not get: the hypervisor ran something else on its CPUs.
 *
 * @module
 */

import { ProcFile } from "./proc_file.ts";

/** Ticks since the machine started, over all CPUs. */
export interface CpuTicks {
  readonly stolen: number;
  readonly all: number;
}

/** What the kernel has counted so far; `null` where it does not say. Needs `--allow-ffi`. */
export function readCpuTicks(): CpuTicks | null {
  using stat = new ProcFile("/proc/stat");
  return parseCpuTicks(stat.read() ?? "");
}

/**
 * Reads the first line of a `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in these already.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parseCpuTicks("cpu  50 0 20 900 10 5 5 10 7 0\ncpu0 1 2"), { stolen: 10, all: 1000 });
 * ```
 */
export function parseCpuTicks(stat: string): CpuTicks | null {
  const match = /^cpu ((?: +\d+){8})/.exec(stat);
  if (match === null) return null;
  const ticks = match[1]!.trim().split(/ +/).map(Number);
  return { stolen: ticks[7]!, all: ticks.reduce((sum, count) => sum + count, 0) };
}

/** The share that was stolen between two moments; `null` where it is not known, or no tick went by. */
export function stolenShare(from: CpuTicks | null, to: CpuTicks | null): number | null {
  if (from === null || to === null || to.all <= from.all) return null;
  return (to.stolen - from.stolen) / (to.all - from.all);
}
