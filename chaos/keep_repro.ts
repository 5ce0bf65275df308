/**
 * Keeps failures as repro files.
 *
 * @module
 */

import type { Failure } from "./campaign/explain.ts";
import type { Origin } from "./origin.ts";
import { formatRepro } from "./repro.ts";

/** Keeps failures in a folder. */
export class ReproKeeper {
  readonly #origin: Origin;
  #folder: string | null;

  /** @param folder `null`: a new one in the system's folder for temporary files, once there is something to keep. */
  constructor(folder: string | null, origin: Origin) {
    this.#folder = folder;
    this.#origin = origin;
  }

  /** Writes a repro; resolves with its file, or `null` where nothing may be written. */
  async keep(seed: bigint, failure: Failure): Promise<string | null> {
    const { oracle, message, traceHash, tries, seconds, minimal } = failure;
    const text = formatRepro({
      schema: "faultline/repro/1",
      oracle,
      message,
      ...this.#origin,
      seed: String(seed),
      ...failure.shrunk,
      traceHash,
      found: failure.found,
      shrinking: { tries, seconds, minimal },
    });
    try {
      this.#folder ??= await Deno.makeTempDir({ prefix: "faultline-chaos-" });
      await Deno.mkdir(this.#folder, { recursive: true });
      const file = `${this.#folder}/${oracle}-${seed}.json`;
      await Deno.writeTextFile(file, text);
      return file;
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) return null;
      throw error;
    }
  }
}
