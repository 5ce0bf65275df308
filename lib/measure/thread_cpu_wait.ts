/**
 * How long a thread has waited for a CPU: ready to run, but not running. On two busy cores that is most of a stall of 5-10
 * ms, and it says nothing about the code that stalled.
 *
 * @module
 */

import { ProcFile } from "./proc_file.ts";

/** The calling thread's id, by which another Worker of this process can watch it. Needs `--allow-ffi`. */
export function currentThreadId(): number {
  const libc = Deno.dlopen("libc.so.6", { gettid: { parameters: [], result: "i32" } });
  const threadId = libc.symbols.gettid();
  libc.close();
  return threadId;
}

/** Watches one thread of this process. */
export class ThreadCpuWait implements Disposable {
  readonly #schedstat: ProcFile;

  /** @throws {Deno.errors.NotFound} if the thread has ended, or the kernel keeps no such statistics. */
  constructor(threadId: number) {
    this.#schedstat = new ProcFile(`/proc/self/task/${threadId}/schedstat`);
  }

  /** Microseconds that the thread has waited for a CPU in its life so far; `null` once it has ended. */
  readUs(): number | null {
    const text = this.#schedstat.read();
    return text === null ? null : parseRunDelayUs(text);
  }

  [Symbol.dispose](): void {
    this.#schedstat[Symbol.dispose]();
  }
}

/**
 * Reads the run delay out of a schedstat line: nanoseconds on a CPU, nanoseconds waiting for one, and the number of times it
 * got one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parseRunDelayUs("36431186 685050 4\n"), 685.05);
 * assertEquals(parseRunDelayUs(""), null);
 * ```
 */
export function parseRunDelayUs(schedstat: string): number | null {
  const match = /^\d+ (\d+) \d+\s*$/.exec(schedstat);
  return match === null ? null : Number(match[1]) / 1000;
}
