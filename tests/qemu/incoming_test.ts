/**
 * From a real QEMU into the embedded engine. The QEMU has no vCPU: its RAM holds our guest before its first step, which then runs in
 * the embedded engine, checks every page that it reads, and asks for those that are missing.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { PairOptions } from "../../lib/pair/pair.ts";
import { openRealtimePair } from "../../lib/pair/realtime_pair.ts";
import { readGuest } from "../../lib/ram/guest_spec.ts";
import { Operator, PAIR } from "../pair/operator.ts";
import { testWithQemu } from "./test_with_qemu.ts";

/** Big enough that a migration does not end before its operator has said what comes next. */
const OPTIONS: PairOptions = {
  ...PAIR,
  ram: [{ name: "ram", bytes: 8 << 20 }],
  guest: readGuest({ vcpus: 2, touches: 500, quota: 400 }),
  engines: { source: { kind: "qemu" }, destination: { kind: "embedded" } },
};

/** Pages that the guest shall have asked for before the rest comes fast. */
const REQUESTS = 20;

type Body = (operator: Operator) => Promise<void>;

async function withPair(body: Body, options: Partial<PairOptions> = {}): Promise<void> {
  const pair = await openRealtimePair({ ...OPTIONS, ...options });
  try {
    await pair.startMeasuring();
    await body(new Operator(pair));
  } finally {
    await pair.close();
  }
}

/** Waits until the guest runs on the destination with all of its RAM, and holds that it is what it must be. */
async function assertArrived(operator: Operator): Promise<void> {
  await operator.reach("completed", "source", "destination");
  const { source, destination } = operator.pair;
  await operator.finishGuest("destination");
  assertEquals((await source.qmp.execute("query-status")).status, "postmigrate");
  assertEquals((await destination.qmp.execute("query-status")).status, "running");
  assertEquals((await destination.qmp.execute("x-query-guest")).violations, []);
  assertEquals(await operator.pair.verifyRam("destination"), { verdict: "identical" });
  assertEquals(await operator.pair.verifyRam("source"), { verdict: "identical" });
}

/** Waits until the destination's guest has asked for so many pages. */
async function untilRequested({ pair }: Operator, count: number): Promise<void> {
  for (;;) {
    const { entries } = await pair.destination.qmp.execute("x-query-page-requests");
    if (entries.filter(({ event }) => event === "faulted").length >= count) return;
    await pair.world.clock.sleep(10_000);
  }
}

testWithQemu("a precopy migration brings every page from QEMU", () =>
  withPair(async (operator) => {
    await operator.setCapabilities("return-path");
    await operator.hurry();
    await operator.migrate();
    await assertArrived(operator);
    assertEquals(operator.statusesOf("destination"), ["setup", "active", "completed"]);
  }));

testWithQemu(
  "a precopy migration without a return path brings every page from QEMU",
  () =>
    withPair(async (operator) => {
      await operator.hurry();
      await operator.migrate();
      await assertArrived(operator);
    }),
);

for (const preempt of [false, true]) {
  const how = preempt ? "with" : "without";
  testWithQemu(
    `postcopy ${how} a preempt channel brings from QEMU what the guest asks for`,
    () =>
      withPair(async (operator) => {
        await operator.preparePreempt("qemu");
        if (!preempt) {
          for (const { qmp } of [operator.pair.source, operator.pair.destination]) {
            await qmp.execute("migrate-set-capabilities", {
              capabilities: [{ capability: "postcopy-preempt", state: false }],
            });
          }
        }
        await operator.enterPostcopy();
        await untilRequested(operator, REQUESTS);
        await operator.hurry();
        await assertArrived(operator);
        const { requests, pageRequests, source } = await operator.pair.measure();
        assert(
          pageRequests !== null && pageRequests.count >= REQUESTS,
          "the guest asked for too little",
        );
        assertEquals(pageRequests.incomplete, 0);
        const channels = new Set(requests.map(({ channel }) => channel));
        assertEquals(channels.has("preempt"), preempt);
        // What only an engine of ours could tell is absent.
        assertEquals([source.loop, source.vcpuBlockedUs], [null, null]);
        assert(source.qmp !== null);
      }),
  );
}

testWithQemu(
  "a migration from QEMU goes on after each of two recoveries",
  () =>
    withPair(async (operator) => {
      await operator.preparePreempt("qemu");
      await operator.enterPostcopy();
      for (let recovery = 0; recovery < 2; recovery++) {
        await operator.pause();
        await operator.recover();
        await operator.reach("postcopy-active", "source", "destination");
        await operator.pair.world.clock.sleep(100_000);
      }
      await operator.hurry();
      await assertArrived(operator);
    }),
);

testWithQemu("a cancelled migration leaves the guest in QEMU", () =>
  withPair(async (operator) => {
    await operator.preparePreempt("qemu");
    await operator.migrate();
    await operator.reach("active", "source", "destination");
    const { source } = operator.pair;
    await source.qmp.execute("migrate_cancel");
    await operator.reach("cancelled", "source");
    await operator.reach("failed", "destination");
    assertEquals((await source.qmp.execute("query-status")).running, true);
    assertEquals(await operator.pair.verifyRam("source"), { verdict: "identical" });
  }));
