import { assertEquals } from "@std/assert";
import { isClean } from "../../lib/world/virtual/outcome.ts";
import { Simulation } from "../../lib/world/virtual/simulation.ts";
import { WORLD_CONTRACT } from "./channel_contract.ts";
import type { Address } from "../../lib/world/address.ts";
import type { Bed } from "./contract_clause.ts";

/** Both kinds of address, since refusals differ. */
const CARRIERS: Readonly<Record<Address["kind"], (count: number) => Address>> = {
  unix: (count) => ({ kind: "unix", path: `/run/contract-${count}` }),
  tcp: () => ({ kind: "tcp", host: "127.0.0.1", port: 0 }),
};

for (const [kind, address] of Object.entries(CARRIERS)) {
  for (const { name, body } of WORLD_CONTRACT) {
    Deno.test(`virtual ${kind}: ${name}`, async () => {
      const simulation = new Simulation({ seed: 1 });
      let count = 0;
      const near = simulation.world("near");
      const bed: Bed = {
        near,
        far: simulation.world("far"),
        address: () => address(count++),
      };
      const outcome = await simulation.run(() =>
        near.mainLoop.spawn("body", () => body(bed)).join()
      );
      assertEquals(isClean(outcome), true, JSON.stringify(outcome, null, 2));
    });
  }
}
