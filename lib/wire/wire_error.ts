/**
 * What a decoder throws at bytes that are not the protocol.
 *
 * The peer decides what arrives, so this is an operating error and never a bug: whoever owns the channel catches it and turns
 * it into a status, exactly as it does with a channel that broke.
 *
 * @module
 */

/** Which stream did not decode, in the words of the error message. `package` is the stream nested in a PACKAGED command. */
export type WireStream =
  | "main channel"
  | "package"
  | "preempt channel"
  | "return path"
  | "device state";

/** Bytes that do not decode: where, what the protocol has there, and what came instead. */
export class WireError extends Error {
  override readonly name = "WireError";
  constructor(
    readonly stream: WireStream,
    /** Offset in `stream`, in bytes, of what was not understood. */
    readonly offset: number,
    readonly expected: string,
    readonly received: string,
  ) {
    super(
      `Cannot decode ${stream} at offset ${offset}: expected ${expected}, received ${received}`,
    );
  }
}

/**
 * Spells a number as QEMU's documents do.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(hex(0x7e), "0x7e");
 * ```
 */
export function hex(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}
