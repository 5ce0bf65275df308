/**
 * Processes that end with ours: no QEMU is needed for it.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { deadline } from "@std/async";
import { ProcFile } from "../../lib/measure/proc_file.ts";
import { TiedProcess } from "../../lib/qemu/tied_process.ts";

/** Runs `body` with the path of a file for a process's errors. */
async function withErrorPath(body: (errorPath: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "faultline-" });
  try {
    await body(`${folder}/stderr.txt`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Whether a process runs: one that has ended and that nobody has asked about yet does not. */
function isRunning(pid: number): boolean {
  try {
    using stat = new ProcFile(`/proc/${pid}/stat`);
    return /\) [^ZX]/.test(stat.read() ?? "");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return false;
  }
}

Deno.test("TiedProcess knows the exit code, and what was said, after the file is gone", async () => {
  await withErrorPath(async (errorPath) => {
    const args = ["-c", "echo no such luck >&2; exit 3"];
    const process = new TiedProcess("sh", { args, errorPath });
    assertEquals(await process.waitUntilEnded(), { kind: "exited", code: 3 });
    await Deno.remove(errorPath);
    assertEquals(process.describe(), "exited with code 3: no such luck");
    assertEquals(process.isMissing, false);
  });
});

Deno.test("TiedProcess.close() kills, waits, and may come again", async () => {
  await withErrorPath(async (errorPath) => {
    const process = new TiedProcess("sleep", { args: ["300"], errorPath });
    assertEquals([process.end, process.describe()], [null, "is running"]);
    assert(isRunning(process.pid));
    assertEquals(await process.close(), { kind: "killed", signal: "SIGKILL" });
    assertEquals(isRunning(process.pid), false);
    assertEquals(await process.close(), { kind: "killed", signal: "SIGKILL" });
    assertEquals(process.describe(), "was killed by SIGKILL");
  });
});

Deno.test("TiedProcess.isMissing tells a program that is not there", async () => {
  await withErrorPath(async (errorPath) => {
    const process = new TiedProcess("faultline-no-such-program", { args: [], errorPath });
    await process.waitUntilEnded();
    assertEquals(process.isMissing, true);
    assertMatch(process.errors, /faultline-no-such-program/);
  });
});

Deno.test("TiedProcess ends with a process of ours that is killed", async () => {
  await withErrorPath(async (errorPath) => {
    const script = new URL("./abandon_process.ts", import.meta.url);
    const permissions = ["--allow-run", "--allow-read"];
    await using ours = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", ...permissions, script.pathname, errorPath],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const reader = ours.stdout.getReader();
    const { value } = await reader.read();
    const pid = Number(new TextDecoder().decode(value));
    assert(isRunning(pid), `process ${pid} does not run`);
    ours.kill("SIGKILL");
    await ours.status;
    await reader.cancel();
    await deadline(untilEnded(pid), 60_000);
  });
});

async function untilEnded(pid: number): Promise<void> {
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
}
