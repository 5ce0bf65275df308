import { assertEquals, assertRejects } from "@std/assert";
import { RunFolder } from "../../lib/world/realtime/run_folder.ts";

/** A process of ours that opens a folder, says which, and waits to be killed. */
const ABANDON = `
import { RunFolder } from "${import.meta.resolve("../../lib/world/realtime/run_folder.ts")}";
const { path } = await RunFolder.open();
await Deno.writeTextFile(path + "/socket", "");
console.log(path);
setTimeout(() => {}, 600_000);
`;

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("RunFolder is removed at its end, with what is in it", async () => {
  const folder = await RunFolder.open();
  await Deno.writeTextFile(`${folder.path}/file`, "");
  await folder[Symbol.asyncDispose]();
  await assertRejects(() => Deno.stat(folder.path), Deno.errors.NotFound);
});

Deno.test("RunFolder.open() removes the folder of a process that was killed, and none of one that lives", async () => {
  await using own = await RunFolder.open();
  await using ours = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-read", "--allow-write", "--allow-env", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = ours.stdin.getWriter();
  await writer.write(new TextEncoder().encode(ABANDON));
  await writer.close();
  const reader = ours.stdout.getReader();
  const { value } = await reader.read();
  const theirs = new TextDecoder().decode(value).trim();
  {
    await using _next = await RunFolder.open();
    assertEquals([await exists(theirs), await exists(own.path)], [true, true]);
  }
  ours.kill("SIGKILL");
  await ours.status;
  await reader.cancel();
  await using _next = await RunFolder.open();
  assertEquals([await exists(theirs), await exists(own.path)], [false, true]);
});
