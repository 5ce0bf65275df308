/**
 * A folder for the sockets and files of a run. It is removed at the run's end, and where that end ran no code of ours (SIGKILL, a
 * crash) by the next run. The hard thing is to know which folders are nobody's any more: the kernel does, since a lock ends with
 * the process that holds it, whoever has its number later.
 *
 * @module
 */

const PREFIX = "faultline-run-";

/** An open folder. Dispose of it: that removes it. */
export class RunFolder implements AsyncDisposable {
  readonly path: string;
  readonly #lock: Deno.FsFile;

  private constructor(path: string, lock: Deno.FsFile) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Makes one, and removes those beside it that are nobody's.
   *
   * @param options.dir where. @default {TMPDIR's, or /tmp}
   */
  static async open(options: { readonly dir?: string } = {}): Promise<RunFolder> {
    for (;;) {
      const path = await Deno.makeTempDir({ prefix: PREFIX, ...options });
      const lock = await tryLock(path);
      if (lock === null) continue; // Somebody took it for abandoned: it was not locked yet.
      await removeAbandoned(path.slice(0, path.lastIndexOf("/")));
      return new RunFolder(path, lock);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
    this.#lock.close();
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(parent)) {
    if (!isDirectory || !name.startsWith(PREFIX)) continue;
    using lock = await tryLock(`${parent}/${name}`);
    if (lock !== null) await Deno.remove(`${parent}/${name}`, { recursive: true });
  }
}

/** The lock of a folder; `null` where somebody else has it, may not be disturbed, or has removed the folder. */
async function tryLock(path: string): Promise<Deno.FsFile | null> {
  try {
    const folder = await Deno.open(path);
    // Whoever had the lock before may have removed the folder.
    if (await folder.tryLock(true) && await exists(path)) return folder;
    folder.close();
  } catch (error) {
    const isGone = error instanceof Deno.errors.NotFound;
    if (!isGone && !(error instanceof Deno.errors.PermissionDenied)) throw error;
  }
  return null;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return false;
  }
}
