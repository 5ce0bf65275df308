/**
 * What the clauses of the World contract share: the bed they run in, and a few steps that every one of them takes.
 *
 * @module
 */

import { assert, assertEquals, AssertionError } from "@std/assert";
import type { Address } from "../../lib/world/address.ts";
import {
  type Channel,
  ChannelError,
  type ChannelFailure,
  type Listener,
  type World,
} from "../../lib/world/world.ts";

/** The implementation under test: two worlds on one network. The body runs as a thread of `near` and may wait in both. */
export interface Bed {
  /** The side that connects. */
  readonly near: World;
  /** The side that listens. */
  readonly far: World;
  /** An address that nobody listens at yet: a new Unix path, or TCP port 0. */
  address(): Address;
}

/** One promise of the contract: the name says what holds, the body rejects when it does not. It leaves nothing open. */
export interface Clause {
  readonly name: string;
  readonly body: (bed: Bed) => Promise<void>;
}

/** More than any carrier takes without a reader: a kernel holds some 4 MB of a stream. */
export const MORE_THAN_ANY_BUFFER = 16 << 20;

/** Long enough for any carrier to bring over what is under way, without a promise on how long that takes. */
export const SETTLE_US = 50_000;

/** Bytes that tell their position, so that a lost, repeated or swapped piece shows. */
export function patternBytes(length: number, start = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = ((start + i) * 31 + ((start + i) >> 8)) & 255;
  return bytes;
}

/** A connection between `near` and `far`, handed to `body` as both of its ends and closed afterwards. */
export async function withPair(
  bed: Bed,
  body: (near: Channel, far: Channel) => Promise<void>,
): Promise<void> {
  await withListener(bed, async (listener) => {
    const near = await connectTo(bed, listener);
    const far = await acceptFrom(listener);
    try {
      await body(near, far);
    } finally {
      near.close();
      far.close();
    }
  });
}

/** A listener on `far`, closed afterwards. */
export async function withListener(
  bed: Bed,
  body: (listener: Listener) => Promise<void>,
): Promise<void> {
  const listener = bed.far.network.listen(bed.address(), "main");
  try {
    await body(listener);
  } finally {
    listener.close();
  }
}

/** A connect from `near` that must end well. */
export async function connectTo(
  { near }: { readonly near: Pick<World, "network"> },
  listener: Listener,
): Promise<Channel> {
  const result = await near.network.connect(listener.address, "preempt").wait();
  if (result.kind === "failed") throw new AssertionError(`expected a channel: ${result.cause}`);
  return result.channel;
}

/** The next connection, which must come. */
export async function acceptFrom(listener: Listener): Promise<Channel> {
  const channel = await listener.accept();
  assert(channel !== null, "expected a channel, received a closed listener");
  return channel;
}

/** Reads exactly `length` bytes, `chunkBytes` at a time. */
export async function readExactly(
  channel: Channel,
  length: number,
  chunkBytes = 64 << 10,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const count = await channel.read(bytes.subarray(done, Math.min(length, done + chunkBytes)));
    assert(count !== null, `expected ${length} bytes, received the end after ${done}`);
    done += count;
  }
  return bytes;
}

/** Reads until the end of the stream and returns how many bytes came. */
export async function readToEnd(channel: Channel): Promise<number> {
  const into = new Uint8Array(64 << 10);
  let total = 0;
  for (;;) {
    const count = await channel.read(into);
    if (count === null) return total;
    total += count;
  }
}

/** How a channel operation failed; "none" when it did not. Anything but a ChannelError is passed on. */
export async function failureOf(
  operation: () => Promise<unknown>,
): Promise<ChannelFailure | "none"> {
  try {
    await operation();
    return "none";
  } catch (error) {
    if (error instanceof ChannelError) return error.failure;
    throw error;
  }
}

/** What a peer may see of a reset: "reset", or the end of the stream where the carrier cannot tell. */
export async function assertReadsReset(channel: Channel): Promise<void> {
  let end: number | null | undefined;
  const failure = await failureOf(async () => {
    end = await channel.read(new Uint8Array(16));
  });
  assert(failure === "reset" || end === null, `expected reset or null, received ${failure} ${end}`);
}

/** Two writes, with time between them for the peer's answer: the second must fail with "reset" at the latest. */
export async function assertWriteFails(bed: Bed, channel: Channel): Promise<void> {
  const first = await failureOf(() => channel.write(patternBytes(16)));
  if (first === "none") {
    await bed.near.clock.sleep(SETTLE_US);
    assertEquals(await failureOf(() => channel.write(patternBytes(16))), "reset");
  } else {
    assertEquals(first, "reset");
  }
}
