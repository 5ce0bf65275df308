/**
 * vCPUs as Workers.
 *
 * @module
 */

import { startWorkerVcpus } from "../../lib/worker/worker_vcpus.ts";
import { prepare, VCPU_CLAUSES } from "../ram/vcpus_contract.ts";

const sleep = (us: number) => new Promise<void>((resolve) => setTimeout(resolve, us / 1000));

for (const clause of VCPU_CLAUSES) {
  Deno.test(`Worker vCPUs: ${clause.name}`, async () => {
    const parts = prepare(clause);
    const vcpus = await startWorkerVcpus({ ...parts, originMs: performance.timeOrigin });
    const spawn = (_name: string, thread: () => Promise<void>) => {
      const ended = thread();
      return { join: () => ended };
    };
    try {
      await clause.body({ ...parts, vcpus, sleep, spawn });
    } finally {
      await vcpus.close();
    }
  });
}
