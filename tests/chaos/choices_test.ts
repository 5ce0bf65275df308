import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ChoicesError, decodeChoices, encodeChoices } from "../../chaos/choices.ts";

const choice = fc.oneof(fc.constant(0), fc.nat({ max: 9 }), fc.nat({ max: 2 ** 28 - 1 }));

Deno.test("choices are read back as they were written, without the zeros at their end", () => {
  fc.assert(fc.property(fc.array(choice), (choices) => {
    const end = choices.findLastIndex((one) => one !== 0) + 1;
    assertEquals(decodeChoices(encodeChoices(choices)), choices.slice(0, end));
  }));
});

Deno.test("text that holds no choices is refused, whatever it is", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    try {
      decodeChoices(text);
    } catch (error) {
      assertEquals(error instanceof ChoicesError, true);
    }
  }));
  assertThrows(() => decodeChoices("!"), ChoicesError, "expected base64");
  assertThrows(() => decodeChoices("AAAA"), ChoicesError, "expected compressed bytes");
});

Deno.test("choices of a whole run fit a repro file", () => {
  const choices = Array.from({ length: 20_000 }, (_, index) => index % 7 === 0 ? index % 5 : 0);
  assertEquals(encodeChoices(choices).length < 16 * 1024, true);
});
