/**
 * What this process holds of the system: descriptors, Workers, temp folders. Seen from outside, by a child, since Deno shows
 * /proc only to those who may do all.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { delay } from "@std/async";

/** How often a count is taken, 20 ms apart, before it is believed: a Worker that was terminated ends a little later. */
const TRIES = 250;

/** What a run could have left behind. */
export interface Holdings {
  readonly descriptors: number;
  readonly workers: number;
  readonly files: readonly string[];
}

/** A folder that all temp folders of this process are made in, so that what it leaves behind can be told from others'. */
export class TempRoot implements Disposable {
  readonly path: string;
  readonly #before = Deno.env.get("TMPDIR");

  constructor() {
    this.path = Deno.makeTempDirSync({ prefix: "faultline-root-" });
    Deno.env.set("TMPDIR", this.path);
  }

  [Symbol.dispose](): void {
    if (this.#before === undefined) Deno.env.delete("TMPDIR");
    else Deno.env.set("TMPDIR", this.#before);
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** What is held now, by this process and below `root`. */
export async function holdings(root: TempRoot): Promise<Holdings> {
  const script = `ls /proc/${Deno.pid}/fd; echo; cat /proc/${Deno.pid}/task/*/comm`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  const [descriptors, threads] = new TextDecoder().decode(stdout).split("\n\n");
  return {
    descriptors: descriptors!.trim().split("\n").length,
    workers: threads!.split("\n").filter((name) => name.startsWith("worker-")).length,
    files: Array.from(Deno.readDirSync(root.path), ({ name }) => name),
  };
}

/** States that nothing is held beyond what was held before. */
export async function assertNothingLeft(before: Holdings, root: TempRoot): Promise<void> {
  let now = await holdings(root);
  for (let tries = 0; tries < TRIES && exceeds(now, before); tries++) {
    await delay(20);
    now = await holdings(root);
  }
  if (exceeds(now, before)) assertEquals(now, before, "something was left behind");
}

function exceeds(now: Holdings, before: Holdings): boolean {
  return now.descriptors > before.descriptors || now.workers > before.workers ||
    now.files.length > before.files.length;
}
