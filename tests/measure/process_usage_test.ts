import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProcFile } from "../../lib/measure/proc_file.ts";
import { parsePeakRssMib, readProcessUsage } from "../../lib/measure/process_usage.ts";
import {
  currentThreadId,
  parseRunDelayUs,
  ThreadCpuWait,
} from "../../lib/measure/thread_cpu_wait.ts";

Deno.test("parsePeakRssMib() says nothing of a text without a high-water mark", () => {
  assertEquals(parsePeakRssMib(""), null);
  assertEquals(parsePeakRssMib("Name:\tkthreadd\nUmask:\t0000\n"), null);
  assertEquals(parsePeakRssMib("VmHWM:\t lots kB\n"), null);
});

Deno.test("parseRunDelayUs() says nothing of a text that is no schedstat line", () => {
  assertEquals(parseRunDelayUs("1 2"), null);
  assertEquals(parseRunDelayUs("1 -2 3\n"), null);
});

Deno.test("readProcessUsage() finds memory that the process has touched, and its CPU time", () => {
  const before = readProcessUsage();
  const memory = new Uint8Array(64 * 2 ** 20).fill(1);
  const after = readProcessUsage();
  assert(after.peakRssMib! >= memory.length / 2 ** 20);
  assert(after.cpuMs > before.cpuMs);
});

Deno.test("ThreadCpuWait readUs() grows and never shrinks", () => {
  using wait = new ThreadCpuWait(currentThreadId());
  const first = wait.readUs();
  assert(first !== null && first >= 0);
  assert(wait.readUs()! >= first);
});

Deno.test("ThreadCpuWait refuses a thread that does not exist", () => {
  assertThrows(() => new ThreadCpuWait(2 ** 31 - 1), Deno.errors.NotFound);
});

Deno.test("ProcFile read() reads what the file says now", () => {
  using comm = new ProcFile("/proc/self/comm");
  assertEquals(comm.read(), comm.read());
  assert(comm.read()!.endsWith("\n"));
});
