import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InvariantError } from "../../lib/invariant.ts";
import { decodeGlobalState, encodeGlobalState } from "../../lib/wire/device_state.ts";
import { WireError } from "../../lib/wire/wire_error.ts";

Deno.test("decodeGlobalState() gives back every run state that fits", () => {
  const runState = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 99 });
  fc.assert(fc.property(runState, (text) => {
    const data = encodeGlobalState(text);
    assertEquals(data.length, 104);
    assertEquals(decodeGlobalState(data), text);
  }));
});

Deno.test("encodeGlobalState() holds its callers to 99 bytes without a NUL", () => {
  assertThrows(() => encodeGlobalState("r".repeat(100)), InvariantError);
  assertThrows(() => encodeGlobalState("running\0"), InvariantError);
});

Deno.test("decodeGlobalState() refuses another length, no NUL, a NUL too early, and no text", () => {
  const data = encodeGlobalState("running");
  const change = (at: number, byte: number) => data.map((old, i) => i === at ? byte : old);
  const refused = [
    data.subarray(1),
    new Uint8Array([...data, 0]),
    change(3, 7),
    change(3, 9),
    change(3, 0),
    change(0, 1),
    change(4, 0xff),
  ];
  for (const bytes of refused) assertThrows(() => decodeGlobalState(bytes), WireError);
  assertThrows(
    () => decodeGlobalState(change(3, 101)),
    WireError,
    "Cannot decode device state at offset 0: expected a text of at most 100 bytes, " +
      "received length 101",
  );
});

Deno.test("decodeGlobalState() passes over what QEMU keeps behind the run state", () => {
  const data = encodeGlobalState("paused");
  data[4 + 32] = 1;
  assertEquals(decodeGlobalState(data), "paused");
});
