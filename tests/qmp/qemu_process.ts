/**
 * A real QEMU with a QMP socket and nothing else, for tests that compare ours with it.
 *
 * @module
 */

import type { Address } from "../../lib/world/address.ts";

const QEMU = "qemu-system-x86_64";

/** Why tests against QEMU cannot run here, as part of their names; `null` where they can, or must. */
export function whyNoQemu(): string | null {
  if (Deno.env.get("FAULTLINE_REQUIRE_QEMU") === "1") return null;
  try {
    new Deno.Command(QEMU, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync();
    return null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `skipped: ${QEMU} is not installed`;
    throw error;
  }
}

/** A running QEMU. It connects its monitor by itself, so that nobody has to try until it listens. */
export class QemuProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;

  /**
   * Starts a QEMU that connects its monitor to a listener.
   *
   * @param onExit called when it has ended, however it did
   */
  constructor({ path }: Address & { kind: "unix" }, onExit: () => void) {
    const monitor = ["-qmp", `unix:${path},server=off`];
    this.#process = new Deno.Command(QEMU, {
      args: ["-machine", "none", "-nodefaults", "-display", "none", ...monitor],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#process.status.then(onExit);
  }

  /** Ends it, unless it has ended by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended already.
    }
    await this.#process.status;
  }
}
