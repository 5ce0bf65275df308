import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { COMMANDS } from "../../lib/wire/commands.ts";
import { ELEMENTS } from "../../lib/wire/elements.ts";
import { MainChannelDecoder } from "../../lib/wire/main_channel_decoder.ts";
import {
  encodeCommand,
  encodeMainChannel,
  type MainChannelEvent,
} from "../../lib/wire/main_channel_event.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { StreamNames } from "../../lib/wire/ram_block.ts";
import { RAM_RECORDS } from "../../lib/wire/ram_record.ts";
import { WireError } from "../../lib/wire/wire_error.ts";
import { BLOCKS, everyDevice, messageOf, migration, ramStart } from "./arbitraries.ts";
import { decodeAll } from "./decode_all.ts";
import { encodeStream } from "./encode_stream.ts";

const RAM = BLOCKS[0]!;
const HEADER: MainChannelEvent = { kind: "header" };
const PART: MainChannelEvent = { kind: "section-part", sectionId: 1 };

/** One sample of every command but PACKAGED. */
function everyCommand(): MainChannelEvent[] {
  const kinds = (Object.keys(COMMANDS) as (keyof typeof COMMANDS)[])
    .filter((kind) => kind !== "packaged");
  const commands = kinds.map((kind) => fc.sample(messageOf(COMMANDS, kind), { numRuns: 1 })[0]!);
  return commands as MainChannelEvent[];
}

/** A stream that says everything that there is to say on the main channel. */
function everything(): MainChannelEvent[] {
  return [
    HEADER,
    { kind: "configuration", machine: "none" },
    ...ramStart(BLOCKS),
    ...everyCommand(),
    PART,
    { kind: "zero", block: RAM.name, offset: 8192 },
    { kind: "page", block: RAM.name, offset: 4096, data: new Uint8Array(PAGE_SIZE).fill(9) },
    { kind: "eos" },
    { kind: "footer", sectionId: 1 },
    { kind: "packaged", data: encodeMainChannel({ kind: "postcopy-listen" }) },
    { kind: "section-end", sectionId: 1 },
    { kind: "zero", block: RAM.name, offset: 0 },
    { kind: "eos" },
    { kind: "footer", sectionId: 1 },
    ...everyDevice(),
    { kind: "eof" },
    { kind: "vmdescription", json: '{"page_size": 4096}' },
  ];
}

Deno.test("MainChannelDecoder gives back everything that can be said, at every split point", () => {
  const events = everything();
  const said = new Set<string>(events.map((event) => event.kind));
  const unsaid = ["section-full", "subsection", "command"];
  for (
    const kind of [...Object.keys(ELEMENTS), ...Object.keys(COMMANDS), ...Object.keys(RAM_RECORDS)]
  ) {
    assert(said.has(kind) !== unsaid.includes(kind), kind);
  }
  const bytes = encodeStream(events);
  for (let split = 0; split <= bytes.length; split++) {
    const decoder = new MainChannelDecoder({ stream: "migration" });
    assertEquals(decodeAll(decoder, bytes, [split]), events);
  }
});

Deno.test("MainChannelDecoder gives back generated migrations, however their bytes arrive", () => {
  const piece = fc.integer({ min: 1, max: 6000 });
  fc.assert(fc.property(migration, fc.array(piece, { maxLength: 30 }), (events, pieces) => {
    const bytes = encodeStream(events);
    let cut = 0;
    const cuts = pieces.map((length) => cut = Math.min(cut + length, bytes.length));
    const decoder = new MainChannelDecoder({ stream: "migration" });
    assertEquals(decodeAll(decoder, bytes, cuts), events);
    assertEquals([...decoder.names.blocks.values()], BLOCKS);
  }));
});

Deno.test("MainChannelDecoder gives back a stream that arrives byte by byte", () => {
  const events = everything();
  const bytes = encodeStream(events);
  const decoder = new MainChannelDecoder({ stream: "migration" });
  assertEquals(decodeAll(decoder, bytes, Array.from(bytes.keys())), events);
});

