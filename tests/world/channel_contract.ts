/**
 * The World contract as tests: each clause of the docstrings in `lib/world/world.ts` is a body that takes the implementation
 * under test, so that the virtual network and real sockets answer to the same words. What is hard to see from outside (that
 * nothing comes) is given `SETTLE_US` of the world's own time; no body asserts on how long anything takes.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { PageBatch } from "../../lib/wire/page_batch.ts";
import { CLOCK_CONTRACT } from "./clock_contract.ts";
import {
  assertReadsReset,
  assertWriteFails,
  type Clause,
  failureOf,
  MORE_THAN_ANY_BUFFER,
  patternBytes,
  readExactly,
  readToEnd,
  SETTLE_US,
  withPair,
} from "./contract_clause.ts";
import { LOOP_CONTRACT } from "./loop_contract.ts";
import { NETWORK_CONTRACT } from "./network_contract.ts";

/** A batch of pages in shared memory, with heads of 0 to 12 bytes between them and at the end. */
function patternBatch(pages: number): PageBatch {
  const memory = new Uint8Array(new SharedArrayBuffer(pages * PAGE_SIZE));
  memory.set(patternBytes(memory.length));
  const starts = Array.from({ length: pages }, (_, page) => page * PAGE_SIZE);
  return new PageBatch(
    patternBytes(pages * 6 + 7, 3),
    starts.map((start) => memory.subarray(start, start + PAGE_SIZE)),
    starts.map((_, page) => page * 6 + 6 * (page % 2)),
  );
}

const STREAMING: readonly Clause[] = [
  {
    name: "Channel.read() gives bytes in the order written, whatever the chunks",
    body: (bed) =>
      withPair(bed, async (near, far) => {
        const sizes = [1, 7, 4096, 65_536, 3, 100_000, 12];
        const total = sizes.reduce((sum, size) => sum + size, 0);
        const writer = bed.near.mainLoop.spawn("writer", async () => {
          let start = 0;
          for (const size of sizes) {
            await near.write(patternBytes(size, start));
            start += size;
          }
        });
        assertEquals(await readExactly(far, total, 1000), patternBytes(total));
        await writer.join();
      }),
  },
  {
    name: "Channel carries both directions at once",
    body: (bed) =>
      withPair(bed, async (near, far) => {
        const bytes = patternBytes(1 << 20);
        const threads = [near, far].flatMap((channel) => [
          bed.near.mainLoop.spawn("writer", () => channel.write(bytes)),
          bed.far.mainLoop.spawn("reader", async () => {
            assertEquals(await readExactly(channel, bytes.length), bytes);
          }),
        ]);
        for (const thread of threads) await thread.join();
      }),
  },
  {
    name: "Channel.read() reads at least 1 and at most into.length bytes",
    body: (bed) =>
      withPair(bed, async (near, far) => {
        await near.write(patternBytes(10));
        const into = new Uint8Array(4);
        for (let left = 10; left > 0;) {
          const count = await far.read(into);
          assert(count !== null && count >= 1 && count <= 4, `received ${count}`);
          left -= count;
        }
      }),
  },
  {
    name: "Channel.write() gives the buffer back: reusing it changes nothing that was written",
    body: (bed) =>
      withPair(bed, async (near, far) => {
        const buffer = patternBytes(5000);
        await near.write(buffer);
        buffer.fill(255);
        assertEquals(await readExactly(far, 5000), patternBytes(5000));
      }),
  },
  {
    name: "Channel.read() gives the buffer back: later bytes do not change it",
    body: (bed) =>
      withPair(bed, async (near, far) => {
        await near.write(patternBytes(8));
        const into = await readExactly(far, 8);
        await near.write(new Uint8Array(8).fill(255));
        await bed.near.clock.sleep(SETTLE_US);
        assertEquals(into, patternBytes(8));
      }),
  },
  {
    name: "Channel reads into and writes from a SharedArrayBuffer",
    body: (bed) =>
      withPair(bed, async (near, far) => {
        const from = new Uint8Array(new SharedArrayBuffer(4096));
        from.set(patternBytes(4096));
        const into = new Uint8Array(new SharedArrayBuffer(4096));
        await near.write(from);
        for (let done = 0; done < 4096;) done += await far.read(into.subarray(done)) ?? 4096;
        assertEquals(new Uint8Array(into), patternBytes(4096));
      }),
  },
  {
    name: "Channel.write() resolves before the peer reads",
    body: (bed) =>
      withPair(bed, async (near, far) => {
        await near.write(patternBytes(100));
        assertEquals(await readExactly(far, 100), patternBytes(100));
      }),
  },
  {
    name: "Channel.write() waits while the channel is full, until the peer reads",
    body: (bed) =>
      withPair(bed, async (near, far) => {
        const bytes = patternBytes(MORE_THAN_ANY_BUFFER);
        let taken = false;
        const writer = bed.near.mainLoop.spawn("writer", async () => {
          await near.write(bytes);
          taken = true;
        });
        await bed.near.clock.sleep(SETTLE_US);
        assertEquals(taken, false);
        const received = await readExactly(far, bytes.length);
        await writer.join();
        assertEquals(taken, true);
        assert(received.every((byte, i) => byte === bytes[i]), "expected the bytes written");
      }),
  },
  {
    name: "Channel.write() takes a batch of pages whole, though it is larger than any buffer",
    body: (bed) =>
      withPair(bed, async (near, far) => {
        const many = Math.ceil(MORE_THAN_ANY_BUFFER / PAGE_SIZE);
        for (const [from, to, pages] of [[near, far, many], [far, near, 3]] as const) {
          const batch = patternBatch(pages);
          const writer = bed.near.mainLoop.spawn("writer", () => from.write(batch));
          const received = await readExactly(to, batch.length);
          await writer.join();
          const expected = batch.join();
          assert(received.every((byte, i) => byte === expected[i]), "expected the batch written");
        }
      }),
  },
  {
    name: "Channel.write() of a batch gives its pages back: later contents are not sent",
    body: (bed) =>
      withPair(bed, async (near, far) => {
        const batch = patternBatch(3);
        const expected = batch.join();
        await near.write(batch);
        for (const page of batch.pages) page.fill(255);
        assertEquals(await readExactly(far, batch.length), expected);
      }),
  },
];

