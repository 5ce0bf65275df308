/**
 * Why a QMP command is refused, in QAPI's error classes.
 *
 * Clients may look at the class only; the description is for people. Nearly everything is a `GenericError`, as in
 * QEMU.
 *
 * @module
 */

/** QAPI's `QapiErrorClass`. */
export const ERROR_CLASSES = [
  "GenericError",
  "CommandNotFound",
  "DeviceNotActive",
  "DeviceNotFound",
  "KVMMissingCap",
] as const;

/** One of QAPI's error classes. */
export type ErrorClass = typeof ERROR_CLASSES[number];

/** A refused command: what a server answers with, and what a client's `execute` rejects with. */
export class QmpError extends Error {
  override readonly name = "QmpError";

  /**
   * @param errorClass the reply's `class`; a peer may send one that `ERROR_CLASSES` does not hold
   * @param desc the reply's `desc`, one sentence for people
   */
  constructor(readonly errorClass: string, readonly desc: string) {
    super(desc);
  }
}

/**
 * The error of nearly every refusal.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(genericError("Parameter 'uri' is missing").errorClass, "GenericError");
 * ```
 */
export function genericError(desc: string): QmpError {
  return new QmpError("GenericError" satisfies ErrorClass, desc);
}