Deno.test("MainChannelDecoder.end() refuses an end inside of an element, and no other", () => {
  const events = everything();
  const bytes = encodeStream(events);
  const openers = ["section-start", "section-part", "section-end", "device"];
  const boundaries = new Set<number>();
  let inSection = false;
  events.forEach((event, i) => {
    inSection = openers.includes(event.kind) || (inSection && event.kind !== "footer");
    if (!inSection) boundaries.add(encodeStream(events.slice(0, i + 1)).length);
  });
  for (let length = 0; length <= bytes.length; length++) {
    const decoder = new MainChannelDecoder({ stream: "migration" });
    const decode = () => decodeAll(decoder, bytes.subarray(0, length));
    if (boundaries.has(length)) decode();
    else assertThrows(decode, WireError, "expected a whole element");
  }
});

Deno.test("MainChannelDecoder takes a package of 16 MiB, and holds no more than has arrived", () => {
  const decoder = new MainChannelDecoder({ stream: "migration" });
  decoder.queue.push(encodeStream([HEADER]));
  decoder.next();
  decoder.queue.push(encodeCommand({ kind: "packaged", length: 1 << 24 }));
  const piece = new Uint8Array(65536).fill(1);
  for (let i = 0; i < 256; i++) {
    assertEquals(decoder.next(), undefined);
    decoder.queue.push(piece);
    assert(decoder.queue.capacity <= 2 * decoder.queue.length + piece.length);
  }
  const event = decoder.next();
  assert(event?.kind === "packaged" && event.data.length === 1 << 24);
  decoder.queue.reserve(65536);
  assertEquals(decoder.queue.capacity, 65536);
});

Deno.test("MainChannelDecoder of a package knows the names of its stream, and adds its own", () => {
  const names = new StreamNames();
  const main = new MainChannelDecoder({ stream: "migration", names });
  const data = encodeStream(everyDevice());
  decodeAll(main, encodeStream([HEADER, ...ramStart(BLOCKS), { kind: "packaged", data }]));
  decodeAll(new MainChannelDecoder({ stream: "package", names }), data);
  assertEquals([...names.sections], [[1, "ram"], [7, "timer"], [8, "globalstate"]]);
  const again = new MainChannelDecoder({ stream: "package", names });
  const error = assertThrows(() => decodeAll(again, data), WireError);
  assertEquals(error.stream, "package");
});

Deno.test("MainChannelDecoder of a package refuses an EOF and a package within", () => {
  for (const message of [{ kind: "eof" }, { kind: "packaged", data: new Uint8Array(1) }] as const) {
    const decoder = new MainChannelDecoder({ stream: "package" });
    assertThrows(() => decodeAll(decoder, encodeMainChannel(message)), WireError);
  }
});

Deno.test("MainChannelDecoder of a recovery begins with a command and goes on with the known ram", () => {
  const names = new StreamNames(BLOCKS);
  names.sections.set(1, "ram");
  const events: MainChannelEvent[] = [
    { kind: "recv-bitmap", block: "ram" },
    { kind: "postcopy-resume" },
    PART,
    { kind: "zero", block: "ram", offset: 0 },
    { kind: "eos" },
    { kind: "footer", sectionId: 1 },
  ];
  const decoder = new MainChannelDecoder({ stream: "recovery", names });
  assertEquals(decodeAll(decoder, encodeStream(events)), events);
  for (const first of [HEADER, PART, { kind: "eof" } as const]) {
    const refusing = new MainChannelDecoder({ stream: "recovery", names });
    assertThrows(() => decodeAll(refusing, encodeStream([first])), WireError, "expected COMMAND");
  }
});

Deno.test("a decoder that skips pages tells where they belong, everything else, and where it is, as one that does not", () => {
  fc.assert(fc.property(migration, (events) => {
    const bytes = encodeStream(events);
    const [all, rest]: [unknown[], unknown[]] = [[], []];
    const told = new MainChannelDecoder({ stream: "migration" });
    const skipping = new MainChannelDecoder({ stream: "migration" });
    for (const [decoder, seen] of [[told, all], [skipping, rest]] as const) {
      for (let at = 0; at < bytes.length; at += 5000) {
        decoder.queue.push(bytes.subarray(at, at + 5000));
        for (;;) {
          if (decoder === skipping) {
            decoder.skipPages((block, offset) => seen.push({ block, offset }));
          }
          const event = decoder.next();
          if (event === undefined) break;
          if (event.kind !== "page" && event.kind !== "zero") seen.push(event);
          else seen.push({ block: event.block, offset: event.offset });
        }
      }
    }
    assertEquals(rest, all);
    assertEquals(skipping.queue.offset, told.queue.offset);
  }));
});
