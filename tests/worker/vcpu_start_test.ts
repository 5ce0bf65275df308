/**
 * vCPU Workers that do not start.
 *
 * @module
 */

import { assertRejects } from "@std/assert";
import { InvariantError } from "../../lib/invariant.ts";
import { parseGuest } from "../../lib/ram/guest_arguments.ts";
import { GuestRam } from "../../lib/ram/guest_ram.ts";
import { GuestSpecError } from "../../lib/ram/guest_spec.ts";
import { PageRequestLog } from "../../lib/ram/page_request_log.ts";
import { layoutBlocks, PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { startWorkerVcpus } from "../../lib/worker/worker_vcpus.ts";

const ram = GuestRam.allocate(layoutBlocks([{ name: "ram", bytes: 16 * PAGE_SIZE }]));
const originMs = performance.timeOrigin;

Deno.test("startWorkerVcpus() refuses a guest that does not fit the RAM", async () => {
  const spec = parseGuest("stride=3");
  const log = PageRequestLog.allocate(16);
  await assertRejects(
    () => startWorkerVcpus({ spec, ram, log, originMs }),
    GuestSpecError,
    "stride expected a number coprime with the 15 pages touched, received 3",
  );
});

Deno.test("startWorkerVcpus() rejects when a Worker fails, and leaves none behind", async () => {
  const spec = parseGuest("vcpus=2");
  const broken = PageRequestLog.allocate(16);
  Object.defineProperty(broken, "shared", {
    value: { capacity: 16, buffer: new SharedArrayBuffer(8) },
  });
  await assertRejects(
    () => startWorkerVcpus({ spec, ram, log: broken, originMs }),
    InvariantError,
    "The Worker of vcpu ",
  );
});
