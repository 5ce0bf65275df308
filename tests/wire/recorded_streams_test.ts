import { assert, assertEquals } from "@std/assert";
import { concat } from "../../lib/wire/concat.ts";
import type { Decoder } from "../../lib/wire/decoder.ts";
import { decodeGlobalState } from "../../lib/wire/device_state.ts";
import { MainChannelDecoder } from "../../lib/wire/main_channel_decoder.ts";
import type { MainChannelEvent } from "../../lib/wire/main_channel_event.ts";
import { PreemptChannelDecoder } from "../../lib/wire/preempt_channel_decoder.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { StreamNames } from "../../lib/wire/ram_block.ts";
import { RAM_RECORDS } from "../../lib/wire/ram_record.ts";
import { MIN_HEAD_BYTES, RamRecordWriter } from "../../lib/wire/ram_record_writer.ts";
import { encodeReturnPath, PageRequestEncoder } from "../../lib/wire/return_path.ts";
import { ReturnPathDecoder } from "../../lib/wire/return_path_decoder.ts";
import { decodeAll } from "./decode_all.ts";
import { encodeEvent } from "./encode_stream.ts";
import {
  isRecordedZero,
  RECORDED_PAGES,
  recordedPage,
  recordedStream,
  VERSIONS,
} from "./recorded_streams.ts";

const REQUESTED_PAGES = [400, 450, 333, 501];
const READ_BYTES = 4097;
const recordedNames = () =>
  new StreamNames([{ name: "ram", usedLength: RECORDED_PAGES * PAGE_SIZE }]);

/** Whether the record that took `length` bytes named its block, as QEMU 7.x does again after each change of channel. */
function isNamed(event: MainChannelEvent, length: number): boolean {
  return (event.kind === "page" || event.kind === "zero") &&
    length > 8 + RAM_RECORDS[event.kind].dataBytes;
}

/** Decodes a whole stream, and holds every event to re-encode to the bytes that it was decoded from. */
function decodeExactly(
  decoder: Decoder<MainChannelEvent>,
  bytes: Uint8Array,
): readonly MainChannelEvent[] {
  const events: MainChannelEvent[] = [];
  let writer = new RamRecordWriter(MIN_HEAD_BYTES);
  decoder.queue.push(bytes);
  for (let start = 0; start < bytes.length; start = decoder.queue.offset) {
    const event = decoder.next();
    assert(event !== undefined);
    const taken = bytes.subarray(start, decoder.queue.offset);
    if (isNamed(event, taken.length)) writer = new RamRecordWriter(MIN_HEAD_BYTES);
    assertEquals(encodeEvent(event, writer), taken);
    events.push(event);
  }
  decoder.end();
  return events;
}

/** Holds every page to the recorded guest's content, and returns their numbers in order of arrival. */
function checkPages(events: readonly MainChannelEvent[]): number[] {
  const pages: number[] = [];
  for (const event of events) {
    if (event.kind !== "page" && event.kind !== "zero") continue;
    const page = event.offset / PAGE_SIZE;
    assertEquals([event.block, event.kind], ["ram", isRecordedZero(page) ? "zero" : "page"]);
    if (event.kind === "page") assertEquals(event.data, recordedPage(page));
    pages.push(page);
  }
  return pages;
}

const ALL_PAGES = Array.from({ length: RECORDED_PAGES }, (_, page) => page);

for (const version of VERSIONS) {
  Deno.test(`a precopy stream of QEMU ${version} decodes whole and re-encodes byte for byte`, async () => {
    const bytes = await recordedStream(version, "precopy");
    const events = decodeExactly(new MainChannelDecoder({ stream: "migration" }), bytes);
    assertEquals(checkPages(events), ALL_PAGES);
    const devices = events.filter((event) => event.kind === "device");
    assertEquals(devices.map((device) => device.idstr), ["timer", "globalstate"]);
    assertEquals(decodeGlobalState(devices[1]!.data), "running");
    const last = events.at(-1);
    assert(last?.kind === "vmdescription");
    assertEquals(JSON.parse(last.json).page_size, PAGE_SIZE);
  });

  Deno.test(`both channels of a postcopy of QEMU ${version} re-encode byte for byte and hold every page`, async () => {
    const main = await recordedStream(version, "postcopy-main");
    const preempt = await recordedStream(version, "postcopy-preempt");
    const decoder = new MainChannelDecoder({ stream: "migration" });
    const events = decodeExactly(decoder, main);
    const urgent = decodeExactly(new PreemptChannelDecoder(decoder.names), preempt);
    const background = checkPages(events);
    assertEquals(checkPages(urgent), REQUESTED_PAGES);
    assertEquals([...background, ...REQUESTED_PAGES].sort((a, b) => a - b), ALL_PAGES);
    assertEquals(urgent.at(-1)?.kind, version === "7.2" ? "eos" : "page");
  });

  Deno.test(`the package of QEMU ${version} re-encodes byte for byte, and runs the guest last`, async () => {
    const decoder = new MainChannelDecoder({ stream: "migration" });
    const events = decodeAll(decoder, await recordedStream(version, "postcopy-main"));
    const packaged = events.find((event) => event.kind === "packaged");
    assert(packaged !== undefined);
    const names = recordedNames();
    const nested = new MainChannelDecoder({ stream: "package", names });
    const kinds = decodeExactly(nested, packaged.data).map((event) => event.kind);
    const devices = ["device", "footer", "device", "footer"];
    const pings = version === "7.2" ? ["ping"] : ["ping", "ping"];
    assertEquals(kinds, ["postcopy-listen", ...devices, ...pings, "postcopy-run"]);
  });

  Deno.test(`the return path of QEMU ${version} asks for the touched pages and re-encodes byte for byte`, async () => {
    const bytes = await recordedStream(version, "postcopy-main-return");
    const blockPages = (name: string) => name === "ram" ? RECORDED_PAGES : undefined;
    const events = decodeAll(new ReturnPathDecoder({ blockPages }), bytes);
    const requests = events.filter((event) => event.kind === "req-pages");
    assertEquals(requests.map((request) => request.start / PAGE_SIZE), REQUESTED_PAGES);
    assertEquals(events.at(-1), { kind: "shut", status: 0 });
    const encoder = new PageRequestEncoder();
    const encoded = events.map((event) => {
      return event.kind === "req-pages" ? encoder.encode(event) : encodeReturnPath(event);
    });
    assertEquals(concat(encoded), bytes);
  });

  Deno.test(`streams of QEMU ${version} decode alike whole and in small pieces`, async () => {
    for (const recording of ["precopy", "postcopy-main"] as const) {
      const bytes = await recordedStream(version, recording);
      const cuts: number[] = [];
      for (let cut = READ_BYTES; cut < bytes.length; cut += READ_BYTES) cuts.push(cut);
      const whole = decodeAll(new MainChannelDecoder({ stream: "migration" }), bytes);
      const pieces = decodeAll(new MainChannelDecoder({ stream: "migration" }), bytes, cuts);
      assertEquals(pieces, whole);
    }
  });
}
