/**
 * Git, as a process.
 *
 * @module
 */

import { CompareError } from "./compare_error.ts";

/** What git refused. */
export class GitError extends Error {
  override readonly name = "GitError";
}

/**
 * Runs git in a folder, and resolves with what it printed.
 *
 * @throws {GitError} with git's own words where it fails.
 * @throws {CompareError} where there is no git.
 */
export async function git(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  try {
    const command = new Deno.Command("git", { args: [...args], cwd: folder, env, stdin: "null" });
    const { success, stdout, stderr } = await command.output();
    if (success) return new TextDecoder().decode(stdout).trim();
    throw new GitError(`git ${args[0]}: ${new TextDecoder().decode(stderr).trim()}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new CompareError("Cannot compare: expected git on the PATH, found none");
  }
}
