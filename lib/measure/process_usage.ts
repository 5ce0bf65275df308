/**
 * What this process has cost: CPU time and peak memory. The peak is the kernel's own high-water mark of this process's memory
 * (VmHWM). `getrusage`, which `process.resourceUsage()` gives, is wrong for it: across fork and exec a child inherits its
 * parent's peak (seen: 326 MB for a child of 36), and the capacity suite runs each arm in a child.
 *
 * @module
 */

import process from "node:process";
import { ProcFile } from "./proc_file.ts";

/** CPU time and peak memory since the process began. */
export interface ProcessUsage {
  /** User and system time of all threads, in milliseconds. */
  readonly cpuMs: number;
  /** The largest resident set so far; `null` where the kernel does not say. */
  readonly peakRssMib: number | null;
}

/** What this process has used so far. Needs `--allow-ffi`. */
export function readProcessUsage(): ProcessUsage {
  using status = new ProcFile("/proc/self/status");
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, peakRssMib: parsePeakRssMib(status.read() ?? "") };
}

/**
 * Reads VmHWM out of the text of a `/proc/PID/status`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parsePeakRssMib("Name:\tdeno\nVmHWM:\t  204800 kB\nVmRSS:\t  1024 kB\n"), 200);
 * ```
 */
export function parsePeakRssMib(status: string): number | null {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(status);
  return match === null ? null : Number(match[1]) / 1024;
}
