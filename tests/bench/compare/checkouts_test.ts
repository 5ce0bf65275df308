import { assert, assertEquals, assertRejects } from "@std/assert";
import { Checkouts } from "../../../bench/compare/checkouts.ts";
import { CompareError } from "../../../bench/compare/compare_error.ts";
import { git } from "../../../bench/compare/git.ts";

/** A repository of two commits: `x` says "one", then "two". */
async function inRepository(test: (repository: string) => Promise<void>): Promise<void> {
  const repository = await Deno.makeTempDir({ prefix: "checkouts-test-" });
  await git(repository, ["init", "--quiet", "--initial-branch=main"]);
  for (const text of ["one", "two"]) {
    Deno.writeTextFileSync(`${repository}/x`, text);
    await git(repository, ["add", "x"]);
    const author = ["-c", "user.name=x", "-c", "user.email=x@localhost"];
    await git(repository, [...author, "commit", "--quiet", "-m", text]);
  }
  await test(repository);
  assertEquals((await git(repository, ["worktree", "list"])).split("\n").length, 1);
  await Deno.remove(repository, { recursive: true });
}

function read(folder: string): string {
  return Deno.readTextFileSync(`${folder}/x`);
}

Deno.test("Checkouts puts two revisions beside each other, and takes them away again", async () => {
  await inRepository(async (repository) => {
    let folder: string;
    {
      await using checkouts = await Checkouts.open(repository, { base: "HEAD~1", head: null });
      const { base, head } = checkouts;
      assertEquals([read(base.folder), read(head.folder)], ["one", "two"]);
      assertEquals(head.commit, await git(repository, ["rev-parse", "HEAD"]));
      folder = checkouts.folder;
    }
    assert(!await Deno.stat(folder).then(() => true, () => false));
  });
});

Deno.test("Checkouts has both run the head's scenarios", async () => {
  await inRepository(async (repository) => {
    const file = "bench/scenarios/x.yaml";
    Deno.mkdirSync(`${repository}/bench/scenarios`, { recursive: true });
    for (const text of ["old", "new"]) {
      Deno.writeTextFileSync(`${repository}/${file}`, text);
      await git(repository, ["add", "--all"]);
      const author = ["-c", "user.name=x", "-c", "user.email=x@localhost"];
      await git(repository, [...author, "commit", "--quiet", "-m", text]);
    }
    await using checkouts = await Checkouts.open(repository, { base: "HEAD~1", head: null });
    assertEquals(checkouts.replacedScenarios, [file]);
    assertEquals(Deno.readTextFileSync(`${checkouts.base.folder}/${file}`), "new");
    await using same = await Checkouts.open(repository, { base: "HEAD", head: null });
    assertEquals(same.replacedScenarios, []);
  });
});

Deno.test("Checkouts takes . for the checkout with its changes and new files, and leaves it as it is", async () => {
  await inRepository(async (repository) => {
    Deno.writeTextFileSync(`${repository}/x`, "three");
    Deno.writeTextFileSync(`${repository}/y`, "new");
    const before = await git(repository, ["status", "--porcelain"]);
    await using checkouts = await Checkouts.open(repository, { base: "HEAD", head: "." });
    assertEquals([read(checkouts.base.folder), read(checkouts.head.folder)], ["two", "three"]);
    assertEquals(Deno.readTextFileSync(`${checkouts.head.folder}/y`), "new");
    assertEquals(await git(repository, ["status", "--porcelain"]), before);
  });
});

Deno.test("Checkouts refuses changes that HEAD does not have, and revisions that there are not", async () => {
  await inRepository(async (repository) => {
    await assertRejects(
      () => Checkouts.open(repository, { base: "nowhere", head: null }),
      CompareError,
      `Cannot compare: --base expected a revision of this repository, received "nowhere"`,
    );
    await assertRejects(
      () => Checkouts.open(repository, { base: "HEAD", head: "--output=x" }),
      CompareError,
      "--head expected a revision",
    );
    Deno.writeTextFileSync(`${repository}/x`, "three");
    await assertRejects(
      () => Checkouts.open(repository, { base: "HEAD~1", head: null }),
      CompareError,
      "Cannot compare: expected a clean checkout, received 1 changed files",
    );
  });
});
