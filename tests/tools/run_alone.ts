/**
 * Runs a file of tests in a process of its own. Descriptors, Workers and environment are the process's: a test that counts what is left of
 * them must not share one with tests that run beside it.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";

const CONFIG = new URL("../../deno.json", import.meta.url);

/** Runs the file as `deno task test` would, and fails with its output where one of its tests does. */
export async function runAlone(file: URL): Promise<void> {
  const { tasks } = JSON.parse(Deno.readTextFileSync(CONFIG));
  const [, ...args] = tasks.test.command.split(" ").filter((word: string) =>
    !["--doc", "--parallel"].includes(word)
  );
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args, file.pathname],
    env: { NO_COLOR: "1" },
  }).output();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  assertEquals(code, 0, text);
  assertMatch(text, /ok \| [1-9]\d* passed/);
}
