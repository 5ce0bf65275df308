/**
 * A revision as a process whose engines stay warm from one turn to the next.
 *
 * @module
 */

import { z } from "zod";
import { checkJson } from "../../lib/report/check_json.ts";
import { RUN, type RunResult } from "../../lib/report/result.ts";
import { interruptProcess } from "../interrupt_process.ts";
import { PERMISSIONS, V8_FLAGS } from "../run_isolated.ts";
import type { Checkout } from "./checkouts.ts";
import { CompareError } from "./compare_error.ts";
import { readLines } from "./read_lines.ts";
import type { RevisionRun, RunningRevision } from "./running_revision.ts";
import type { Turn, TurnsStart } from "./turns_process.ts";

/** Where a checkout has what answers. */
export const TURNS_PROCESS = "bench/compare/turns_process.ts";

const REPLY = z.array(RUN);

/** A running process. Dispose of it: that ends it, and waits until it has ended. */
export class WarmRevision implements RunningRevision {
  readonly #checkout: Checkout;
  readonly #signal: AbortSignal;
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncGenerator<string>;
  readonly #complaint: Promise<string>;
  readonly #interrupt: () => void;

  private constructor(checkout: Checkout, signal: AbortSignal) {
    this.#checkout = checkout;
    this.#signal = signal;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", V8_FLAGS, ...PERMISSIONS, TURNS_PROCESS],
      cwd: checkout.folder,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = readLines(this.#child.stdout);
    this.#complaint = new Response(this.#child.stderr).text();
    this.#interrupt = () => interruptProcess(this.#child);
    signal.addEventListener("abort", this.#interrupt);
  }

  /** Starts it, and resolves when its engines are warm. @throws {CompareError} with what it said, where it cannot run. */
  static async start(
    checkout: Checkout,
    { what, signal }: RevisionRun,
  ): Promise<WarmRevision> {
    const started = new WarmRevision(checkout, signal);
    try {
      await started.#ask({ what });
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  async turn(turn: Turn): Promise<readonly RunResult[] | null> {
    return await this.#ask(turn);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener("abort", this.#interrupt);
    // Where it has ended already there is nobody to be told.
    await this.#writer.close().catch(() => {});
    await this.#lines.return(undefined);
    await Promise.all([this.#child.status, this.#complaint]);
  }

  async #ask(message: TurnsStart | Turn): Promise<readonly RunResult[] | null> {
    // A process that has ended says why below.
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`))
      .catch(() => {});
    const { value: line } = await this.#lines.next();
    if (this.#signal.aborted) return null;
    if (line === undefined) {
      throw this.#wrong(`measured nothing:\n${(await this.#complaint).trim()}`);
    }
    const reply = checkJson(REPLY, line);
    if (reply.kind === "wrong") {
      throw this.#wrong(`measured what nobody can read: ${reply.problem}`);
    }
    return reply.value;
  }

  #wrong(what: string): CompareError {
    const { name, commit } = this.#checkout;
    return new CompareError(
      `Cannot compare: the bench of ${name} (${commit.slice(0, 12)}) ${what}`,
    );
  }
}
