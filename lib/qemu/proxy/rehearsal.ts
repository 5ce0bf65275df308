/**
 * A rehearsal of the proxy's thread: a migration that nobody waits for goes through a proxy of its own, until what serves the next
 * one is compiled.
 *
 * The hard thing is that a page request is rare: some dozens come in a migration, and each would otherwise be served by code that
 * has hardly ever run. That was seen to make a request 80 us longer at p50, and the first of a connection some milliseconds.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";
import type { Direction, ShimRole } from "../../netem/conditions.ts";
import { PAGE_SIZE } from "../../ram/ram_block.ts";
import { concat } from "../../wire/concat.ts";
import { encodeMainChannel } from "../../wire/main_channel_event.ts";
import { RamRecordWriter } from "../../wire/ram_record_writer.ts";
import { PageRequestEncoder } from "../../wire/return_path.ts";
import type { ProxyLoop } from "./proxy_loop.ts";
import { READ_BYTES } from "./relay.ts";
import { SocketCalls } from "./socket_calls.ts";

/** Until a request takes no less than the one before it: some 30 ms. */
export const REHEARSED_REQUESTS = 300;

/** A batch of the bulk comes once in so many requests. */
const REQUESTS_PER_BATCH = 4;
const BATCH_PAGES = 15;

/** The last pages come in bulk, the others when they are asked for. */
const BLOCK = { name: "rehearsal", usedLength: (REHEARSED_REQUESTS + BATCH_PAGES) * PAGE_SIZE };
const PHASE = 0;
const SECTION = 1;

/** Passes a migration through a proxy that nothing else goes through, and closes it. */
export function rehearse(loop: ProxyLoop): void {
  using calls = new SocketCalls();
  const main = new Rehearsed(loop, calls, "main");
  const preempt = new Rehearsed(loop, calls, "preempt");
  const writers = { main: newWriter(), preempt: newWriter() };
  const encoder = new PageRequestEncoder();
  const page = new Uint8Array(PAGE_SIZE);
  try {
    main.pass("source-to-destination", opening());
    for (let request = 0; request < REHEARSED_REQUESTS; request++) {
      const start = request * PAGE_SIZE;
      const bytes = encoder.encode({ block: BLOCK.name, start, length: PAGE_SIZE });
      main.pass("destination-to-source", bytes);
      writers.preempt.page(BLOCK.name, start, page);
      preempt.pass("source-to-destination", taken(writers.preempt));
      if (request % REQUESTS_PER_BATCH > 0) continue;
      writers.main.begin("section-part", SECTION);
      for (let at = REHEARSED_REQUESTS; at < REHEARSED_REQUESTS + BATCH_PAGES; at++) {
        writers.main.page(BLOCK.name, at * PAGE_SIZE, page);
      }
      writers.main.finish();
      main.pass("source-to-destination", taken(writers.main));
    }
  } finally {
    loop.close();
    for (const rehearsed of [main, preempt]) rehearsed.close();
  }
}

/** What comes before postcopy's pages. */
function opening(): Uint8Array {
  const writer = newWriter();
  writer.eos();
  return concat([
    encodeMainChannel({ kind: "header" }),
    encodeMainChannel({
      ...{ kind: "section-start", sectionId: SECTION },
      ...{ idstr: "ram", instance: 0, version: 4 },
    }),
    encodeMainChannel({ kind: "mem-size", blocks: [BLOCK] }),
    writer.bytes,
    encodeMainChannel({ kind: "footer", sectionId: SECTION }),
    encodeMainChannel({ kind: "packaged", data: new Uint8Array(1) }),
  ]);
}

function newWriter(): RamRecordWriter {
  return new RamRecordWriter(8192);
}

function taken(writer: RamRecordWriter): Uint8Array {
  const { bytes } = writer;
  writer.reset();
  return bytes;
}

/** Both far ends of a connection through the proxy. */
class Rehearsed {
  readonly #loop: ProxyLoop;
  readonly #calls: SocketCalls;
  /** By the direction in which they are written to, where the bytes go in and where they come out. */
  readonly #ends: Readonly<Record<Direction, readonly [number, number]>>;
  readonly #received = new Uint8Array(READ_BYTES);

  constructor(loop: ProxyLoop, calls: SocketCalls, role: ShimRole) {
    this.#loop = loop;
    this.#calls = calls;
    const [source, downstream] = calls.openPair();
    const [destination, upstream] = calls.openPair();
    loop.join({ role, phase: PHASE }, downstream, upstream);
    this.#ends = {
      "source-to-destination": [source, destination],
      "destination-to-source": [destination, source],
    };
  }

  /** Sends bytes, which a socket has room for, and waits until they have come through. */
  pass(direction: Direction, bytes: Uint8Array): void {
    const [from, to] = this.#ends[direction];
    const sent = this.#calls.send(from, bytes);
    invariant(sent === bytes.length, `a rehearsal sent ${sent} of ${bytes.length} bytes`);
    for (let left = sent; left > 0;) {
      this.#loop.turn();
      const count = this.#calls.receive(to, this.#received);
      invariant(count > 0, `a rehearsal received ${count} bytes`);
      left -= count;
    }
  }

  close(): void {
    for (const fd of this.#ends["source-to-destination"]) this.#calls.close(fd);
  }
}
