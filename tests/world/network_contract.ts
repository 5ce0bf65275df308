/**
 * The clauses of Listener, Network and ConnectOperation, see `channel_contract.ts`.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { AddressError } from "../../lib/world/address.ts";
import {
  acceptFrom,
  assertReadsReset,
  type Bed,
  type Clause,
  connectTo,
  patternBytes,
  readExactly,
  SETTLE_US,
  withListener,
} from "./contract_clause.ts";
import type { Address } from "../../lib/world/address.ts";

/** An address that was listened at and is no more. */
function deadAddress(bed: Bed): Address {
  const listener = bed.far.network.listen(bed.address(), "main");
  listener.close();
  return listener.address;
}

const LISTENING: readonly Clause[] = [
  {
    name: "Listener.address is the address as bound",
    body: (bed) =>
      withListener(bed, (listener) => {
        const asked = bed.address();
        assertEquals(listener.address.kind, asked.kind);
        if (listener.address.kind === "tcp") assert(listener.address.port > 0);
        return Promise.resolve();
      }),
  },
  {
    name: "Network.listen() refuses an address in use",
    body: (bed) =>
      withListener(bed, (listener) => {
        assertThrows(() => bed.far.network.listen(listener.address, "main"), AddressError);
        return Promise.resolve();
      }),
  },
  {
    name: "Listener.close() frees the address and is idempotent",
    body: (bed) => {
      const address = deadAddress(bed);
      const again = bed.far.network.listen(address, "main");
      again.close();
      again.close();
      return Promise.resolve();
    },
  },
  {
    name: "Listener.accept() waits for the next connection",
    body: (bed) =>
      withListener(bed, async (listener) => {
        let accepted = false;
        const acceptor = bed.far.mainLoop.spawn("acceptor", async () => {
          const channel = await acceptFrom(listener);
          accepted = true;
          channel.close();
        });
        await bed.near.clock.sleep(SETTLE_US);
        assertEquals(accepted, false);
        const channel = await connectTo(bed, listener);
        await acceptor.join();
        channel.close();
      }),
  },
  {
    name: "Listener.accept() gives connections in the order they were made",
    body: (bed) =>
      withListener(bed, async (listener) => {
        for (let i = 0; i < 3; i++) {
          const channel = await connectTo(bed, listener);
          await channel.write(new Uint8Array([i]));
          channel.close();
        }
        for (let i = 0; i < 3; i++) {
          const channel = await acceptFrom(listener);
          assertEquals(await readExactly(channel, 1), new Uint8Array([i]));
          channel.close();
        }
      }),
  },
  {
    name: "Listener.close() ends a pending accept() and later ones with null",
    body: (bed) =>
      withListener(bed, async (listener) => {
        const acceptor = bed.far.mainLoop.spawn("acceptor", async () => {
          assertEquals(await listener.accept(), null);
        });
        await bed.far.clock.sleep(SETTLE_US);
        listener.close();
        await acceptor.join();
        assertEquals(await listener.accept(), null);
      }),
  },
  {
    name: "Listener.close() leaves accepted channels alone",
    body: (bed) =>
      withListener(bed, async (listener) => {
        const near = await connectTo(bed, listener);
        const far = await acceptFrom(listener);
        listener.close();
        await near.write(patternBytes(10));
        assertEquals(await readExactly(far, 10), patternBytes(10));
        near.close();
        far.close();
      }),
  },
  {
    name: "Channel.role is the connect's on one side and the listener's on the other",
    body: (bed) =>
      withListener(bed, async (listener) => {
        const near = await connectTo(bed, listener);
        const far = await acceptFrom(listener);
        assertEquals([near.role, far.role], ["preempt", "main"]);
        near.close();
        far.close();
      }),
  },
];

const CONNECTING: readonly Clause[] = [
  {
    name: "Network.connect() where nobody listens ends in a failed result with its cause",
    body: async (bed) => {
      const result = await bed.near.network.connect(deadAddress(bed), "main").wait();
      assert(result.kind === "failed", `expected failed, received ${result.kind}`);
      assert(result.cause.length > 0 && result.cause !== "aborted");
    },
  },
  {
    name: "ConnectOperation.wait() does not need the listener to accept first",
    body: (bed) =>
      withListener(bed, async (listener) => {
        const near = await connectTo(bed, listener);
        await near.write(patternBytes(10));
        const far = await acceptFrom(listener);
        assertEquals(await readExactly(far, 10), patternBytes(10));
        near.close();
        far.close();
      }),
  },
  {
    name: 'ConnectOperation.abort() of a connect under way ends it as failed, cause "aborted"',
    body: (bed) =>
      withListener(bed, async (listener) => {
        const operation = bed.near.network.connect(listener.address, "main");
        operation.abort();
        operation.abort();
        assertEquals(await operation.wait(), { kind: "failed", cause: "aborted" });
      }),
  },
  {
    name: "ConnectOperation.abort() closes a channel that nobody took",
    body: (bed) =>
      withListener(bed, async (listener) => {
        const operation = bed.near.network.connect(listener.address, "main");
        const far = await acceptFrom(listener);
        await bed.near.clock.sleep(SETTLE_US);
        operation.abort();
        assertEquals(await operation.wait(), { kind: "failed", cause: "aborted" });
        await assertReadsReset(far);
        far.close();
      }),
  },
  {
    name: "ConnectOperation.abort() leaves a channel that was taken alone",
    body: (bed) =>
      withListener(bed, async (listener) => {
        const operation = bed.near.network.connect(listener.address, "main");
        const result = await operation.wait();
        operation.abort();
        assert(result.kind === "connected");
        const far = await acceptFrom(listener);
        await result.channel.write(patternBytes(10));
        assertEquals(await readExactly(far, 10), patternBytes(10));
        result.channel.close();
        far.close();
      }),
  },
];

/** What Listener, Network and ConnectOperation promise. */
export const NETWORK_CONTRACT: readonly Clause[] = [...LISTENING, ...CONNECTING];
