/**
 * Devices that only their own machine understands, as a PC has some thirty of. Nothing on the wire says how long one is.
 *
 * In a package the hard thing is avoided: all of them stand between LISTEN and the commands that end it, and nobody has to tell them
 * apart. On the main channel the end of each is looked for: its footer, which names its section, with what may legally follow. Bytes
 * of a device may look like that by chance; the VMDESCRIPTION, which lists the devices in their order, tells afterwards.
 *
 * @module
 */

import type { Window } from "./byte_queue.ts";
import { commandTable } from "./commands.ts";
import { ELEMENTS } from "./elements.ts";
import { measureFields, readFields } from "./layout.ts";
import { WireError } from "./wire_error.ts";

const FOOTER_BYTES = 5;

/**
 * Where the commands begin that end a package: PINGs and RUN.
 *
 * @returns the end of the package if it ends with something else.
 */
export function beginOfLastCommands(window: Window): number {
  const { bytes, view, start, end } = window;
  const { length: runBytes } = encoded("postcopy-run");
  const { length: pingBytes } = encoded("ping");
  const isCommand = (at: number, bytesOf: Uint8Array, compared: number) =>
    at >= start && bytes.subarray(at, at + compared).every((byte, i) => byte === bytesOf[i]);
  let at = end - runBytes;
  if (!isCommand(at, encoded("postcopy-run"), runBytes)) return end;
  // Of a PING everything but its value is known.
  while (isCommand(at - pingBytes, encoded("ping"), pingBytes - 4)) {
    if (view.getUint32(at - 4) > 0xff) break;
    at -= pingBytes;
  }
  return at;
}

function encoded(kind: "postcopy-run" | "ping"): Uint8Array {
  const command = commandTable.encode(kind === "ping" ? { kind, value: 0 } : { kind }, 1);
  command[0] = ELEMENTS.command.type;
  return command;
}

/**
 * Where the data of a section ends that begins at `from`: before the first footer of its own with an element behind it that may
 * stand there.
 *
 * @returns `undefined` when more bytes are needed.
 */
export function endOfDevice(window: Window, from: number, sectionId: number): number | undefined {
  const { view, end } = window;
  for (let at = from; at + FOOTER_BYTES < end; at++) {
    if (view.getUint8(at) !== ELEMENTS.footer.type) continue;
    if (view.getUint32(at + 1) !== sectionId) continue;
    const follows = mayFollow(window, at + FOOTER_BYTES, sectionId);
    if (follows === undefined) return undefined;
    if (follows) return at;
  }
  return undefined;
}

/** Whether another device's section, or the end of the stream, begins here; `undefined`: more bytes tell. */
function mayFollow(window: Window, at: number, sectionId: number): boolean | undefined {
  const { view, end } = window;
  switch (view.getUint8(at)) {
    case ELEMENTS.eof.type:
      return at + 1 === end ? undefined : view.getUint8(at + 1) === ELEMENTS.vmdescription.type;
    case ELEMENTS["section-full"].type: {
      const { fields } = ELEMENTS["section-full"];
      if (measureFields(fields, window, at + 1) === undefined) return undefined;
      return isNewSection(window, at + 1, sectionId);
    }
    default:
      return false;
  }
}

function isNewSection(window: Window, at: number, sectionId: number): boolean {
  try {
    const next = readFields(ELEMENTS["section-full"].fields, window, at);
    return next.sectionId !== sectionId && /^[\x20-\x7e]+$/.test(next.idstr);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return false; // What stands where a name would is none.
  }
}

/** A device as its section introduces it. */
export interface DeviceName {
  readonly idstr: string;
  readonly instance: number;
}

/** What is wrong with the devices that were found, by the machine's own list of them; `null` if nothing is. */
export function compareWithDescription(found: readonly DeviceName[], json: string): string | null {
  const listed = listDevices(json);
  if (listed === null) return "a VMDESCRIPTION without a list of devices";
  const name = ({ idstr, instance }: DeviceName) => `"${idstr}" instance ${instance}`;
  for (const [index, device] of listed.entries()) {
    const other = found[index];
    if (other === undefined) return `no ${name(device)}`;
    if (name(other) !== name(device)) return `${name(other)} for ${name(device)}`;
  }
  return found.length > listed.length
    ? `${name(found[listed.length]!)}, which is not listed`
    : null;
}

function listDevices(json: string): DeviceName[] | null {
  try {
    const { devices }: { devices: { name: string; instance_id: number }[] } = JSON.parse(json);
    return devices.map((device) => ({ idstr: device.name, instance: device.instance_id }));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}
