/**
 * Generated messages and streams, derived from the tables: a new row is generated as soon as it is there.
 *
 * @module
 */

import fc from "fast-check";
import { type Command, COMMANDS } from "../../lib/wire/commands.ts";
import { DEVICES } from "../../lib/wire/device_state.ts";
import type { Field } from "../../lib/wire/field.ts";
import type { Fields, MessageOf, Table } from "../../lib/wire/layout.ts";
import type {
  DeviceSection,
  MainChannelEvent,
  MainChannelMessage,
} from "../../lib/wire/main_channel_event.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import type { RamBlockSize } from "../../lib/wire/ram_block.ts";
import type { RamRecord } from "../../lib/wire/ram_record.ts";

/** The blocks that generated messages speak of. */
export const BLOCKS: readonly RamBlockSize[] = [
  { name: "ram", usedLength: 64 * PAGE_SIZE },
  { name: "pc.bios", usedLength: 16 * PAGE_SIZE },
  { name: "/objects/größe", usedLength: 65 * PAGE_SIZE, pageSize: 2 ** 21 },
  { name: "n".repeat(255), usedLength: 2 ** 41 },
];

/** Pages of the smallest block: a range of these is one of every block. */
const COMMON_PAGES = 16;

/** Characters of one to four bytes, and those that codecs trip over: NUL, a quote, a byte order mark. */
const character = fc.constantFrom("a", "/", "0", "\0", '"', "é", "中", "\ufeff", "😀");
const blockName = fc.constantFrom(...BLOCKS.map((block) => block.name));
const be32 = fc.integer({ min: 0, max: 0xffffffff });
const range = fc.tuple(
  fc.integer({ min: 0, max: COMMON_PAGES - 1 }),
  fc.integer({ min: 1, max: COMMON_PAGES }),
).map(([page, count]) => ({
  start: page * PAGE_SIZE,
  length: Math.min(count, COMMON_PAGES - page) * PAGE_SIZE,
}));

/** Values by the tag of their field. Constants have none. */
const VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  be16: fc.integer({ min: 0, max: 0xffff }),
  be32,
  be64: fc.maxSafeNat(),
  name: blockName,
  text: fc.string({ unit: character, maxLength: 40 }),
  ranges: fc.array(range, { minLength: 1, maxLength: 12 }),
};

function valueOf(field: Field<unknown>): fc.Arbitrary<unknown> {
  const values = VALUES[field.tag];
  if (values === undefined) throw new Error(`No values for a field of kind ${field.tag}`);
  return values;
}

/** Messages with these fields. */
export function messageWith(kind: string, fields: Fields): fc.Arbitrary<{ readonly kind: string }> {
  const values = Object.entries(fields).filter(([, field]) => field.tag !== "constant");
  const model = Object.fromEntries(values.map(([name, field]) => [name, valueOf(field)]));
  return fc.record(model).map((record) => ({ kind, ...record }));
}

/** Messages of one row of a table. */
export function messageOf<T extends Table, K extends keyof T & string>(
  table: T,
  kind: K,
): fc.Arbitrary<MessageOf<T>> {
  return messageWith(kind, table[kind]!.fields) as unknown as fc.Arbitrary<MessageOf<T>>;
}

/** Commands but PACKAGED. */
export const command: fc.Arbitrary<Exclude<Command, { readonly kind: "packaged" }>> = fc.oneof(
  ...Object.keys(COMMANDS).filter((kind) => kind !== "packaged")
    .map((kind) => messageOf(COMMANDS, kind as keyof typeof COMMANDS)),
) as unknown as fc.Arbitrary<Exclude<Command, { readonly kind: "packaged" }>>;

