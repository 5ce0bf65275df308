/**
 * The devices of `-machine none`, and the run state that one of them carries.
 *
 * Device data has no length of its own on the wire: a decoder finds the footer behind it only because it knows the device and its
 * version.
 *
 * @module
 */

import { ByteQueue, errorAt } from "./byte_queue.ts";
import { text } from "./field.ts";
import { invariant } from "../invariant.ts";

/** What is known about a device's section. */
export interface DeviceRow {
  readonly version: number;
  /** Bytes of its data. */
  readonly dataBytes: number;
}

const RUN_STATE_BYTES = 100;

/** Devices by idstr. */
export const DEVICES = {
  /** The guest's clock. A source may leave it out. */
  timer: { version: 2, dataBytes: 24 },
  /** The run state that the guest had when it was stopped: `running` lets it go on. */
  globalstate: { version: 1, dataBytes: 4 + RUN_STATE_BYTES },
} as const satisfies Readonly<Record<string, DeviceRow>>;

const runStateText = text(RUN_STATE_BYTES);

/**
 * The data of `globalstate`: be32 length of the run state with its NUL, then 100 bytes that begin with it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(decodeGlobalState(encodeGlobalState("running")), "running");
 * ```
 */
export function encodeGlobalState(runState: string): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(DEVICES.globalstate.dataBytes);
  invariant(!runState.includes("\0"), `Cannot write the run state ${JSON.stringify(runState)}`);
  runStateText.write(new DataView(data.buffer), 0, `${runState}\0`);
  return data;
}

/**
 * The run state in the data of `globalstate`. QEMU 8.2 and later keep two flags of their own behind it, which are ignored.
 *
 * @throws {WireError} when the data is not 104 bytes long, or no run state with its NUL.
 */
export function decodeGlobalState(data: Uint8Array): string {
  const queue = new ByteQueue();
  queue.push(data);
  const window = queue.window("device state");
  if (data.length !== DEVICES.globalstate.dataBytes) {
    const expected = `${DEVICES.globalstate.dataBytes} bytes of globalstate`;
    throw errorAt(window, window.end, expected, `${data.length}`);
  }
  runStateText.extent(window, window.start);
  const runState = runStateText.read(window, window.start);
  const length = runState.length - 1;
  if (length < 1 || runState.indexOf("\0") !== length) {
    const received = JSON.stringify(runState);
    throw errorAt(window, window.start, "a run state with one NUL at its end", received);
  }
  return runState.slice(0, length);
}
