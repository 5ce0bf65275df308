import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { codeFingerprint, headCommit } from "../../lib/report/checkout.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** A folder with these files. */
async function inFolder(
  files: Readonly<Record<string, string>>,
  test: (folder: URL) => void,
): Promise<void> {
  const path = await Deno.makeTempDir({ prefix: "checkout-test-" });
  const folder = new URL(`file://${path}/`);
  for (const [name, text] of Object.entries(files)) {
    Deno.mkdirSync(new URL(".", new URL(name, folder)), { recursive: true });
    Deno.writeTextFileSync(new URL(name, folder), text);
  }
  test(folder);
  await Deno.remove(path, { recursive: true });
}

const CHECKOUTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "with its commit checked out by hash": { ".git/HEAD": `${COMMIT}\n` },
  "on a branch": { ".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": `${COMMIT}\n` },
  "on a branch whose ref is packed": {
    ".git/HEAD": "ref: refs/heads/main\n",
    ".git/packed-refs": `# pack-refs\n${
      "f".repeat(40)
    } refs/heads/other\n${COMMIT} refs/heads/main\n`,
  },
  "that is a worktree": {
    ".git": "gitdir: bare/worktrees/one\n",
    "bare/worktrees/one/HEAD": "ref: refs/heads/one\n",
    "bare/worktrees/one/commondir": "../..\n",
    "bare/refs/heads/one": `${COMMIT}\n`,
  },
};

for (const [which, files] of Object.entries(CHECKOUTS)) {
  Deno.test(`headCommit() knows the commit of a checkout ${which}`, async () => {
    await inFolder(files, (folder) => assertEquals(headCommit(folder), COMMIT));
  });
}

Deno.test("headCommit() says unknown outside of a checkout", async () => {
  await inFolder({}, (folder) => assertEquals(headCommit(folder), "unknown"));
});

Deno.test("codeFingerprint() changes with every source, and with nothing else", async () => {
  const files = { "lib/a.ts": "1", "lib/b/c.ts": "2", "lib/note.md": "3" };
  const print = async (changed: Readonly<Record<string, string>>) => {
    let fingerprint = "";
    await inFolder({ ...files, ...changed }, (folder) => {
      fingerprint = codeFingerprint(folder, ["lib/"]);
    });
    return fingerprint;
  };
  const first = await print({});
  assertMatch(first, /^[0-9a-f]{16}$/);
  assertEquals(await print({ "lib/note.md": "4", "other/d.ts": "5" }), first);
  assertNotEquals(await print({ "lib/b/c.ts": "3" }), first);
  assertNotEquals(await print({ "lib/d.ts": "" }), first);
});
