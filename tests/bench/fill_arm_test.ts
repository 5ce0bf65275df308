import { assertEquals, assertThrows } from "@std/assert";
import { armsOf, fillArm, fitsArm, UnknownAxisError } from "../../bench/fill_arm.ts";

Deno.test("armsOf() makes every combination, the last axis varying fastest", () => {
  assertEquals(armsOf({ policy: ["a", "b"], delay: [0, 250] }), [
    { policy: "a", delay: 0 },
    { policy: "a", delay: 250 },
    { policy: "b", delay: 0 },
    { policy: "b", delay: 250 },
  ]);
});

Deno.test("armsOf() makes one empty arm of no axes", () => {
  assertEquals(armsOf({}), [{}]);
});

Deno.test("fillArm() gives a text that is one axis the value's own type", () => {
  const arm = { on: true, delay: 250, policy: "blocking" };
  assertEquals(fillArm({ a: ["${on}", "${delay}"], b: { c: "${policy}" }, d: 3 }, arm), {
    a: [true, 250],
    b: { c: "blocking" },
    d: 3,
  });
});

Deno.test("fillArm() fills values into longer texts, and leaves {placeholders} of the runner alone", () => {
  assertEquals(fillArm("delay ${delay}ms ${delay}", { delay: 5 }), "delay 5ms 5");
  assertEquals(fillArm("{migration-address}", {}), "{migration-address}");
});

Deno.test("fillArm() names the field and the nearest axis of an unknown one", () => {
  const fill = () => fillArm({ shim: [{ netem: "delay ${dely}ms" }] }, { delay: 5 });
  const error = assertThrows(fill, UnknownAxisError);
  assertEquals(error.path, ["shim", 0, "netem"]);
  assertEquals(error.message, `expected one of delay, received "dely" (did you mean "delay"?)`);
});

Deno.test("fitsArm() asks for each axis's value, or for one of several", () => {
  const arm = { link: "64mbps", on: true };
  assertEquals(fitsArm({}, arm, []), true);
  assertEquals(fitsArm({ link: "64mbps", on: true }, arm, []), true);
  assertEquals(fitsArm({ link: ["unlimited", "64mbps"] }, arm, []), true);
  assertEquals(fitsArm({ link: "unlimited" }, arm, []), false);
  assertThrows(() => fitsArm({ ram: "1G" }, arm, []), UnknownAxisError);
});
