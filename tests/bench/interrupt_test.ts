/**
 * Ctrl-C at random moments of a whole bench: no process, socket or file is left, and the exit code says so. Few rounds by default;
 * `FAULTLINE_INTERRUPTS=20` makes as many, each up to `LATEST_MS` after the bench has begun.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { PERMISSIONS } from "../../bench/run_isolated.ts";
import { SeededRandom } from "../../lib/world/seeded_random.ts";
import { interrupt } from "../tools/interrupt.ts";
import { processesOf } from "../tools/leftovers_of_folder.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const ROUNDS = Number(Deno.env.get("FAULTLINE_INTERRUPTS") ?? 2);
/** Benches that run at a time: what one of them leaves behind is known by its folder. */
const AT_A_TIME = 2;
/** By then the warm-up is over, and runs have been made. */
const LATEST_MS = 7000;

/** Starts a suite and interrupts it; what it says and what it leaves. */
async function left(suite: string, afterMs: number): Promise<unknown> {
  const folder = await Deno.makeTempDir({ prefix: "faultline-interrupt-" });
  try {
    const bench = new Deno.Command(Deno.execPath(), {
      args: ["run", ...PERMISSIONS, "--allow-run", MAIN, "bench", "--suite", suite],
      env: { TMPDIR: folder },
      stdout: "piped",
      stderr: "piped",
    });
    const { code } = await interrupt(bench, afterMs);
    return { code, processes: await processesOf(folder), files: [...Deno.readDirSync(folder)] };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const suite of ["preempt", "capacity"]) {
  Deno.test(`bench --suite ${suite} leaves nothing behind when it is interrupted at ${ROUNDS} random moments`, async () => {
    const random = new SeededRandom(Deno.pid);
    for (let round = 0; round < ROUNDS; round += AT_A_TIME) {
      const moments = Array.from({ length: AT_A_TIME }, () => random.integer(LATEST_MS));
      await Promise.all(moments.map(async (afterMs) => {
        const nothing = { code: 130, processes: "", files: [] };
        assertEquals(await left(suite, afterMs), nothing, `after ${afterMs} ms`);
      }));
    }
  });
}
