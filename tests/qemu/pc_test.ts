/**
 * RAM between the embedded engine and a PC, whose devices are another machine's: all of its RAM blocks, by QEMU's names. A guest of
 * ours is paused for it, for a PC cannot run it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { PairOptions } from "../../lib/pair/pair.ts";
import { openRealtimePair } from "../../lib/pair/realtime_pair.ts";
import { readGuest } from "../../lib/ram/guest_spec.ts";
import { Operator, PAIR } from "../pair/operator.ts";
import { testWithQemu } from "./test_with_qemu.ts";

const OPTIONS: PairOptions = {
  ...PAIR,
  ram: [{ name: "ram", bytes: 8 << 20 }],
  guest: readGuest({ vcpus: 1, touches: 2000 }),
  machine: "pc",
};
const QEMU = { kind: "qemu" } as const;
const OURS = { kind: "embedded" } as const;
const PAIRINGS = {
  "a PC into the embedded engine": { source: QEMU, destination: OURS },
  "the embedded engine into a PC": { source: OURS, destination: QEMU },
} as const;

for (const [what, engines] of Object.entries(PAIRINGS)) {
  for (const way of ["precopy", "postcopy"] as const) {
    testWithQemu(`${way} brings every page from ${what}`, async () => {
      const pair = await openRealtimePair({ ...OPTIONS, engines });
      try {
        const operator = new Operator(pair);
        if (engines.source.kind === "embedded") await pair.source.qmp.execute("stop");
        if (way === "postcopy") {
          const policy = engines.source.kind === "qemu" ? "qemu" : "async-at-setup";
          await operator.preparePreempt(policy);
          await operator.enterPostcopy();
        } else {
          await operator.setCapabilities("return-path");
          await operator.migrate();
        }
        await operator.hurry();
        await operator.reach("completed", "source", "destination");
        assertEquals(await pair.verifyRam("destination"), { verdict: "identical" });
        assertEquals(await pair.verifyRam("source"), { verdict: "identical" });
      } finally {
        await pair.close();
      }
    });
  }
}
