/**
 * Reads files under /proc that are asked for again and again, through libc's `open` and `pread`. Deno's own file functions
 * are no way here: for /proc they demand every permission (`--allow-all`), while this needs `--allow-ffi` alone, which the
 * connect Worker needs anyway. It is faster too: a kept descriptor is read in 2 us, where open, read and close take 15.
 *
 * @module
 */

/** Longest text read; what is looked for in `/proc/self/status` stands in its first kilobyte. */
const TEXT_BYTES = 4096;

const SYMBOLS = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** A file under /proc that stays open. */
export class ProcFile implements Disposable {
  readonly #libc = Deno.dlopen("libc.so.6", SYMBOLS);
  readonly #fd: number;
  readonly #text = new Uint8Array(TEXT_BYTES);
  readonly #decoder = new TextDecoder();

  /** @throws {Deno.errors.NotFound} if there is no such file, or it may not be read. */
  constructor(path: string) {
    const readOnlyCloseOnExec = 0o2000000;
    this.#fd = this.#libc.symbols.open(new TextEncoder().encode(`${path}\0`), readOnlyCloseOnExec);
    if (this.#fd >= 0) return;
    this.#libc.close();
    throw new Deno.errors.NotFound(`Cannot read "${path}": expected a readable file, found none`);
  }

  /** What the file says now, up to 4096 bytes; `null` once the process or thread that it tells of has ended. */
  read(): string | null {
    const length = Number(
      this.#libc.symbols.pread(this.#fd, this.#text, BigInt(TEXT_BYTES), 0n),
    );
    return length <= 0 ? null : this.#decoder.decode(this.#text.subarray(0, length));
  }

  [Symbol.dispose](): void {
    this.#libc.symbols.close(this.#fd);
    this.#libc.close();
  }
}
