/**
 * The elements of the main channel: what the byte says that leads each of them.
 *
 * A postcopy migration with a preempt channel, `async-after-main`; "main" and "preempt" are two connections to one address,
 * PONGs and page requests go back on main:
 *
 *     source                                                      destination
 *       | main: HEADER, CONFIGURATION, OPEN_RETURN_PATH, PING 1        |
 *       |------------------------------------------------------------->|
 *       |                                                       PONG 1 |
 *       |<-------------------------------------------------------------|
 *       | main: POSTCOPY_ADVISE, RAM START, RAM PARTs (precopy) ...    |
 *       |------------------------------------------------------------->|
 *       | the switch: connects preempt, says nothing there             |
 *       |=============================================================>|
 *       | stops the guest                                              |
 *       | main: [SWITCHOVER_START,] POSTCOPY_RAM_DISCARDs, PING 2,     |
 *       |   PACKAGED[LISTEN, timer, globalstate, PING 3, RUN], PING 4  |
 *       |------------------------------------------------------------->|
 *       |                            PONG 2, 3, 4 as each one is read  |
 *       |<-------------------------------------------------------------|
 *       |                                               runs the guest |
 *       | main: RAM PARTs (background) ...                             |
 *       |------------------------------------------------------------->|
 *       |                             REQ_PAGES_ID, REQ_PAGES ...      |
 *       |<-------------------------------------------------------------|
 *       | preempt: the pages asked for, flushed one by one             |
 *       |=============================================================>|
 *       | main: RAM END, EOF                      preempt: EOS (7.x)   |
 *       |------------------------------------------------------------->|
 *       |                                           SHUT 0, then close |
 *       |<-------------------------------------------------------------|
 *
 * A recovery's main channel has no header: RECV_BITMAP for every block, answered on the return path, RESUME, answered by
 * RESUME_ACK, and PARTs again. Section data stands between START, PART, END or FULL and its FOOTER; no length says how much,
 * so a decoder must know the section to find its end.
 *
 * @module
 */

import { be32, constant32, name, text } from "./field.ts";
import { encodeFields, type MessageOf, type Table } from "./layout.ts";

/** The header: "QEVM" and the version, 3. */
export const HEADER = { magic: constant32(0x5145564d), version: constant32(3) } as const;

/** Bytes of a machine name at most. */
const MAX_MACHINE_BYTES = 255;

/** Bytes of a VMDESCRIPTION at most: a machine with hundreds of vCPUs describes itself in some MB. */
const MAX_DESCRIPTION_BYTES = 1 << 24;

const SECTION_NAME = { sectionId: be32, idstr: name, instance: be32, version: be32 } as const;

/** Every element: leading byte and fields. Section data, and the payload of a command, follow the fields. */
export const ELEMENTS = {
  /** The last element, but for a VMDESCRIPTION. */
  "eof": { type: 0x00, fields: {} },
  /** A section that PARTs and an END will follow: RAM. */
  "section-start": { type: 0x01, fields: SECTION_NAME },
  "section-part": { type: 0x02, fields: { sectionId: be32 } },
  "section-end": { type: 0x03, fields: { sectionId: be32 } },
  /** A section in one piece: a device. */
  "section-full": { type: 0x04, fields: SECTION_NAME },
  /** An optional part of a device's data. The devices of this project have none, so it is always refused. */
  "subsection": { type: 0x05, fields: { idstr: name, version: be32 } },
  /** The stream's structure in JSON, for tools. In precopy only, after `eof`. */
  "vmdescription": { type: 0x06, fields: { json: text(MAX_DESCRIPTION_BYTES) } },
  /** The machine type, first behind the header. */
  "configuration": { type: 0x07, fields: { machine: text(MAX_MACHINE_BYTES) } },
  /** A command follows (see `commands.ts`). */
  "command": { type: 0x08, fields: {} },
  /** Ends every section. */
  "footer": { type: 0x7e, fields: { sectionId: be32 } },
} as const satisfies Table;

/** The byte that leads a COMMAND: what a recovery's main channel begins with, where a migration's has the header. */
export const COMMAND_BYTE: number = ELEMENTS.command.type;

/** An element's leading byte and fields, tagged by its row's key. */
export type Element = MessageOf<typeof ELEMENTS>;

/** The element's bytes. */
export function encodeElement(element: Element): Uint8Array<ArrayBuffer> {
  const bytes = encodeFields(ELEMENTS[element.kind].fields, element, 1);
  bytes[0] = ELEMENTS[element.kind].type;
  return bytes;
}
