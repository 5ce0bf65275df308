/**
 * A process that ends with ours, however ours ends. `close` ends it by its id; the hard thing is an end that runs no code of
 * ours (a crash, SIGKILL). For that the kernel is told to kill the process with its parent (`PR_SET_PDEATHSIG`), which only the
 * process itself can ask for: `setpriv` of util-linux does it and then becomes the program, with the same id.
 *
 * To the kernel the parent is the thread that started the process: one that a Worker has started ends with that Worker.
 *
 * @module
 */

/** How a process ended. */
export type ProcessEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "killed"; readonly signal: Deno.Signal };

/**
 * What runs between setpriv and the program. Its parent is another one already if ours died before setpriv had told the
 * kernel. Errors go to a file and not through a pipe, so that they can be read at any time, and a child of the program that
 * lives on keeps nothing open here.
 */
const SCRIPT = '[ "$PPID" = "$1" ] || exit; shift; exec 2>"$1"; shift; exec "$@"';

/** What the shell exits with where there is no such program, or it may not be executed. */
const NO_PROGRAM_CODES: readonly number[] = [126, 127];

/** A running process, or one that has ended: that is a state. */
export class TiedProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #ended: Promise<ProcessEnd>;
  readonly #errorPath: string;
  /** What it had said when it ended: the file may go. */
  #lastErrors = "";
  #end: ProcessEnd | null = null;

  /**
   * Starts `program`, with nothing to read and nobody who reads what it says.
   *
   * @param options.errorPath the file that takes its errors.
   * @throws {Deno.errors.NotFound} where there is no setpriv. A missing program ends the process: see `isMissing`.
   */
  constructor(
    program: string,
    options: { readonly args: readonly string[]; readonly errorPath: string },
  ) {
    const { args, errorPath } = options;
    const script = ["sh", "-c", SCRIPT, "sh", `${Deno.pid}`, errorPath];
    this.#errorPath = errorPath;
    this.#child = new Deno.Command("setpriv", {
      args: ["--pdeathsig", "KILL", ...script, program, ...args],
      stdin: "null",
      stdout: "null",
      // Only what setpriv itself has to complain of: the script has a file of its own.
      stderr: "inherit",
    }).spawn();
    this.#ended = this.#watch();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** How it ended; `null` while it runs. */
  get end(): ProcessEnd | null {
    return this.#end;
  }

  /** Whether it ended because there is no such program. */
  get isMissing(): boolean {
    return this.#end?.kind === "exited" && NO_PROGRAM_CODES.includes(this.#end.code);
  }

  /** What it has written to its standard error. */
  get errors(): string {
    return this.#end === null ? this.#readErrors() : this.#lastErrors;
  }

  /** What has become of it and what it said, as the end of a sentence: `was killed by SIGSEGV: ...`. */
  describe(): string {
    const { errors } = this;
    return `${describeEnd(this.#end)}${errors === "" ? "" : `: ${errors}`}`;
  }

  /** Resolves when it has ended. */
  waitUntilEnded(): Promise<ProcessEnd> {
    return this.#ended;
  }

  /** Kills it, if it has not ended, and waits until it has. Idempotent. */
  close(): Promise<ProcessEnd> {
    this.kill();
    return this.#ended;
  }

  /** Kills it, if it has not ended, and returns at once. */
  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #watch(): Promise<ProcessEnd> {
    const { code, signal } = await this.#child.status;
    this.#lastErrors = this.#readErrors();
    this.#end = signal === null ? { kind: "exited", code } : { kind: "killed", signal };
    return this.#end;
  }

  #readErrors(): string {
    try {
      return Deno.readTextFileSync(this.#errorPath).trim();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      return ""; // It has not come to the program yet.
    }
  }
}

/**
 * How a process ended, or that it has not (`null`), as the end of a sentence.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(describeEnd({ kind: "exited", code: 1 }), "exited with code 1");
 * assertEquals(describeEnd({ kind: "killed", signal: "SIGSEGV" }), "was killed by SIGSEGV");
 * ```
 */
export function describeEnd(end: ProcessEnd | null): string {
  if (end === null) return "is running";
  switch (end.kind) {
    case "exited":
      return `exited with code ${end.code}`;
    case "killed":
      return `was killed by ${end.signal}`;
  }
}
