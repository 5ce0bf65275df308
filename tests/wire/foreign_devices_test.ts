import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { concat } from "../../lib/wire/concat.ts";
import { MainChannelDecoder } from "../../lib/wire/main_channel_decoder.ts";
import {
  encodeMainChannel,
  type MainChannelEvent,
  type MainChannelMessage,
} from "../../lib/wire/main_channel_event.ts";
import { WireError } from "../../lib/wire/wire_error.ts";
import { decodeAll } from "./decode_all.ts";
import { encodeStream } from "./encode_stream.ts";

/** Sections of devices with any data, among it what looks like elements. */
const devices = fc.array(
  fc.record({
    idstr: fc.stringMatching(/^[ -~]{1,30}$/),
    data: fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.constantFrom(0x7e, 0, 4, 8, 1, 6), { maxLength: 40 }).map((all) =>
        new Uint8Array(all)
      ),
    ),
  }),
  { minLength: 1, maxLength: 5 },
).map((all) =>
  all.map(({ idstr, data }, index): MainChannelMessage[] => [
    // Ids of which no byte occurs in the data that looks like elements.
    { kind: "device", sectionId: 0x10203040 + index, idstr, instance: 0, version: 9, data },
    { kind: "footer", sectionId: 0x10203040 + index },
  ])
);

function describe(sections: readonly MainChannelMessage[][]): string {
  const names = sections.map(([device]) =>
    device?.kind === "device" ? { name: device.idstr, instance_id: 0 } : null
  );
  return JSON.stringify({ page_size: 4096, devices: names });
}

function decode(stream: "migration" | "package", bytes: Uint8Array): MainChannelEvent[] {
  return decodeAll(new MainChannelDecoder({ stream, foreignDevices: true }), bytes);
}

Deno.test("foreign devices of the main channel are found by their footers, whatever they hold", () => {
  fc.assert(fc.property(devices, (sections) => {
    const events: MainChannelEvent[] = [
      { kind: "header" },
      ...sections.flat(),
      { kind: "eof" },
      { kind: "vmdescription", json: describe(sections) },
    ];
    assertEquals(decode("migration", encodeStream(events)), events);
  }));
});

Deno.test("a VMDESCRIPTION that lists other devices is refused, and one that lists none", () => {
  fc.assert(fc.property(devices, (sections) => {
    for (const listed of [sections.slice(1), [...sections, ...sections]]) {
      const events: MainChannelEvent[] = [
        { kind: "header" },
        ...sections.flat(),
        { kind: "eof" },
        { kind: "vmdescription", json: describe(listed) },
      ];
      const message = "the devices of the VMDESCRIPTION";
      assertThrows(() => decode("migration", encodeStream(events)), WireError, message);
    }
  }));
});

Deno.test("foreign devices of a package are one event, between LISTEN and the PINGs with RUN", () => {
  fc.assert(fc.property(devices, fc.constantFrom([3], [3, 0x42]), (sections, pings) => {
    const data = concat(sections.flat().map(encodeMainChannel));
    const events: MainChannelMessage[] = [
      { kind: "postcopy-listen" },
      { kind: "foreign-devices", data },
      ...pings.map((value) => ({ kind: "ping" as const, value })),
      { kind: "postcopy-run" },
    ];
    assertEquals(decode("package", concat(events.map(encodeMainChannel))), events);
  }));
});

Deno.test("a decoder that expects no foreign device refuses it", () => {
  const device = { idstr: "fdc", instance: 0, version: 2, sectionId: 1, data: new Uint8Array(9) };
  const bytes = encodeStream([{ kind: "header" }, { kind: "device", ...device }]);
  const decoder = new MainChannelDecoder({ stream: "migration" });
  assertThrows(() => decodeAll(decoder, bytes), WireError, 'received "fdc" version 2');
});
