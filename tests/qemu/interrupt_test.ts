/**
 * The end of a bench between QEMUs, by Ctrl-C and by SIGKILL, at random moments: no QEMU, socket or file is left.
 * `FAULTLINE_INTERRUPTS=20` makes as many rounds.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { PERMISSIONS } from "../../bench/run_isolated.ts";
import { SeededRandom } from "../../lib/world/seeded_random.ts";
import { RunFolder } from "../../lib/world/realtime/run_folder.ts";
import { interrupt } from "../tools/interrupt.ts";
import { processesOf } from "../tools/leftovers_of_folder.ts";
import { testWithQemu } from "./test_with_qemu.ts";

const ANY_RELEASE = { need: "any-postcopy" } as const;

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const ROUNDS = Number(Deno.env.get("FAULTLINE_INTERRUPTS") ?? 2);
/** By then QEMUs have booted and migrated. */
const LATEST_MS = 4000;

/** A bench whose runs have QEMUs, proxy, tap and probes. @param root of its temporary files. */
function bench(root: string): Deno.Command {
  const engines = ["--source", "qemu", "--destination", "qemu"];
  const what = ["--arm", "scenario=preempt-connect/start", "--runs", "9", "--no-floors"];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...PERMISSIONS, "--allow-run", MAIN, "bench", ...engines, ...what],
    env: { TMPDIR: root },
    stdout: "piped",
    stderr: "piped",
  });
}

testWithQemu(
  `a bench between QEMUs leaves nothing behind when it is interrupted at ${ROUNDS} random moments`,
  async () => {
    const random = new SeededRandom(Deno.pid);
    for (let round = 0; round < ROUNDS; round++) {
      await using root = await temporaryFolder();
      const afterMs = random.integer(LATEST_MS);
      const { code } = await interrupt(bench(root.path), afterMs);
      const left = { code, processes: await processesOf(root.path), files: filesIn(root) };
      assertEquals(left, { code: 130, processes: "", files: [] }, `after ${afterMs} ms`);
    }
  },
  ANY_RELEASE,
);

testWithQemu(
  "a bench that is killed takes its QEMUs with it, and the next run removes its files",
  async () => {
    await using root = await temporaryFolder();
    const child = bench(root.path).spawn();
    const output = child.output();
    // Two QEMUs and what runs between: their folders say that they are there.
    while (filesIn(root).length < 3) await delay(10);
    child.kill("SIGKILL");
    await output;
    while (await processesOf(root.path) !== "") await delay(10);
    assertEquals(filesIn(root).length > 0, true);
    {
      await using next = await RunFolder.open({ dir: root.path });
      assertEquals(filesIn(root), [next.path.slice(root.path.length + 1)]);
    }
  },
  ANY_RELEASE,
);

interface Folder extends AsyncDisposable {
  readonly path: string;
}

async function temporaryFolder(): Promise<Folder> {
  const path = await Deno.makeTempDir({ prefix: "faultline-interrupt-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function filesIn({ path }: Folder): string[] {
  return Array.from(Deno.readDirSync(path), ({ name }) => name);
}