const CLOSING: readonly Clause[] = [
  {
    name: "Channel.close() lets bytes already written reach the peer, which then reads null",
    body: (bed) =>
      withPair(bed, async (near, far) => {
        await near.write(patternBytes(100_000));
        near.close();
        assertEquals(await readExactly(far, 100_000), patternBytes(100_000));
        assertEquals(await far.read(new Uint8Array(1)), null);
        assertEquals(await far.read(new Uint8Array(1)), null);
      }),
  },
  {
    name: "Channel.close() with bytes left unread still lets its own reach the peer",
    body: (bed) =>
      withPair(bed, async (near, far) => {
        await far.write(patternBytes(1000));
        await bed.near.clock.sleep(SETTLE_US);
        await near.write(patternBytes(100_000));
        near.close();
        assertEquals(await readExactly(far, 100_000), patternBytes(100_000));
        assertEquals(await far.read(new Uint8Array(1)), null);
      }),
  },
  {
    name: "Channel.close() ends a read that the peer waits in with null",
    body: (bed) =>
      withPair(bed, async (near, far) => {
        const reader = bed.far.mainLoop.spawn("reader", async () => {
          assertEquals(await readToEnd(far), 0);
        });
        await bed.near.mainLoop.turn();
        near.close();
        await reader.join();
      }),
  },
  ...(["close", "reset"] as const).flatMap((end): Clause[] => [
    {
      name: `Channel.${end}() rejects its own pending read and write with "closed"`,
      body: (bed) =>
        withPair(bed, async (near) => {
          const failures: string[] = [];
          const reader = bed.near.mainLoop.spawn("reader", async () => {
            failures.push(await failureOf(() => near.read(new Uint8Array(1))));
          });
          const writer = bed.near.mainLoop.spawn("writer", async () => {
            failures.push(await failureOf(() => near.write(new Uint8Array(MORE_THAN_ANY_BUFFER))));
          });
          await bed.near.clock.sleep(SETTLE_US);
          near[end]();
          await reader.join();
          await writer.join();
          assertEquals(failures, ["closed", "closed"]);
        }),
    },
    {
      name: `Channel.${end}() rejects its own later reads and writes with "closed"`,
      body: (bed) =>
        withPair(bed, async (near) => {
          near[end]();
          assertEquals(await failureOf(() => near.read(new Uint8Array(1))), "closed");
          assertEquals(await failureOf(() => near.write(new Uint8Array(1))), "closed");
          assertEquals(await failureOf(() => near.read(new Uint8Array(1))), "closed");
        }),
    },
    {
      name: `Channel.${end}() is idempotent and never throws`,
      body: (bed) =>
        withPair(bed, async (near, far) => {
          near[end]();
          near[end]();
          near.close();
          near.reset();
          await bed.near.clock.sleep(SETTLE_US);
          far.close();
          far.reset();
          near[end]();
        }),
    },
    {
      name: `Channel.${end}() fails the peer's writes with "reset", at the latest the second`,
      body: (bed) =>
        withPair(bed, async (near, far) => {
          near[end]();
          await assertReadsReset(far);
          await assertWriteFails(bed, far);
        }),
    },
    {
      name: `Channel.${end}() fails a write that the peer waits in with "reset"`,
      body: (bed) =>
        withPair(bed, async (near, far) => {
          const writer = bed.far.mainLoop.spawn("writer", async () => {
            const bytes = new Uint8Array(MORE_THAN_ANY_BUFFER);
            assertEquals(await failureOf(() => far.write(bytes)), "reset");
          });
          await bed.near.clock.sleep(SETTLE_US);
          near[end]();
          await writer.join();
        }),
    },
  ]),
];

const RESETTING: readonly Clause[] = [
  {
    name: "Channel.reset() ends a read that the peer waits in",
    body: (bed) =>
      withPair(bed, async (near, far) => {
        const reader = bed.far.mainLoop.spawn("reader", () => assertReadsReset(far));
        await bed.near.mainLoop.turn();
        near.reset();
        await reader.join();
      }),
  },
  {
    name: "Channel.reset() drops what is in flight: the peer never reads all of it",
    body: (bed) =>
      withPair(bed, async (near, far) => {
        const writer = bed.near.mainLoop.spawn("writer", async () => {
          await failureOf(() => near.write(new Uint8Array(MORE_THAN_ANY_BUFFER)));
        });
        await bed.near.clock.sleep(SETTLE_US);
        near.reset();
        await writer.join();
        let received = 0;
        const failure = await failureOf(async () => {
          received = await readToEnd(far);
        });
        assert(failure === "reset" || received < MORE_THAN_ANY_BUFFER, `${failure}, ${received}`);
      }),
  },
];

/** Every clause of the World contract. A test file per implementation runs each of them in a bed of its own. */
export const WORLD_CONTRACT: readonly Clause[] = [
  ...STREAMING,
  ...CLOSING,
  ...RESETTING,
  ...NETWORK_CONTRACT,
  ...CLOCK_CONTRACT,
  ...LOOP_CONTRACT,
];
