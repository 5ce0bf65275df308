/**
 * A listener that has nothing to do with Faultline and takes no more connections: a Unix socket with a backlog of 0
 * whose one place is taken, so that whoever connects next waits, for as long as nobody accepts. Who takes the place is
 * the listener's own choice: a connect of its own, or the first that comes.
 *
 * @module
 */

import { assert } from "@std/assert";

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  accept: { parameters: ["i32", "pointer", "pointer"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 1 | 0o2000000;

/** Listens at `path` without accepting. */
export class FullListener implements Disposable {
  readonly path: string;
  readonly #libc = Deno.dlopen("libc.so.6", SYMBOLS);
  readonly #descriptors: number[] = [];
  readonly #listener: number;

  /** @param placeTaken whether the one place is taken at once; otherwise the first to connect takes it. */
  constructor(path: string, { placeTaken = true }: { readonly placeTaken?: boolean } = {}) {
    this.path = path;
    const { bind, listen, connect } = this.#libc.symbols;
    const address = new Uint8Array([AF_UNIX, 0, ...new TextEncoder().encode(path)]);
    this.#listener = this.#openSocket();
    assert(bind(this.#listener, address, address.length) === 0, `cannot bind ${path}`);
    assert(listen(this.#listener, 0) === 0);
    if (placeTaken) assert(connect(this.#openSocket(), address, address.length) === 0);
  }

  /** Accepts the connection that takes the place: now there is room for one more. */
  makeRoom(): void {
    this.#descriptors.push(this.#libc.symbols.accept(this.#listener, null, null));
  }

  [Symbol.dispose](): void {
    for (const fd of this.#descriptors) this.#libc.symbols.close(fd);
    this.#libc.close();
    Deno.removeSync(this.path);
  }

  #openSocket(): number {
    const fd = this.#libc.symbols.socket(AF_UNIX, SOCK_STREAM_CLOEXEC, 0);
    this.#descriptors.push(fd);
    return fd;
  }
}
