/**
 * Calls a thread that waits in poll(2): a byte through a socket pair, whose far end it polls.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";

const SYMBOLS = {
  socketpair: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 1 | 0o2000000;
const MSG_NOSIGNAL = 0x4000;

/** A bell; its owner closes it when nobody polls it any more. */
export class Bell implements Disposable {
  readonly #libc = Deno.dlopen("libc.so.6", SYMBOLS);
  readonly #pair = new Int32Array(2);

  constructor() {
    const { socketpair } = this.#libc.symbols;
    const failed = socketpair(AF_UNIX, SOCK_STREAM_CLOEXEC, 0, this.#pair);
    invariant(failed === 0, "no socket pair could be opened");
  }

  /** What is readable once the bell was rung: one byte for each ring. */
  get descriptor(): number {
    return this.#pair[1]!;
  }

  ring(): void {
    this.#libc.symbols.send(this.#pair[0]!, new Uint8Array(1), 1n, MSG_NOSIGNAL);
  }

  [Symbol.dispose](): void {
    for (const fd of this.#pair) this.#libc.symbols.close(fd);
    this.#libc.close();
  }
}