/** A page's or a zero page's record, in a block of `blocks`. */
export function pageRecord(blocks: readonly RamBlockSize[]): fc.Arbitrary<RamRecord> {
  const place = fc.constantFrom(...blocks).chain(({ name, usedLength }) =>
    fc.nat({ max: usedLength / PAGE_SIZE - 1 }).map((page) => ({
      block: name,
      offset: page * PAGE_SIZE,
    }))
  );
  const zero = place.map((at) => ({ kind: "zero" as const, ...at }));
  const page = fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(([at, fill]) => ({
    kind: "page" as const,
    ...at,
    data: new Uint8Array(PAGE_SIZE).fill(fill, fill),
  }));
  return fc.oneof(zero, page);
}

/** RAM blocks with distinct names, as RAM START lists them. */
export const ramBlocks: fc.Arbitrary<RamBlockSize[]> = fc.uniqueArray(
  fc.record({
    name: fc.string({ unit: character, minLength: 1, maxLength: 60 }),
    usedLength: fc.integer({ min: 1, max: 2 ** 30 }).map((pages) => pages * PAGE_SIZE),
    pageSize: fc.integer({ min: 12, max: 40 }).map((bits) => 2 ** bits),
  }, { requiredKeys: ["name", "usedLength"], noNullPrototype: true }),
  { selector: (block) => block.name, maxLength: 6 },
);

const RAM_ID = 1;

function device(idstr: keyof typeof DEVICES, sectionId: number): fc.Arbitrary<MainChannelEvent[]> {
  const { version, dataBytes } = DEVICES[idstr];
  return fc.uint8Array({ minLength: dataBytes, maxLength: dataBytes }).map((data) => {
    const section: DeviceSection = {
      kind: "device",
      sectionId,
      idstr,
      instance: 0,
      version,
      data,
    };
    return [section, { kind: "footer", sectionId }];
  });
}

/** A section of every device, with sample data. */
export function everyDevice(): MainChannelEvent[] {
  const kinds = Object.keys(DEVICES) as (keyof typeof DEVICES)[];
  return kinds.flatMap((idstr, i) => fc.sample(device(idstr, 7 + i), { numRuns: 1 })[0]!);
}

function ramSection(
  kind: "section-part" | "section-end",
  blocks: readonly RamBlockSize[],
): fc.Arbitrary<MainChannelEvent[]> {
  return fc.array(pageRecord(blocks), { maxLength: 4 }).map((records) => [
    { kind, sectionId: RAM_ID },
    ...records,
    { kind: "eos" },
    { kind: "footer", sectionId: RAM_ID },
  ]);
}

/** RAM START for `blocks`. */
export function ramStart(blocks: readonly RamBlockSize[]): MainChannelEvent[] {
  return [
    { kind: "section-start", sectionId: RAM_ID, idstr: "ram", instance: 0, version: 4 },
    { kind: "mem-size", blocks },
    { kind: "eos" },
    { kind: "footer", sectionId: RAM_ID },
  ];
}

const packaged: fc.Arbitrary<MainChannelMessage> = fc.uint8Array({ maxLength: 300 })
  .map((data) => ({ kind: "packaged", data }));

/** A whole migration's main channel, with everything that may be there. */
export const migration: fc.Arbitrary<MainChannelEvent[]> = fc.tuple(
  VALUES["text"] as fc.Arbitrary<string>,
  fc.array(
    fc.oneof(
      fc.oneof(command, packaged).map((event): MainChannelEvent[] => [event]),
      ramSection("section-part", BLOCKS),
    ),
    { maxLength: 8 },
  ),
  device("timer", 0),
  device("globalstate", 0xffffffff),
  ramSection("section-end", BLOCKS),
  fc.option(VALUES["text"] as fc.Arbitrary<string>),
).map(([machine, body, timer, globalState, end, json]) => [
  { kind: "header" },
  { kind: "configuration", machine },
  ...ramStart(BLOCKS),
  ...body.flat(),
  ...timer,
  ...globalState,
  ...end,
  { kind: "eof" },
  ...(json === null ? [] : [{ kind: "vmdescription", json } as const]),
]);
