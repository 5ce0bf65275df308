import { assertEquals, assertRejects } from "@std/assert";
import { OutputError, requireFolder, requireWritable } from "../../lib/report/require_writable.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "faultline-test-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("requireWritable() changes no file and makes none", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/old.json`, "kept");
    await requireWritable({ json: `${folder}/old.json`, html: `${folder}/new.html`, junit: null });
    assertEquals(await Deno.readTextFile(`${folder}/old.json`), "kept");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["old.json"]);
  }));

Deno.test("requireWritable() says which option has a place that is none, and why", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const cases = [
      [`${folder}/none/x.html`, "a file in a folder that exists"],
      [folder, "a file, not a folder"],
      [`${folder}/file/x.html`, "folders all the way"],
    ] as const;
    for (const [html, expected] of cases) {
      await assertRejects(
        () => requireWritable({ json: `${folder}/x.json`, html }),
        OutputError,
        `Cannot write --html: expected ${expected}, received ${html}`,
      );
    }
  }));

Deno.test("requireFolder() makes a folder, with those above it", () =>
  inFolder(async (folder) => {
    await requireFolder("keep", `${folder}/a/b`);
    await requireFolder("keep", `${folder}/a/b`);
    await requireFolder("keep", null);
    assertEquals((await Deno.stat(`${folder}/a/b`)).isDirectory, true);
    await Deno.writeTextFile(`${folder}/file`, "");
    await assertRejects(() => requireFolder("keep", `${folder}/file/c`), OutputError, "--keep");
  }));
