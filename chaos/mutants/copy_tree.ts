/**
 * A copy of the part of the tree that a campaign needs, in a temporary folder that is removed with it.
 *
 * @module
 */

/** What a campaign reads, from the root of the repository. */
const PARTS = ["deno.json", "deno.lock", "main.ts", "lib", "chaos", "bench"] as const;

const ROOT = new URL("../../", import.meta.url);

/** The copy. */
export interface TreeCopy extends AsyncDisposable {
  /** Its root, without a slash at the end. */
  readonly path: string;
}

/** Makes one. Mutants are left out: what runs there knows nothing of them. */
export async function copyTree(): Promise<TreeCopy> {
  const path = await Deno.makeTempDir({ prefix: "faultline-mutant-" });
  const remove = () => Deno.remove(path, { recursive: true });
  try {
    for (const part of PARTS) await copy(new URL(part, ROOT).pathname, `${path}/${part}`);
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: remove };
}

async function copy(from: string, to: string): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  if (!isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    if (!name.endsWith(".patch")) await copy(`${from}/${name}`, `${to}/${name}`);
  }
}
