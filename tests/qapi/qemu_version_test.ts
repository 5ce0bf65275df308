import { assert, assertEquals } from "@std/assert";
import { compareVersions, releaseOf } from "../../lib/qapi/qemu_version.ts";

Deno.test("compareVersions() compares numbers, not text", () => {
  assert(compareVersions("9.2", "10.0") < 0);
  assert(compareVersions("10.10", "10.9") > 0);
  assertEquals(compareVersions("7.2", "7.2"), 0);
});

Deno.test("releaseOf() leaves the micro version out", () => {
  const info = { qemu: { major: 10, minor: 0, micro: 3 }, package: "" };
  assertEquals(releaseOf(info), "10.0");
});
