/**
 * The kinds of field that messages are made of.
 *
 * A field knows how many bytes it takes before it reads any: `extent` looks at the length prefix, refuses one that is out of
 * bounds, and so lets a decoder say "more bytes needed" without having allocated or consumed anything.
 *
 * @module
 */

import { errorAt, type Window } from "./byte_queue.ts";
import { hex } from "./wire_error.ts";
import { invariant } from "../invariant.ts";

/** How one value lies on the wire. Integers are big-endian. */
export interface Field<T> {
  /** What QEMU's documents call it. */
  readonly tag: string;
  /** The fewest and the most bytes that any value takes. */
  readonly minBytes: number;
  readonly maxBytes: number;
  /**
   * Bytes that the field at index `at` takes; its prefix's length as long as the prefix is not there.
   *
   * @throws {WireError} when its length is out of bounds.
   */
  extent(window: Window, at: number): number;
  /**
   * The value of a field that is there as a whole.
   *
   * @throws {WireError} when the bytes are no value of this field.
   */
  read(window: Window, at: number): T;
  /** Bytes that `value` takes. */
  size(value: T): number;
  write(view: DataView, at: number, value: T): void;
}

/** A field that always has the same value, which therefore does not appear in messages. */
export interface Constant extends Field<undefined> {
  readonly constant: number;
}

/** A byte range of a RAM block, both numbers in bytes. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** The most ranges that one POSTCOPY_RAM_DISCARD holds. */
export const MAX_DISCARD_RANGES = 12;

const RANGE_BYTES = 16;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a be64 that must be a safe integer. */
function readBe64(window: Window, at: number): number {
  const high = window.view.getUint32(at);
  if (high > 0x1fffff) {
    const received = `0x${window.view.getBigUint64(at).toString(16)}`;
    throw errorAt(window, at, "a be64 of at most 2^53 - 1", received);
  }
  return high * 2 ** 32 + window.view.getUint32(at + 4);
}

function writeBe64(view: DataView, at: number, value: number): void {
  invariant(Number.isSafeInteger(value) && value >= 0, () => `Cannot write ${value} as a be64`);
  view.setUint32(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 4, value % 2 ** 32);
}

/** An integer of 2 bytes. */
export const be16: Field<number> = {
  tag: "be16",
  minBytes: 2,
  maxBytes: 2,
  extent: () => 2,
  read: ({ view }, at) => view.getUint16(at),
  size: () => 2,
  write: (view, at, value) => view.setUint16(at, value),
};

/** An integer of 4 bytes. */
export const be32: Field<number> = {
  tag: "be32",
  minBytes: 4,
  maxBytes: 4,
  extent: () => 4,
  read: ({ view }, at) => view.getUint32(at),
  size: () => 4,
  write: (view, at, value) => view.setUint32(at, value),
};

/** An integer of 8 bytes, at most 2^53 - 1: RAM sizes and offsets are numbers here. */
export const be64: Field<number> = {
  tag: "be64",
  minBytes: 8,
  maxBytes: 8,
  extent: () => 8,
  read: readBe64,
  size: () => 8,
  write: writeBe64,
};

function readText(window: Window, start: number, length: number): string {
  try {
    return decoder.decode(window.bytes.subarray(start, start + length));
  } catch {
    throw errorAt(window, start, `${length} bytes of UTF-8`, "other bytes");
  }
}

function writeText(view: DataView, at: number, bytes: Uint8Array): void {
  new Uint8Array(view.buffer, view.byteOffset + at, bytes.length).set(bytes);
}

/** A u8 length and a name: of a RAM block or of a device. 1 to 255 bytes of UTF-8. */
export const name: Field<string> = {
  tag: "name",
  minBytes: 2,
  maxBytes: 256,
  extent: ({ bytes, end }, at) => at < end ? 1 + (bytes[at] ?? 0) : 1,
  read(window, at) {
    const length = window.view.getUint8(at);
    if (length === 0) throw errorAt(window, at, "a name of at least one byte", "length 0");
    return readText(window, at + 1, length);
  },
  size: (value) => 1 + encoder.encode(value).length,
  write(view, at, value) {
    const bytes = encoder.encode(value);
    invariant(bytes.length >= 1 && bytes.length <= 255, `Cannot write "${value}" as a name`);
    view.setUint8(at, bytes.length);
    writeText(view, at + 1, bytes);
  },
};

/** A be32 length and a text of at most `limitBytes` bytes of UTF-8. */
export function text(limitBytes: number): Field<string> {
  return {
    tag: "text",
    minBytes: 4,
    maxBytes: 4 + limitBytes,
    extent(window, at) {
      if (window.end - at < 4) return 4;
      const length = window.view.getUint32(at);
      if (length > limitBytes) {
        throw errorAt(window, at, `a text of at most ${limitBytes} bytes`, `length ${length}`);
      }
      return 4 + length;
    },
    read: (window, at) => readText(window, at + 4, window.view.getUint32(at)),
    size: (value) => 4 + encoder.encode(value).length,
    write(view, at, value) {
      const bytes = encoder.encode(value);
      invariant(bytes.length <= limitBytes, `Cannot write a text of ${bytes.length} bytes`);
      view.setUint32(at, bytes.length);
      writeText(view, at + 4, bytes);
    },
  };
}

/** 1 to 12 ranges that fill the rest of a payload. */
export const ranges: Field<readonly ByteRange[]> = {
  tag: "ranges",
  minBytes: RANGE_BYTES,
  maxBytes: MAX_DISCARD_RANGES * RANGE_BYTES,
  extent(window, at) {
    const length = window.end - at;
    const count = length / RANGE_BYTES;
    if (!Number.isInteger(count) || count < 1 || count > MAX_DISCARD_RANGES) {
      throw errorAt(window, at, "1 to 12 ranges of 16 bytes each", `${length} bytes`);
    }
    return length;
  },
  read(window, at) {
    const read: ByteRange[] = [];
    for (let i = at; i < window.end; i += RANGE_BYTES) {
      read.push({ start: readBe64(window, i), length: readBe64(window, i + 8) });
    }
    return read;
  },
  size: (value) => value.length * RANGE_BYTES,
  write(view, at, value) {
    invariant(
      value.length >= 1 && value.length <= MAX_DISCARD_RANGES,
      `Cannot write ${value.length} ranges`,
    );
    value.forEach((range, i) => {
      writeBe64(view, at + i * RANGE_BYTES, range.start);
      writeBe64(view, at + i * RANGE_BYTES + 8, range.length);
    });
  },
};

function constant(integer: Field<number>, value: number): Constant {
  return {
    tag: "constant",
    constant: value,
    minBytes: integer.minBytes,
    maxBytes: integer.maxBytes,
    extent: () => integer.minBytes,
    read(window, at) {
      const received = integer.read(window, at);
      if (received !== value) throw errorAt(window, at, hex(value), hex(received));
      return undefined;
    },
    size: () => integer.minBytes,
    write: (view, at) => integer.write(view, at, value),
  };
}

const u8: Field<number> = {
  tag: "u8",
  minBytes: 1,
  maxBytes: 1,
  extent: () => 1,
  read: ({ view }, at) => view.getUint8(at),
  size: () => 1,
  write: (view, at, value) => view.setUint8(at, value),
};

/** A byte that is always `value`. */
export function constant8(value: number): Constant {
  return constant(u8, value);
}

/** A be32 that is always `value`. */
export function constant32(value: number): Constant {
  return constant(be32, value);
}
