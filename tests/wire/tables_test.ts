import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ByteQueue } from "../../lib/wire/byte_queue.ts";
import { COMMANDS, commandTable } from "../../lib/wire/commands.ts";
import { type Element, ELEMENTS, encodeElement } from "../../lib/wire/elements.ts";
import {
  measureFields,
  type MessageTable,
  readFields,
  rowsByType,
  type Table,
} from "../../lib/wire/layout.ts";
import { RETURN_PATH, returnPathTable } from "../../lib/wire/return_path.ts";
import { WireError } from "../../lib/wire/wire_error.ts";
import { messageOf } from "./arbitraries.ts";

const FRAMED: readonly (readonly [string, MessageTable<Table>, Table])[] = [
  ["command", commandTable as unknown as MessageTable<Table>, COMMANDS],
  ["return path message", returnPathTable as unknown as MessageTable<Table>, RETURN_PATH],
];

function windowOn(bytes: Uint8Array) {
  const queue = new ByteQueue();
  queue.push(bytes);
  return queue.window("main channel");
}

for (const [noun, table, rows] of FRAMED) {
  for (const kind of Object.keys(rows)) {
    Deno.test(`MessageTable.decode() gives back the ${noun} ${kind}, and waits at every split point`, () => {
      fc.assert(fc.property(messageOf(rows, kind), (message) => {
        const bytes = table.encode(message);
        for (let split = 0; split < bytes.length; split++) {
          const window = windowOn(bytes.subarray(0, split));
          assertEquals(table.decode(window, 0), undefined);
        }
        assertEquals(table.decode(windowOn(bytes), 0), { message, end: bytes.length });
      }));
    });

    Deno.test(`MessageTable.decode() refuses a ${noun} ${kind} that is a byte too long or too short`, () => {
      fc.assert(fc.property(messageOf(rows, kind), fc.constantFrom(-1, 1), (message, change) => {
        const bytes = new Uint8Array([...table.encode(message), 0]);
        const view = new DataView(bytes.buffer);
        const length = view.getUint16(2) + change;
        fc.pre(length >= 0);
        view.setUint16(2, length);
        assertThrows(() => table.decode(windowOn(bytes), 0), WireError);
      }));
    });
  }

  Deno.test(`MessageTable.decode() refuses an unknown ${noun} by its first two bytes, 0 among them`, () => {
    for (const type of [0, Math.max(...Object.values(rows).map((row) => row.type)) + 1, 0xffff]) {
      const bytes = new Uint8Array([type >> 8, type & 0xff]);
      assertThrows(() => table.decode(windowOn(bytes), 0), WireError, `expected a ${noun}`);
    }
  });

  Deno.test(`MessageTable.decode() refuses a length that no ${noun} of the type has, without its payload`, () => {
    for (const { type } of Object.values(rows)) {
      const bytes = new Uint8Array([type >> 8, type & 0xff, 0x02, 0x01]);
      assertThrows(() => table.decode(windowOn(bytes), 0), WireError, "length 513");
    }
  });
}

for (const kind of Object.keys(ELEMENTS) as (keyof typeof ELEMENTS)[]) {
  Deno.test(`encodeElement() of ${kind} is read back, and measures as incomplete at every split point`, () => {
    const { type, fields } = ELEMENTS[kind];
    fc.assert(fc.property(messageOf(ELEMENTS, kind), (element: Element) => {
      const bytes = encodeElement(element);
      assertEquals(bytes[0], type);
      for (let split = 1; split < bytes.length; split++) {
        const window = windowOn(bytes.subarray(0, split));
        assertEquals(measureFields(fields, window, 1), undefined);
      }
      const window = windowOn(bytes);
      assertEquals(measureFields(fields, window, 1), bytes.length);
      assertEquals({ kind, ...readFields(fields, window, 1) } as unknown, element);
    }));
  });
}

Deno.test("rowsByType() finds every row of every table, so no two share a number", () => {
  for (const table of [COMMANDS, ELEMENTS, RETURN_PATH]) {
    assertEquals(rowsByType<Table>(table).size, Object.keys(table).length);
  }
});
