import { assert, assertEquals } from "@std/assert";
import { measureFloors } from "../../lib/measure/floors.ts";

Deno.test("measureFloors() measures both floors and leaves no Worker or socket behind", async () => {
  const floors = await measureFloors({
    streamBytes: 4 * 2 ** 20,
    memoryBytes: 2 ** 20,
    rounds: 20,
    intervalUs: 200,
  });
  assert(floors.streamMibPerS > 0);
  assertEquals(floors.roundTrip.count, 20);
  assert(floors.roundTrip.p50Us > 0);
});
