/**
 * What the source puts on the main channel besides pages, in the order of the protocol.
 *
 * @module
 */

import { PAGE_SIZE } from "../../ram/ram_block.ts";
import { concat } from "../../wire/concat.ts";
import { DEVICES, encodeGlobalState } from "../../wire/device_state.ts";
import { discardCommands } from "../../wire/discard_commands.ts";
import { encodeMainChannel, type MainChannelMessage } from "../../wire/main_channel_event.ts";
import { MIN_HEAD_BYTES, RamRecordWriter } from "../../wire/ram_record_writer.ts";
import type { MigrationState } from "./migration_state.ts";

/** The section ids are the sender's choice; these are QEMU 7.2's. */
export const RAM_SECTION_ID = 2;
const GLOBAL_STATE_SECTION_ID = 3;

/** What PINGs carry, by their place, as QEMU numbers them. */
export const PING = { setup: 1, beforePackage: 2, inPackage: 3, afterPackage: 4 } as const;

/** Writes bytes to the main channel. @throws {ChannelError} when it is broken. */
export async function send(migration: MigrationState, bytes: Uint8Array): Promise<void> {
  migration.stats.sent(bytes.length);
  await migration.main.write(bytes);
}

/** Header, configuration, return path, ADVISE, and RAM START with the blocks. */
export function encodeSetup(migration: MigrationState): Uint8Array {
  const { capabilities, machine } = migration.context;
  const postcopy = capabilities["postcopy-ram"];
  return concat([
    ...encodeAll([{ kind: "header" }, { kind: "configuration", machine: machine.name }]),
    ...encodeAll(
      migration.usesReturnPath
        ? [{ kind: "open-return-path" }, { kind: "ping", value: PING.setup }]
        : [],
    ),
    ...encodeAll(
      postcopy
        ? [{ kind: "postcopy-advise", pageSizeSummary: PAGE_SIZE, targetPageSize: PAGE_SIZE }]
        : [],
    ),
    ...encodeAll([
      { kind: "section-start", sectionId: RAM_SECTION_ID, idstr: "ram", instance: 0, version: 4 },
      {
        kind: "mem-size",
        blocks: machine.ram.blocks.map(({ name, length }) => ({ name, usedLength: length })),
      },
    ]),
    encodeRecords((records) => records.eos()),
    ...encodeAll([{ kind: "footer", sectionId: RAM_SECTION_ID }]),
  ]);
}

/** A recovery's first bytes: asks for every block's received bitmap. */
export function encodeBitmapRequests(migration: MigrationState): Uint8Array {
  return concat(encodeAll(
    migration.context.machine.ram.blocks.map(({ name }) => ({ kind: "recv-bitmap", block: name })),
  ));
}

/** What the destination must forget: pages dirtied again after they were sent, and those never sent. */
export function encodeDiscards({ context, ram }: MigrationState): Uint8Array {
  const commands = context.machine.ram.blocks.flatMap((block) => {
    const first = block.offset / PAGE_SIZE;
    const runs = ram.runs(first, first + block.length / PAGE_SIZE);
    const ranges = Array.from(
      runs,
      (run) => ({ start: (run.first - first) * PAGE_SIZE, length: run.count * PAGE_SIZE }),
    );
    return discardCommands(block.name, ranges);
  });
  return concat(encodeAll(commands));
}

/** The package: read whole by the destination before it acts on any of it, and with its last byte the guest may run there. */
export function encodePackage(migration: MigrationState): Uint8Array {
  const data = concat(encodeAll([
    { kind: "postcopy-listen" },
    ...deviceSections(migration),
    { kind: "ping", value: PING.inPackage },
    { kind: "postcopy-run" },
  ]));
  return encodeMainChannel({ kind: "packaged", data });
}

/** The end of RAM and of the stream, after the switch to postcopy. */
export function encodePostcopyEnd(): Uint8Array {
  return concat([
    encodeRamEnd(),
    ...encodeAll([{ kind: "eof" }]),
  ]);
}

/** The end of a precopy migration: RAM, devices, and what they look like, which QEMU reads before it starts the guest. */
export function encodePrecopyEnd(migration: MigrationState): Uint8Array {
  const json = JSON.stringify({ configuration: {}, page_size: PAGE_SIZE, devices: [] });
  return concat([
    encodeRamEnd(),
    ...encodeAll([
      ...deviceSections(migration),
      { kind: "eof" },
      { kind: "vmdescription", json },
    ]),
  ]);
}

/** The run state in which the guest goes on. */
function deviceSections(migration: MigrationState): readonly MainChannelMessage[] {
  return [
    {
      kind: "device",
      sectionId: GLOBAL_STATE_SECTION_ID,
      idstr: "globalstate",
      instance: 0,
      version: DEVICES.globalstate.version,
      data: encodeGlobalState(migration.wasRunning ? "running" : "paused"),
    },
    { kind: "footer", sectionId: GLOBAL_STATE_SECTION_ID },
  ];
}

/** The END section of RAM, without a page. */
function encodeRamEnd(): Uint8Array {
  return encodeRecords((records) => {
    records.begin("section-end", RAM_SECTION_ID);
    records.finish();
  });
}

function encodeRecords(write: (records: RamRecordWriter) => void): Uint8Array {
  const records = new RamRecordWriter(MIN_HEAD_BYTES);
  write(records);
  return records.bytes;
}

function encodeAll(messages: readonly MainChannelMessage[]): Uint8Array[] {
  return messages.map(encodeMainChannel);
}
