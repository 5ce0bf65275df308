/**
 * What the main channel says, as events, and their encoder.
 *
 * Nearly all of it comes from the tables: an event is an element, a command or a RAM record. Three say more than their row,
 * because what follows them belongs to them: MEM_SIZE has its list of blocks, a device its data, PACKAGED its package. RAM
 * records are left to `RamRecordWriter`, which fills whole batches and knows what CONTINUE refers to.
 *
 * @module
 */

import { concat } from "./concat.ts";
import { type Command, commandTable } from "./commands.ts";
import { type Element, ELEMENTS, encodeElement, HEADER } from "./elements.ts";
import { encodeFields } from "./layout.ts";
import { encodeMemSize, type MemSize } from "./mem_size.ts";
import type { RamRecord } from "./ram_record.ts";

/** A device's section up to its footer. */
export interface DeviceSection {
  readonly kind: "device";
  readonly sectionId: number;
  readonly idstr: string;
  readonly instance: number;
  readonly version: number;
  readonly data: Uint8Array;
}

/** A stream nested in the main channel, whole: LISTEN, the devices, RUN. */
export interface Packaged {
  readonly kind: "packaged";
  readonly data: Uint8Array;
}

/** Devices of a package that only their own machine understands, one behind the other with their footers. */
export interface ForeignDevices {
  readonly kind: "foreign-devices";
  readonly data: Uint8Array;
}

/** Everything that the main channel says, but for RAM records. */
export type MainChannelMessage =
  | { readonly kind: "header" }
  | Exclude<Element, { readonly kind: "section-full" | "subsection" | "command" }>
  | MemSize
  | DeviceSection
  | ForeignDevices
  | Exclude<Command, { readonly kind: "packaged" }>
  | Packaged;

/** Everything that the main channel says. */
export type MainChannelEvent = MainChannelMessage | RamRecord;

/**
 * The message's bytes.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const bytes = encodeMainChannel({ kind: "ping", value: 1 });
 * assertEquals(bytes, new Uint8Array([0x08, 0, 2, 0, 4, 0, 0, 0, 1]));
 * ```
 */
export function encodeMainChannel(message: MainChannelMessage): Uint8Array<ArrayBuffer> {
  switch (message.kind) {
    case "header":
      return encodeFields(HEADER, {});
    case "mem-size":
      return encodeMemSize(message.blocks);
    case "device":
      return concat([encodeElement({ ...message, kind: "section-full" }), message.data]);
    case "foreign-devices":
      return message.data.slice();
    case "packaged": {
      const { data } = message;
      return concat([encodeCommand({ kind: "packaged", length: data.length }), data]);
    }
    case "eof":
    case "section-start":
    case "section-part":
    case "section-end":
    case "vmdescription":
    case "configuration":
    case "footer":
      return encodeElement(message);
    default:
      return encodeCommand(message);
  }
}

/** The bytes of a COMMAND element. A package's stream is not among them: `encodeMainChannel` adds it. */
export function encodeCommand(command: Command): Uint8Array<ArrayBuffer> {
  const bytes = commandTable.encode(command, 1);
  bytes[0] = ELEMENTS.command.type;
  return bytes;
}
