/**
 * The received bitmap of a RAM block, as a recovery sends it behind the message RECV_BITMAP.
 *
 * be64 size, the bitmap, be64 end mark. It is not part of the message's payload and far longer than the 512 bytes that one
 * may have, so its size is checked against the pages of the block before anything waits for it.
 *
 * @module
 */

import { errorAt, type Window } from "./byte_queue.ts";
import { concat } from "./concat.ts";
import { be64, constant32 } from "./field.ts";
import { type Decoded, encodeFields, measureFields, readFields } from "./layout.ts";

const HEAD = { size: be64 } as const;
/** 0x0123456789abcdef. */
const END_MARK = { high: constant32(0x01234567), low: constant32(0x89abcdef) } as const;

/** Bytes of the bitmap of a block of `pages` pages: whole little-endian words of 64 bits. */
export function receivedBitmapBytes(pages: number): number {
  return Math.ceil(pages / 64) * 8;
}

/** Size, `bitmap` and end mark. */
export function encodeReceivedBitmap(bitmap: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat([
    encodeFields(HEAD, { size: bitmap.length }),
    bitmap,
    encodeFields(END_MARK, {}),
  ]);
}

/**
 * A copy of the bitmap whose size is at index `at`, or `undefined` when more bytes are needed.
 *
 * @throws {WireError} when its size is not that of `pages` pages, or the end mark is another.
 */
export function decodeReceivedBitmap(
  window: Window,
  at: number,
  pages: number,
): Decoded<Uint8Array<ArrayBuffer>> | undefined {
  const start = measureFields(HEAD, window, at);
  if (start === undefined) return undefined;
  const { size } = readFields(HEAD, window, at);
  if (size !== receivedBitmapBytes(pages)) {
    const expected = `a bitmap of ${receivedBitmapBytes(pages)} bytes for ${pages} pages`;
    throw errorAt(window, at, expected, `size ${size}`);
  }
  const end = measureFields(END_MARK, window, start + size);
  if (end === undefined) return undefined;
  readFields(END_MARK, window, start + size);
  return { message: window.bytes.slice(start, start + size) as Uint8Array<ArrayBuffer>, end };
}
