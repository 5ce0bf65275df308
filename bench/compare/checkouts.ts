/**
 * Two revisions beside each other, each in a worktree of its own in a folder of this run's, which goes away with it. `.` is the checkout as
 * it lies there, changes and new files included: they become a commit that no branch knows, so that whoever goes on editing meanwhile does
 * not change what is measured.
 *
 * Both run the head's scenarios: a scenario that changed would otherwise look like a change of what it measures.
 *
 * @module
 */

import { CompareError } from "./compare_error.ts";
import { git, GitError } from "./git.ts";

const SCENARIOS = "bench/scenarios";

/** A revision that was checked out. */
export interface Checkout {
  /** As it was given. */
  readonly name: string;
  readonly commit: string;
  readonly folder: string;
}

/** Both checkouts. Dispose of them: that removes them. */
export class Checkouts implements AsyncDisposable {
  readonly #repository: string;
  readonly #folder: string;
  #base: Checkout | undefined;
  #head: Checkout | undefined;
  #scenarios: readonly string[] = [];

  private constructor(repository: string, folder: string) {
    this.#repository = repository;
    this.#folder = folder;
  }

  /**
   * Checks both out.
   *
   * @param repository any folder in it.
   * @throws {CompareError} of a revision that there is not, and of changes that HEAD does not have.
   */
  static async open(
    repository: string,
    { base, head }: { readonly base: string; readonly head: string | null },
  ): Promise<Checkouts> {
    const commits = {
      base: await commitOf(repository, "--base", base),
      head: await headCommit(repository, head),
    };
    const folder = await Deno.makeTempDir({ prefix: "faultline-compare-" });
    const checkouts = new Checkouts(repository, folder);
    try {
      checkouts.#base = await checkouts.#add("base", base, commits.base);
      checkouts.#head = await checkouts.#add("head", head ?? "HEAD", commits.head);
      checkouts.#scenarios = await shareScenarios(checkouts);
      return checkouts;
    } catch (error) {
      await checkouts[Symbol.asyncDispose]();
      throw error;
    }
  }

  get base(): Checkout {
    return this.#base!;
  }

  get head(): Checkout {
    return this.#head!;
  }

  /** Scenario files that the base had otherwise, and now has as the head does. */
  get replacedScenarios(): readonly string[] {
    return this.#scenarios;
  }

  /** A folder for files of the run. */
  get folder(): string {
    return this.#folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
    // Git still knows of the worktrees in it.
    await git(this.#repository, ["worktree", "prune"]);
  }

  async #add(side: string, name: string, commit: string): Promise<Checkout> {
    const folder = `${this.#folder}/${side}`;
    await git(this.#repository, ["worktree", "add", "--detach", folder, commit]);
    return { name, commit, folder };
  }
}

async function shareScenarios({ base, head }: Checkouts): Promise<string[]> {
  const files = [
    "diff",
    "--name-only",
    "--diff-filter=M",
    base.commit,
    head.commit,
    "--",
    SCENARIOS,
  ];
  const differing = (await git(base.folder, files)).split("\n").filter(Boolean);
  if (differing.length > 0) {
    await git(base.folder, ["checkout", head.commit, "--", ...differing]);
  }
  return differing;
}

async function commitOf(repository: string, option: string, revision: string): Promise<string> {
  try {
    return await git(repository, [
      "rev-parse",
      "--verify",
      "--end-of-options",
      `${revision}^{commit}`,
    ]);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new CompareError(
      `Cannot compare: ${option} expected a revision of this repository, received "${revision}"`,
    );
  }
}

async function headCommit(repository: string, head: string | null): Promise<string> {
  if (head === ".") return await commitOfWorkingTree(repository);
  if (head !== null) return await commitOf(repository, "--head", head);
  const changes = (await git(repository, ["status", "--porcelain"])).split("\n").filter(Boolean);
  if (changes.length === 0) return await commitOf(repository, "--head", "HEAD");
  throw new CompareError(
    `Cannot compare: expected a clean checkout, received ${changes.length} changed files: commit them, or ` +
      "compare them as they are with --head .",
  );
}

/** A commit of everything that lies there, made with an index of its own: nothing of the checkout is touched. */
async function commitOfWorkingTree(repository: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "faultline-index-" });
  try {
    const env = { GIT_INDEX_FILE: `${folder}/index` };
    await git(repository, ["read-tree", "HEAD"], env);
    await git(repository, ["add", "--all", ":/"], env);
    const tree = await git(repository, ["write-tree"], env);
    const author = ["-c", "user.name=faultline", "-c", "user.email=faultline@localhost"];
    return await git(
      repository,
      [...author, "commit-tree", tree, "-p", "HEAD", "-m", "The working tree, for a comparison"],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
