import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { concat } from "../../lib/wire/concat.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { receivedBitmapBytes } from "../../lib/wire/received_bitmap.ts";
import {
  encodeReturnPath,
  type PageRequest,
  PageRequestEncoder,
  RETURN_PATH,
} from "../../lib/wire/return_path.ts";
import { ReturnPathDecoder, type ReturnPathEvent } from "../../lib/wire/return_path_decoder.ts";
import { WireError } from "../../lib/wire/wire_error.ts";
import { decodeAll } from "./decode_all.ts";

const PAGES: Readonly<Record<string, number>> = { ram: 512, "pc.bios": 63, rom: 1 };

function decoder(): ReturnPathDecoder {
  return new ReturnPathDecoder({ blockPages: (name) => PAGES[name] });
}

/** The bytes of a session that says `events`. */
function encodeSession(events: readonly ReturnPathEvent[]): Uint8Array {
  const requests = new PageRequestEncoder();
  return concat(events.map((event) => {
    return event.kind === "req-pages" ? requests.encode(event) : encodeReturnPath(event);
  }));
}

function request(block: string, page: number, pages = 1): ReturnPathEvent {
  return { kind: "req-pages", block, start: page * PAGE_SIZE, length: pages * PAGE_SIZE };
}

/** Everything that there is to say on the return path. */
const EVERYTHING: readonly ReturnPathEvent[] = [
  { kind: "pong", value: 1 },
  request("ram", 511),
  request("ram", 0, 512),
  request("pc.bios", 62),
  request("ram", 4),
  { kind: "recv-bitmap", block: "ram", bitmap: new Uint8Array(64).fill(0xa5) },
  { kind: "recv-bitmap", block: "rom", bitmap: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) },
  { kind: "resume-ack" },
  request("ram", 5),
  { kind: "switchover-ack" },
  { kind: "shut", status: 0 },
];

Deno.test("ReturnPathDecoder gives back everything that can be said, at every split point", () => {
  const said = new Set<string>(EVERYTHING.map((event) => event.kind));
  for (const kind of Object.keys(RETURN_PATH)) assert(said.has(kind) || kind === "req-pages-id");
  const bytes = encodeSession(EVERYTHING);
  for (let split = 0; split <= bytes.length; split++) {
    assertEquals(decodeAll(decoder(), bytes, [split]), [...EVERYTHING]);
  }
  assertEquals(decodeAll(decoder(), bytes, Array.from(bytes.keys())), [...EVERYTHING]);
});

Deno.test("ReturnPathDecoder gives back generated sessions, however their bytes arrive", () => {
  const block = fc.constantFrom(...Object.keys(PAGES));
  const event: fc.Arbitrary<ReturnPathEvent> = fc.oneof(
    fc.nat(0xffffffff).map((value) => ({ kind: "pong" as const, value })),
    fc.tuple(block, fc.nat()).map(([name, at]) => request(name, at % PAGES[name]!)),
    block.chain((name) => {
      const length = receivedBitmapBytes(PAGES[name]!);
      return fc.uint8Array({ minLength: length, maxLength: length })
        .map((bitmap) => ({ kind: "recv-bitmap" as const, block: name, bitmap }));
    }),
    fc.constant({ kind: "resume-ack" as const }),
  );
  const pieces = fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 20 });
  fc.assert(fc.property(fc.array(event, { maxLength: 20 }), pieces, (events, lengths) => {
    const bytes = encodeSession(events);
    let cut = 0;
    const cuts = lengths.map((length) => cut = Math.min(cut + length, bytes.length));
    assertEquals(decodeAll(decoder(), bytes, cuts), events);
  }));
});

Deno.test("PageRequestEncoder names a block only where it changes", () => {
  const encoder = new PageRequestEncoder();
  const ask = (block: string): PageRequest => ({ block, start: 0, length: PAGE_SIZE });
  const types = ["ram", "ram", "rom", "rom", "ram"].map((block) => encoder.encode(ask(block))[1]);
  assertEquals(types, [3, 4, 3, 4, 3]);
});

Deno.test("receivedBitmapBytes() rounds up to whole 64-bit words, for the smallest block too", () => {
  assertEquals([1, 63, 64, 65, 512].map(receivedBitmapBytes), [8, 8, 8, 16, 64]);
});

const bitmap = encodeReturnPath({
  kind: "recv-bitmap",
  block: "rom",
  bitmap: new Uint8Array(8),
});

const REFUSED: Readonly<Record<string, readonly [Uint8Array, string]>> = {
  "a request without a block in a session that named none": [
    encodeReturnPath({ kind: "req-pages", start: 0, length: PAGE_SIZE }),
    "expected a first request with a block name, received REQ_PAGES",
  ],
  "a request for a block it does not know": [
    encodeSession([request("vga", 0)]),
    'expected the name of a RAM block, received "vga"',
  ],
  "a request beyond the block": [
    encodeSession([request("rom", 1)]),
    'expected whole pages within the 4096 bytes of "rom", received 4096 bytes at 4096',
  ],
  "a request for no pages": [encodeSession([request("rom", 0, 0)]), "received 0 bytes at 0"],
  "a request for a part of a page": [
    encodeSession([request("rom", 0, 0.5)]),
    "received 2048 bytes at 0",
  ],
  "a bitmap of another size than the block's": [
    encodeReturnPath({ kind: "recv-bitmap", block: "ram", bitmap: new Uint8Array(56) }),
    "expected a bitmap of 64 bytes for 512 pages, received size 56",
  ],
  "a bitmap's size before any of it is there": [
    encodeReturnPath({ kind: "recv-bitmap", block: "rom", bitmap: new Uint8Array(16) })
      .subarray(0, 16),
    "received size 16",
  ],
  "a bitmap without its end mark": [
    new Uint8Array([...bitmap.subarray(0, -1), 0xee]),
    "expected 0x89abcdef, received 0x89abcdee",
  ],
  "a bitmap of a block it does not know": [
    encodeReturnPath({ kind: "recv-bitmap", block: "vga", bitmap: new Uint8Array(8) }),
    'received "vga"',
  ],
  "anything after SHUT": [
    encodeSession([{ kind: "shut", status: 1 }, { kind: "pong", value: 1 }]),
    "expected nothing after SHUT, received 8 bytes",
  ],
  "a RESUME_ACK other than 1": [
    Uint8Array.of(0, 6, 0, 4, 0, 0, 0, 2),
    "expected 0x01, received 0x02",
  ],
};

for (const [what, [bytes, message]] of Object.entries(REFUSED)) {
  Deno.test(`ReturnPathDecoder refuses ${what}`, () => {
    assertThrows(() => decodeAll(decoder(), bytes), WireError, message);
  });
}

Deno.test("ReturnPathDecoder.end() refuses an end inside of a message or of a bitmap", () => {
  for (let length = 1; length < bitmap.length; length++) {
    const decode = () => decodeAll(decoder(), bitmap.subarray(0, length));
    assertThrows(decode, WireError, "expected a whole message");
  }
});
