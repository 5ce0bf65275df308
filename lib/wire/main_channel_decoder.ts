/**
 * Decodes the main channel, the package nested in it, and a recovery's main channel.
 *
 * The hard thing is that the stream cannot be cut without being understood: section data has no length, so the decoder must
 * know whose section it is in. It learns section ids and RAM blocks as they are introduced (`StreamNames`), and refuses at
 * once what it could not find the end of.
 *
 * @module
 */

import { ByteQueue, errorAt, type Window } from "./byte_queue.ts";
import { type Command, commandTable, MAX_PACKAGE_BYTES } from "./commands.ts";
import type { Decoder } from "./decoder.ts";
import { type DeviceRow, DEVICES } from "./device_state.ts";
import {
  AFTER_EOF,
  BODY,
  type ElementPlace,
  ENDED,
  FIRST_OF_RECOVERY,
  FOOTER,
  formatElement,
  type MainStream,
} from "./element_place.ts";
import { type Element, ELEMENTS, HEADER } from "./elements.ts";
import {
  beginOfLastCommands,
  compareWithDescription,
  type DeviceName,
  endOfDevice,
} from "./foreign_devices.ts";
import { measureFields, readFields, rowsByType } from "./layout.ts";
import type { MainChannelEvent } from "./main_channel_event.ts";
import { decodeMemSize } from "./mem_size.ts";
import { isPageRange, type RamBlockSize, StreamNames } from "./ram_block.ts";
import { RamRecordDecoder } from "./ram_record_decoder.ts";
import { unreachable } from "../invariant.ts";
import { WireError, type WireStream } from "./wire_error.ts";

/** Which stream is decoded, and what is known of it. */
export interface MainChannelDecoderOptions {
  readonly stream: MainStream;
  /** What earlier streams of the same migration introduced. Needed for a recovery and for a package; added to by this decoder. */
  readonly names?: StreamNames;
  /**
   * Whether devices may come that are not in our table. Their data is found by what stands around it.
   *
   * @default {false} They are refused.
   */
  readonly foreignDevices?: boolean;
}

type State =
  | { readonly at: "header" }
  | { readonly at: "element"; readonly place: ElementPlace }
  | { readonly at: "mem-size"; readonly sectionId: number }
  | { readonly at: "records"; readonly sectionId: number }
  | { readonly at: "footer"; readonly sectionId: number };

const RAM_VERSION = 4;
const elementsByType = rowsByType(ELEMENTS);
const devices: ReadonlyMap<string, DeviceRow> = new Map(Object.entries(DEVICES));

/**
 * The main channel as events, one per element, command and RAM record.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const decoder = new MainChannelDecoder({ stream: "package" });
 * decoder.queue.push(new Uint8Array([0x08, 0, 2, 0, 4, 0, 0]));
 * assertEquals(decoder.next(), undefined);
 * decoder.queue.push(new Uint8Array([0, 1]));
 * assertEquals(decoder.next(), { kind: "ping", value: 1 });
 * decoder.end();
 * ```
 */
export class MainChannelDecoder implements Decoder<MainChannelEvent> {
  readonly queue: ByteQueue = new ByteQueue();
  /** What this stream and those before it introduced. */
  readonly names: StreamNames;
  readonly #kind: MainStream;
  readonly #stream: WireStream;
  readonly #records: RamRecordDecoder;
  readonly #foreignDevices: boolean;
  /** Devices of the main channel, in their order. */
  readonly #devices: DeviceName[] = [];
  #hasForeign = false;
  #state: State;

  constructor(
    { stream, names = new StreamNames(), foreignDevices = false }: MainChannelDecoderOptions,
  ) {
    this.names = names;
    this.#foreignDevices = foreignDevices;
    this.#kind = stream;
    this.#stream = stream === "package" ? "package" : "main channel";
    this.#records = new RamRecordDecoder(this.queue, this.#stream, names);
    this.#state = stream === "migration"
      ? { at: "header" }
      : { at: "element", place: stream === "recovery" ? FIRST_OF_RECOVERY : BODY.package };
  }

