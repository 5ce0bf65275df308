/**
 * Looks at where results shall be written before there are any: whoever waits a minute for a result shall not lose it to a typing error.
 *
 * @module
 */

/** Something cannot be written where it was asked for. The message says what, where and why not. */
export class OutputError extends Error {}

/** Where each option wants its file; `null`, or absent: none. */
export type WantedFiles = Readonly<Record<string, string | null | undefined>>;

/**
 * Makes sure that these files can be written. None is changed, and one that was not there is not there afterwards.
 *
 * @param files by the name of the option, without its dashes.
 * @throws {OutputError} otherwise.
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import { OutputError, requireWritable } from "./require_writable.ts";
 *
 * await assertRejects(
 *   () => requireWritable({ json: "/no/such/folder/result.json" }),
 *   OutputError,
 *   "Cannot write --json: expected a file in a folder that exists, received /no/such/folder/result.json",
 * );
 * ```
 */
export async function requireWritable(files: WantedFiles): Promise<void> {
  for (const [option, path] of Object.entries(files)) {
    if (path === null || path === undefined) continue;
    await attempt(option, path, async () => {
      const isNew = !await exists(path);
      (await Deno.open(path, { append: true, create: true })).close();
      if (isNew) await Deno.remove(path);
    });
  }
}

/**
 * Makes a folder that is written into later, where it is not there.
 *
 * @throws {OutputError} where it cannot be made.
 */
export async function requireFolder(option: string, path: string | null): Promise<void> {
  if (path === null) return;
  await attempt(
    option,
    path,
    () => Deno.mkdir(path, { recursive: true }),
    "a folder that can be made",
  );
}

async function attempt(
  option: string,
  path: string,
  act: () => Promise<void>,
  found = "a file in a folder that exists",
): Promise<void> {
  try {
    await act();
  } catch (error) {
    const expected = error instanceof Deno.errors.NotFound ? found : expectedBy(error);
    if (expected === null) throw error;
    throw new OutputError(`Cannot write --${option}: expected ${expected}, received ${path}`);
  }
}

/** What was expected of a path, by the error that it gave; `null`: the error is of another kind. */
function expectedBy(error: unknown): string | null {
  const { PermissionDenied, NotCapable, IsADirectory, NotADirectory, AlreadyExists } = Deno.errors;
  if (error instanceof IsADirectory) return "a file, not a folder";
  if (error instanceof NotADirectory || error instanceof AlreadyExists) {
    return "folders all the way";
  }
  if (error instanceof PermissionDenied || error instanceof NotCapable) {
    return "a place that may be written to";
  }
  // Such as a file system that is full, or mounted for reading alone.
  return error instanceof Error && "code" in error ? `a writable place (${error.message})` : null;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
