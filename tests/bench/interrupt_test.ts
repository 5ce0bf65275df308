/**
 * Ctrl-C at random moments of a whole bench: no process, socket or file is left, and the exit code says so. Few rounds by default;
 * `FAULTLINE_INTERRUPTS=20` makes as many, each up to `LATEST_MS` after the start.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { PERMISSIONS } from "../../bench/run_isolated.ts";
import { SeededRandom } from "../../lib/world/seeded_random.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const ROUNDS = Number(Deno.env.get("FAULTLINE_INTERRUPTS") ?? 2);
/** Before it the bench does not listen to the signal yet, which then ends it by itself. */
const EARLIEST_MS = 1500;
const LATEST_MS = 15_000;

/** Processes that were started with this folder for their temporary files, by what the kernel knows. */
async function processesOf(folder: string): Promise<string> {
  const script = `grep -slz "^TMPDIR=${folder}$" /proc/[0-9]*/environ`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  return new TextDecoder().decode(stdout);
}

/** Starts a suite and interrupts it; what it says and what it leaves. */
async function interrupt(suite: string, afterMs: number): Promise<unknown> {
  const folder = await Deno.makeTempDir({ prefix: "faultline-interrupt-" });
  try {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", ...PERMISSIONS, "--allow-run", MAIN, "bench", "--suite", suite],
      env: { TMPDIR: folder },
      stdout: "null",
      stderr: "null",
    }).spawn();
    await delay(afterMs);
    child.kill("SIGINT");
    const { code } = await child.status;
    return { code, processes: await processesOf(folder), files: [...Deno.readDirSync(folder)] };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const suite of ["preempt", "capacity"]) {
  Deno.test(`bench --suite ${suite} leaves nothing behind when it is interrupted at ${ROUNDS} random moments`, async () => {
    const random = new SeededRandom(Deno.pid);
    for (let round = 0; round < ROUNDS; round++) {
      const afterMs = EARLIEST_MS + random.integer(LATEST_MS - EARLIEST_MS);
      const left = await interrupt(suite, afterMs);
      assertEquals(left, { code: 130, processes: "", files: [] }, `after ${afterMs} ms`);
    }
  });
}
