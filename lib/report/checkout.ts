/**
 * Which code runs: the commit that is checked out, and a fingerprint of sources.
 *
 * The commit is read from Git's files rather than asked of Git, so that nothing has to be allowed to start processes.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** The hash of the commit that is checked out in `folder`; `unknown` where it cannot be told. */
export function headCommit(folder: URL): string {
  try {
    return readHead(folder);
  } catch (error) {
    if (isUnreadable(error)) return "unknown";
    throw error;
  }
}

/**
 * A fingerprint of all TypeScript files below some folders: 16 hexadecimal digits; `unknown` where they cannot be read.
 *
 * @param root that names in the fingerprint start from.
 */
export function codeFingerprint(root: URL, folders: readonly string[]): string {
  const hash = createHash("sha256");
  try {
    for (const folder of folders) {
      for (const path of sourcesBelow(root, folder)) {
        hash.update(`${path}\0`).update(Deno.readFileSync(new URL(path, root))).update("\0");
      }
    }
  } catch (error) {
    if (isUnreadable(error)) return "unknown";
    throw error;
  }
  return hash.digest("hex").slice(0, 16);
}

function sourcesBelow(root: URL, folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, root))]
    .flatMap(({ name, isDirectory }) => {
      if (isDirectory) return sourcesBelow(root, `${folder}${name}/`);
      return name.endsWith(".ts") ? [`${folder}${name}`] : [];
    }).sort();
}

function isUnreadable(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable;
}

function readHead(folder: URL): string {
  const git = gitFolder(folder);
  const head = read(new URL("HEAD", git));
  if (!head.startsWith("ref: ")) return head;
  const ref = head.slice("ref: ".length);
  for (const place of [git, commonFolder(git)]) {
    try {
      return read(new URL(ref, place));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  const packed = read(new URL("packed-refs", commonFolder(git)));
  const line = packed.split("\n").find((one) => one.endsWith(` ${ref}`));
  return line?.split(" ")[0] ?? "unknown";
}

/** A worktree has a file there that says where the folder is. */
function gitFolder(folder: URL): URL {
  const path = new URL(".git", folder);
  if (Deno.statSync(path).isDirectory) return new URL(".git/", folder);
  return new URL(`${read(path).replace(/^gitdir: /, "")}/`, folder);
}

/** Where the refs are that all worktrees have in common. */
function commonFolder(git: URL): URL {
  try {
    return new URL(`${read(new URL("commondir", git))}/`, git);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return git;
    throw error;
  }
}

function read(path: URL): string {
  return Deno.readTextFileSync(path).trim();
}