  next(): MainChannelEvent | undefined {
    const state = this.#state;
    switch (state.at) {
      case "header":
        return this.#header();
      case "element":
        return this.#element(state.place);
      case "mem-size":
        return this.#memSize(state.sectionId);
      case "records": {
        const record = this.#records.next();
        if (record?.kind === "eos") this.#state = { at: "footer", sectionId: state.sectionId };
        return record;
      }
      case "footer":
        return this.#element(FOOTER);
      default:
        return unreachable(state);
    }
  }

  /**
   * Takes pages that come next without making an event of each: for a tap, which has no use for what they hold.
   *
   * @param tell told of each where it belongs.
   * @returns how many; 0 where something else comes next, which `next()` tells.
   */
  skipPages(tell?: (block: string, offset: number) => void): number {
    return this.#state.at === "records" ? this.#records.skipPages(tell) : 0;
  }

  end(): void {
    const { length, offset } = this.queue;
    if (this.#state.at === "element" && length === 0) return;
    const received = `the end of the stream ${length} bytes later`;
    throw new WireError(this.#stream, offset, "a whole element", received);
  }

  #header(): MainChannelEvent | undefined {
    const window = this.queue.window(this.#stream);
    const end = measureFields(HEADER, window, window.start);
    if (end === undefined) return undefined;
    readFields(HEADER, window, window.start);
    return this.#take(window, end, { kind: "header" });
  }

  #memSize(sectionId: number): MainChannelEvent | undefined {
    const window = this.queue.window(this.#stream);
    const decoded = decodeMemSize(window);
    if (decoded === undefined) return undefined;
    for (const block of decoded.message.blocks) this.names.blocks.set(block.name, block);
    return this.#take(window, decoded.end, decoded.message, { at: "records", sectionId });
  }

  #element(place: ElementPlace): MainChannelEvent | undefined {
    if (this.queue.length === 0) return undefined;
    const window = this.queue.window(this.#stream);
    const type = window.view.getUint8(window.start);
    const found = elementsByType.get(type);
    if (found === undefined || !place.kinds.includes(found.kind)) {
      throw errorAt(window, window.start, place.expected, formatElement(type, found?.kind));
    }
    const end = measureFields(found.row.fields, window, window.start + 1);
    if (end === undefined) return undefined;
    const fields = readFields(found.row.fields, window, window.start + 1);
    return this.#accept({ kind: found.kind, ...fields } as Element, window, end);
  }

  #accept(element: Element, window: Window, end: number): MainChannelEvent | undefined {
    switch (element.kind) {
      case "command":
        return this.#command(window, end);
      case "section-start":
        this.#refuseStart(element, window);
        this.names.sections.set(element.sectionId, element.idstr);
        return this.#take(window, end, element, {
          at: "mem-size",
          sectionId: element.sectionId,
        });
      case "section-part":
      case "section-end":
        this.#refusePart(element.sectionId, window);
        return this.#take(window, end, element, {
          at: "records",
          sectionId: element.sectionId,
        });
      case "section-full":
        return this.#device(element, window, end);
      case "subsection":
        throw errorAt(window, window.start, "no subsections of CONFIGURATION", element.idstr);
      case "footer":
        this.#refuseFooter(element.sectionId, window);
        return this.#take(window, end, element);
      case "eof":
        return this.#take(window, end, element, { at: "element", place: AFTER_EOF });
      case "vmdescription":
        this.#refuseOtherDevices(element.json, window);
        return this.#take(window, end, element, { at: "element", place: ENDED });
      case "configuration":
        return this.#take(window, end, element);
      default:
        return unreachable(element);
    }
  }

  #device(
    element: Element & { readonly kind: "section-full" },
    window: Window,
    start: number,
  ): MainChannelEvent | undefined {
    const { sectionId, idstr, instance, version } = element;
    const device = devices.get(idstr);
    const isOurs = device !== undefined && device.version === version;
    if (!isOurs && this.#foreignDevices && this.#kind === "package") {
      const end = beginOfLastCommands(window);
      const data = window.bytes.slice(window.start, end);
      return this.#take(window, end, { kind: "foreign-devices", data });
    }
    if (!isOurs && !this.#foreignDevices) {
      const known = [...devices].map(([key, row]) => `"${key}" version ${row.version}`).join(
        " or ",
      );
      throw errorAt(window, window.start, `section ${known}`, `"${idstr}" version ${version}`);
    }
    this.#refuseKnownId(sectionId, window);
    const end = isOurs ? start + device.dataBytes : endOfDevice(window, start, sectionId);
    if (end === undefined || end > window.end) return undefined;
    if (!isOurs) this.#hasForeign = true;
    this.#devices.push({ idstr, instance });
    const data = window.bytes.slice(start, end);
    const section = { kind: "device", sectionId, idstr, instance, version, data } as const;
    this.names.sections.set(sectionId, idstr);
    return this.#take(window, end, section, { at: "footer", sectionId });
  }

  #command(window: Window, at: number): MainChannelEvent | undefined {
    const decoded = commandTable.decode(window, at);
    if (decoded === undefined) return undefined;
    const { message, end } = decoded;
    switch (message.kind) {
      case "packaged":
        return this.#package(message.length, window, end);
      case "postcopy-ram-discard":
        this.#refuseRanges(message, window);
        break;
      case "recv-bitmap":
        this.#knownBlock(message.block, window);
        break;
    }
    return this.#take(window, end, message);
  }

  #package(length: number, window: Window, start: number): MainChannelEvent | undefined {
    if (this.#kind === "package") {
      throw errorAt(window, window.start, "no package within a package", `${length} bytes of one`);
    }
    if (length > MAX_PACKAGE_BYTES) {
      const expected = `a package of at most ${MAX_PACKAGE_BYTES} bytes`;
      throw errorAt(window, window.start, expected, `${length} bytes`);
    }
    const end = start + length;
    if (end > window.end) return undefined;
    return this.#take(window, end, { kind: "packaged", data: window.bytes.slice(start, end) });
  }

  /** Takes the bytes up to `end`; what follows is an element, unless `state` says otherwise. */
  #take(window: Window, end: number, event: MainChannelEvent, state?: State): MainChannelEvent {
    this.queue.skip(end - window.start);
    this.#state = state ?? { at: "element", place: BODY[this.#kind] };
    return event;
  }

  /** Where ends of devices were looked for, the machine's own list of them tells whether they were the right ones. */
  #refuseOtherDevices(json: string, window: Window): void {
    const problem = this.#hasForeign ? compareWithDescription(this.#devices, json) : null;
    if (problem === null) return;
    throw errorAt(window, window.start, "the devices of the VMDESCRIPTION", problem);
  }

  #refuseStart(element: Element & { readonly kind: "section-start" }, window: Window): void {
    const { sectionId, idstr, instance, version } = element;
    if (idstr !== "ram" || instance !== 0 || version !== RAM_VERSION) {
      const received = `"${idstr}" instance ${instance} version ${version}`;
      const expected = `section "ram" instance 0 version ${RAM_VERSION}`;
      throw errorAt(window, window.start, expected, received);
    }
    this.#refuseKnownId(sectionId, window);
  }

  #refuseKnownId(sectionId: number, window: Window): void {
    const idstr = this.names.sections.get(sectionId);
    if (idstr === undefined) return;
    const received = `section id ${sectionId}, which is "${idstr}"`;
    throw errorAt(window, window.start, "a new section id", received);
  }

  #refusePart(sectionId: number, window: Window): void {
    if (this.names.sections.get(sectionId) === "ram") return;
    throw errorAt(window, window.start, "the section id of ram", `section id ${sectionId}`);
  }

  #refuseFooter(sectionId: number, window: Window): void {
    if (this.#state.at !== "footer" || this.#state.sectionId === sectionId) return;
    const expected = `the footer of section ${this.#state.sectionId}`;
    throw errorAt(window, window.start, expected, `that of section ${sectionId}`);
  }

  #knownBlock(block: string, window: Window): RamBlockSize {
    const known = this.names.blocks.get(block);
    if (known !== undefined) return known;
    throw errorAt(window, window.start, "the name of a RAM block", JSON.stringify(block));
  }

  #refuseRanges(
    { block, ranges }: Command & { readonly kind: "postcopy-ram-discard" },
    window: Window,
  ): void {
    const { usedLength } = this.#knownBlock(block, window);
    for (const { start, length } of ranges) {
      if (isPageRange(start, length, usedLength)) continue;
      const expected = `whole pages within the ${usedLength} bytes of "${block}"`;
      throw errorAt(window, window.start, expected, `${length} bytes at ${start}`);
    }
  }
}
