import { assertEquals, assertThrows } from "@std/assert";
import { MainChannelDecoder } from "../../lib/wire/main_channel_decoder.ts";
import {
  encodeCommand,
  encodeMainChannel,
  type MainChannelEvent,
  type MainChannelMessage,
} from "../../lib/wire/main_channel_event.ts";
import { concat } from "../../lib/wire/concat.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { WireError } from "../../lib/wire/wire_error.ts";
import { BLOCKS, everyDevice, ramStart } from "./arbitraries.ts";
import { decodeAll } from "./decode_all.ts";
import { encodeStream } from "./encode_stream.ts";

const RAM = BLOCKS[0]!;
const HEADER: MainChannelEvent = { kind: "header" };
const PART = { kind: "section-part", sectionId: 1 } as const;

function decodeError(events: readonly MainChannelEvent[], tail: Uint8Array): WireError {
  const bytes = concat([encodeStream(events), tail]);
  const decoder = new MainChannelDecoder({ stream: "migration" });
  return assertThrows(() => decodeAll(decoder, bytes), WireError);
}

Deno.test("MainChannelDecoder says where a stream is wrong, what it expected and what came", () => {
  const error = decodeError([HEADER], Uint8Array.of(0x7f));
  assertEquals(
    error.message,
    "Cannot decode main channel at offset 8: expected CONFIGURATION, a section, COMMAND or EOF, " +
      "received byte 0x7f",
  );
  assertEquals([error.stream, error.offset], ["main channel", 8]);
});

Deno.test("MainChannelDecoder throws the same error again when it is asked again", () => {
  const decoder = new MainChannelDecoder({ stream: "migration" });
  decoder.queue.push(new TextEncoder().encode("GET / HTTP/1.1"));
  const first = assertThrows(() => decoder.next(), WireError, "expected 0x5145564d");
  assertThrows(() => decoder.next(), WireError, first.message);
});

/** What must be refused: the events before it, and the message that is wrong there. */
const REFUSED: Readonly<Record<string, readonly [MainChannelEvent[], MainChannelMessage]>> = {
  "a START of another section than ram": [
    [HEADER],
    { kind: "section-start", sectionId: 1, idstr: "dirty-bitmap", instance: 0, version: 4 },
  ],
  "a START of another version of ram": [
    [HEADER],
    { kind: "section-start", sectionId: 1, idstr: "ram", instance: 0, version: 3 },
  ],
  "a section id that was used before": [[HEADER, ...ramStart(BLOCKS)], {
    kind: "section-start",
    sectionId: 1,
    idstr: "ram",
    instance: 0,
    version: 4,
  }],
  "a PART of a section that was not started": [[HEADER], PART],
  "a PART of a device": [
    [HEADER, ...everyDevice()],
    { kind: "section-part", sectionId: 7 },
  ],
  "the footer of another section": [
    [HEADER, ...ramStart(BLOCKS), PART, { kind: "eos" }],
    { kind: "footer", sectionId: 2 },
  ],
  "a footer without a section": [[HEADER], { kind: "footer", sectionId: 1 }],
  "a device that it does not know": [[HEADER], {
    kind: "device",
    sectionId: 3,
    idstr: "slirp",
    instance: 0,
    version: 1,
    data: new Uint8Array(8),
  }],
  "another version of a device": [[HEADER], {
    kind: "device",
    sectionId: 3,
    idstr: "timer",
    instance: 0,
    version: 1,
    data: new Uint8Array(24),
  }],
  "a discard in a block that it was never told": [[HEADER], {
    kind: "postcopy-ram-discard",
    block: "ram",
    ranges: [{ start: 0, length: PAGE_SIZE }],
  }],
  "a discard beyond the block": [[HEADER, ...ramStart([RAM])], {
    kind: "postcopy-ram-discard",
    block: "ram",
    ranges: [{ start: RAM.usedLength, length: PAGE_SIZE }],
  }],
  "a discard of a part of a page": [[HEADER, ...ramStart([RAM])], {
    kind: "postcopy-ram-discard",
    block: "ram",
    ranges: [{ start: 0, length: 2048 }],
  }],
  "RECV_BITMAP for a block that it was never told": [[HEADER], {
    kind: "recv-bitmap",
    block: "ram",
  }],
  "a second EOF": [[HEADER, { kind: "eof" }], { kind: "eof" }],
  "a VMDESCRIPTION before EOF": [[HEADER], { kind: "vmdescription", json: "{}" }],
  "an element after VMDESCRIPTION": [
    [HEADER, { kind: "eof" }, { kind: "vmdescription", json: "{}" }],
    { kind: "eof" },
  ],
};

for (const [what, [events, message]] of Object.entries(REFUSED)) {
  Deno.test(`MainChannelDecoder refuses ${what}`, () => {
    const error = decodeError(events, encodeMainChannel(message));
    assertEquals(error.offset, encodeStream(events).length);
  });
}

Deno.test("MainChannelDecoder refuses subsections by name", () => {
  const subsection = Uint8Array.of(0x05, 3, 0x61, 0x2f, 0x62, 0, 0, 0, 1);
  assertEquals(decodeError([HEADER], subsection).received, "a/b");
  const device = everyDevice()[0]!;
  assertEquals(decodeError([HEADER, device], subsection).received, "SUBSECTION (0x05)");
});

Deno.test("MainChannelDecoder refuses a package over 16 MiB by its length alone", () => {
  const length = (1 << 24) + 1;
  const error = decodeError([HEADER], encodeCommand({ kind: "packaged", length }));
  assertEquals(error.expected, "a package of at most 16777216 bytes");
});
