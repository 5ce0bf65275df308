import { assert, assertInstanceOf, assertLessOrEqual, assertThrows } from "@std/assert";
import fc from "fast-check";
import { concat } from "../../lib/wire/concat.ts";
import type { Decoder } from "../../lib/wire/decoder.ts";
import { decodeGlobalState } from "../../lib/wire/device_state.ts";
import { MainChannelDecoder } from "../../lib/wire/main_channel_decoder.ts";
import type { MainChannelEvent } from "../../lib/wire/main_channel_event.ts";
import { PreemptChannelDecoder } from "../../lib/wire/preempt_channel_decoder.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { StreamNames } from "../../lib/wire/ram_block.ts";
import { encodeReturnPath } from "../../lib/wire/return_path.ts";
import { ReturnPathDecoder } from "../../lib/wire/return_path_decoder.ts";
import { WireError } from "../../lib/wire/wire_error.ts";
import { BLOCKS, migration, pageRecord } from "./arbitraries.ts";
import { decodeAll } from "./decode_all.ts";
import { encodeStream } from "./encode_stream.ts";
import { indexOf, mutate, mutation, place } from "./mutations.ts";
import { recordedStream, VERSIONS } from "./recorded_streams.ts";

const MAIN_RUNS = 60_000;
const PREEMPT_RUNS = 20_000;
const RETURN_PATH_RUNS = 20_000;
const SAMPLES = { numRuns: 40, seed: 2 };

/** Sees how long the arrays are that are allocated by a length. */
class AllocationWatch implements Disposable {
  readonly #original = Uint8Array;
  largestBytes = 0;

  constructor() {
    globalThis.Uint8Array = new Proxy(Uint8Array, {
      construct: (target, args) => {
        if (typeof args[0] === "number") this.largestBytes = Math.max(this.largestBytes, args[0]);
        return Reflect.construct(target, args);
      },
    });
  }

  [Symbol.dispose](): void {
    globalThis.Uint8Array = this.#original;
  }
}

/** Feeds `bytes` in two pieces, and holds the decoder to events or a WireError: not too many events, nor another exception. */
function survive<Event>(
  decoder: Decoder<Event>,
  bytes: Uint8Array,
  cut: number,
  inspect: (event: Event) => void = () => {},
): void {
  let events = 0;
  try {
    for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
      decoder.queue.push(piece);
      for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
        events += 1;
        assertLessOrEqual(events, bytes.length);
        inspect(event);
      }
    }
  } catch (error) {
    assertInstanceOf(error, WireError);
    assertLessOrEqual(error.offset, bytes.length);
    return;
  }
  try {
    decoder.end();
  } catch (error) {
    assertInstanceOf(error, WireError);
  }
}

/** Decodes what lies within an event, as the engines do. */
function inspectMain(event: MainChannelEvent, names: StreamNames): void {
  if (event.kind === "packaged") {
    const nested = new MainChannelDecoder({ stream: "package", names });
    survive(nested, event.data, 0, (inner) => inspectMain(inner, names));
  } else if (event.kind === "device" && event.idstr === "globalstate") {
    decodeGlobalState(event.data);
  }
}

/** Spoils one of `streams` after the other `numRuns` times, and lets `run` decode it. */
function mutateStreams(
  streams: readonly Uint8Array[],
  numRuns: number,
  run: (bytes: Uint8Array, cut: number) => void,
): void {
  using watch = new AllocationWatch();
  const changes = fc.oneof(
    { arbitrary: fc.tuple(mutation), weight: 3 },
    { arbitrary: fc.array(mutation, { minLength: 2, maxLength: 4 }), weight: 1 },
  );
  fc.assert(
    fc.property(fc.nat(streams.length - 1), changes, place, (chosen, mutations, at) => {
      const bytes = mutations.reduce(mutate, streams[chosen]!);
      watch.largestBytes = 0;
      run(bytes, indexOf(bytes, at));
      assertLessOrEqual(watch.largestBytes, 2 * bytes.length);
    }),
    { numRuns },
  );
}

/** The recorded stream with few of its pages: what is left is nearly all structure, where a change matters. */
function withoutMostPages(bytes: Uint8Array): Uint8Array {
  const events = decodeAll(new MainChannelDecoder({ stream: "migration" }), bytes);
  let kept = 0;
  return encodeStream(events.filter((event) => {
    if (event.kind === "page") return kept++ === 0;
    return event.kind !== "zero" || event.offset % (20 * PAGE_SIZE) === 3 * PAGE_SIZE;
  }));
}

async function mainStreams(): Promise<Uint8Array[]> {
  const streams = fc.sample(migration, SAMPLES).map((events) => {
    return encodeStream(events.filter((event) => event.kind !== "page"));
  });
  for (const version of VERSIONS) {
    streams.push(withoutMostPages(await recordedStream(version, "precopy")));
    streams.push(withoutMostPages(await recordedStream(version, "postcopy-main")));
  }
  return streams;
}

Deno.test("MainChannelDecoder takes 60,000 mutated streams: events or a WireError", async () => {
  mutateStreams(await mainStreams(), MAIN_RUNS, (bytes, cut) => {
    const decoder = new MainChannelDecoder({ stream: "migration" });
    survive(decoder, bytes, cut, (event) => inspectMain(event, decoder.names));
  });
});

Deno.test("PreemptChannelDecoder takes 20,000 mutated streams: events or a WireError", async () => {
  const records = fc.array(pageRecord(BLOCKS), { minLength: 1, maxLength: 20 });
  const streams = fc.sample(records, SAMPLES).map((events) => {
    const pages = events.filter((event) => event.kind === "page").slice(0, 1);
    return encodeStream([...events.filter((event) => event.kind !== "page"), ...pages]);
  });
  for (const version of VERSIONS) {
    streams.push((await recordedStream(version, "postcopy-preempt")).subarray(0, 5000));
  }
  mutateStreams(streams, PREEMPT_RUNS, (bytes, cut) => {
    survive(new PreemptChannelDecoder(new StreamNames(BLOCKS)), bytes, cut);
  });
});

Deno.test("ReturnPathDecoder takes 20,000 mutated streams: messages or a WireError", async () => {
  const pages = 512;
  const streams: Uint8Array[] = [];
  for (const version of VERSIONS) {
    const recorded = await recordedStream(version, "postcopy-main-return");
    const bitmap = new Uint8Array(pages / 8).fill(0x5a);
    const answer = encodeReturnPath({ kind: "recv-bitmap", block: "ram", bitmap });
    const resume = encodeReturnPath({ kind: "resume-ack" });
    streams.push(recorded, concat([answer, resume, recorded]));
  }
  mutateStreams(streams, RETURN_PATH_RUNS, (bytes, cut) => {
    const blockPages = (name: string) => name === "ram" ? pages : undefined;
    survive(new ReturnPathDecoder({ blockPages }), bytes, cut);
  });
});

Deno.test("every decoder throws its WireError again when it is asked again", async () => {
  const [stream] = (await mainStreams()).slice(-1);
  assert(stream !== undefined);
  fc.assert(
    fc.property(mutation, (change) => {
      const decoder = new MainChannelDecoder({ stream: "migration" });
      decoder.queue.push(mutate(stream, change));
      try {
        while (decoder.next() !== undefined);
      } catch (error) {
        assertInstanceOf(error, WireError);
        assertThrows(() => decoder.next(), WireError, error.message);
      }
    }),
    { numRuns: 2000 },
  );
});
