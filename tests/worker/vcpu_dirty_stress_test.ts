/**
 * The contract of the dirty bitmap under load: vCPU Workers write as fast as they can while this thread copies what is marked,
 * as a source does. After each stop the copy must equal the RAM, so no write may ever be unmarked, and no mark ever be taken
 * too early.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { assert, assertEquals } from "@std/assert";
import { parseGuest } from "../../lib/ram/guest_arguments.ts";
import { fillGuestRam } from "../../lib/ram/guest_fill.ts";
import { GuestRam } from "../../lib/ram/guest_ram.ts";
import { PageRequestLog } from "../../lib/ram/page_request_log.ts";
import { layoutBlocks, PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { startWorkerVcpus } from "../../lib/worker/worker_vcpus.ts";

const PAGES = 256;
const STOPS = 60;
const STEPS_BEFORE_STOP = 3000;

/** Copies every page that is marked; how many there were. */
function copyDirty(ram: GuestRam, copy: Uint8Array): number {
  let copied = 0;
  for (let word = 0; word < ram.dirty.words; word++) {
    const bits = ram.dirty.exchangeWord(word);
    for (let bit = 0; bit < 32; bit++) {
      if (((bits >>> bit) & 1) === 0) continue;
      const page = word * 32 + bit;
      ram.copyPage(page, copy, page * PAGE_SIZE);
      copied++;
    }
  }
  return copied;
}

Deno.test("a copy of what vCPUs marked equals their memory after every stop", async () => {
  const spec = parseGuest("vcpus=2,touches=1000000,write-share=1,workload=uniform");
  const ram = GuestRam.allocate(layoutBlocks([{ name: "ram", bytes: PAGES * PAGE_SIZE }]));
  fillGuestRam(ram, spec);
  const copy = ram.memory.slice();
  const log = PageRequestLog.allocate(16);
  const originMs = performance.timeOrigin;
  const vcpus = await startWorkerVcpus({ spec, ram, log, originMs, cpuShare: 2 });
  let copiedWhileRunning = 0;
  try {
    for (let stop = 1; stop <= STOPS; stop++) {
      vcpus.run({ missing: false });
      while (vcpus.steps(0) < stop * STEPS_BEFORE_STOP) {
        copiedWhileRunning += copyDirty(ram, copy);
      }
      await vcpus.stop();
      copyDirty(ram, copy);
      assertEquals(Buffer.compare(copy, ram.memory), 0, `after stop ${stop}`);
    }
  } finally {
    await vcpus.close();
  }
  assert(copiedWhileRunning > 0);
  assertEquals(vcpus.violationCount, 0);
});
