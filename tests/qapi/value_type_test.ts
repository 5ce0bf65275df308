import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { QmpError } from "../../lib/qapi/qmp_error.ts";
import {
  checkMembers,
  checkObject,
  isJsonObject,
  type JsonObject,
  type Members,
  type ValueType,
} from "../../lib/qapi/value_type.ts";

const MEMBERS = {
  uri: "string",
  "*resume": "boolean",
  "*size": "integer",
  "*rate": "uint64",
  "*share": "number",
  "*state": { enum: ["on", "off"] },
  "*list": { list: { object: { name: "string", "*deep": { list: { enum: ["a"] } } } } },
} as const satisfies Members;

/** The sentence that an object is refused with; "" where it is not refused. */
function refusal(object: JsonObject): string {
  try {
    checkObject(MEMBERS, object);
    return "";
  } catch (error) {
    assert(error instanceof QmpError);
    assertEquals(error.errorClass, "GenericError");
    return error.desc;
  }
}

Deno.test("checkObject() refuses in QEMU's words", () => {
  const cases: readonly (readonly [JsonObject, string])[] = [
    [{}, "Parameter 'uri' is missing"],
    [{ uri: null }, "Invalid parameter type for 'uri', expected: string"],
    [{ uri: "x", bogus: 1 }, "Parameter 'bogus' is unexpected"],
    [{ uri: "x", "*resume": true }, "Parameter '*resume' is unexpected"],
    [{ bogus: 1 }, "Parameter 'uri' is missing"],
    [{ uri: "x", resume: 1 }, "Invalid parameter type for 'resume', expected: boolean"],
    [{ uri: "x", size: 1.5 }, "Invalid parameter type for 'size', expected: integer"],
    [{ uri: "x", size: 2 ** 53 }, "Invalid parameter type for 'size', expected: integer"],
    [{ uri: "x", rate: -1 }, "Parameter 'rate' expects uint64"],
    [{ uri: "x", rate: 1e30 }, "Parameter 'rate' expects uint64"],
    [{ uri: "x", rate: "1" }, "Parameter 'rate' expects uint64"],
    [{ uri: "x", share: "1" }, "Invalid parameter type for 'share', expected: number"],
    [{ uri: "x", state: 1 }, "Invalid parameter type for 'state', expected: string"],
    [{ uri: "x", state: "bogus" }, "Parameter 'state' does not accept value 'bogus'"],
    [{ uri: "x", list: {} }, "Invalid parameter type for 'list', expected: array"],
    [{ uri: "x", list: [3] }, "Invalid parameter type for 'list[0]', expected: object"],
    [{ uri: "x", list: [{ name: "" }, {}] }, "Parameter 'list[1].name' is missing"],
    [{ uri: "x", list: [{ name: "", x: 1 }] }, "Parameter 'list[0].x' is unexpected"],
    [
      { uri: "x", list: [{ name: "", deep: ["b"] }] },
      "Parameter 'deep[0]' does not accept value 'b'",
    ],
  ];
  for (const [object, sentence] of cases) assertEquals(refusal(object), sentence);
});

Deno.test("checkObject() takes what is declared, to the edges", () => {
  const objects: readonly JsonObject[] = [
    { uri: "" },
    { uri: "x", resume: false, size: -1, rate: 0, share: 0.5, state: "on", list: [] },
    { uri: "x", rate: 18446744073709551615, size: Number.MAX_SAFE_INTEGER },
    { uri: "x", list: [{ name: "a", deep: ["a", "a"] }] },
  ];
  for (const object of objects) assertEquals(refusal(object), "");
});

Deno.test("checkObject() does not take a member from the prototype", () => {
  assertThrows(() => checkObject({ toString: "string" }, {}), QmpError, "'toString' is missing");
  assertThrows(() => checkObject({}, JSON.parse('{"__proto__": 1}')), QmpError, "'__proto__'");
});

Deno.test("checkMembers() lets other members pass", () => {
  assertEquals([...checkMembers({ a: "string" }, { a: "x", b: 1 })], ["a"]);
  assertThrows(() => checkMembers({ a: "string" }, { b: 1 }), QmpError, "'a' is missing");
});

Deno.test("isJsonObject() tells objects from lists, null and scalars", () => {
  assert(isJsonObject({}));
  for (const value of [[], null, undefined, 1, "a", true]) assert(!isJsonObject(value));
});

// -- Generated --

/** A value type and a value of it. */
const typedValue: fc.Arbitrary<readonly [ValueType, unknown]> = fc.letrec<{
  pair: readonly [ValueType, unknown];
}>((tie) => ({
  pair: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(fc.constant("string" as const), fc.string()),
    fc.tuple(fc.constant("boolean" as const), fc.boolean()),
    fc.tuple(fc.constant("integer" as const), fc.maxSafeInteger()),
    fc.tuple(fc.constant("uint64" as const), fc.maxSafeNat()),
    fc.tuple(fc.constant("number" as const), fc.double({ noNaN: true })),
    fc.array(fc.string(), { minLength: 1 }).map((words) =>
      [{ enum: words }, words.at(-1)] as const
    ),
    tie("pair").map(([type, value]) => [{ list: type }, [value, value]] as const),
    fc.tuple(fc.stringMatching(/^[a-z-]+$/), fc.boolean(), tie("pair")).map((
      [name, optional, [type, value]],
    ) => [{ object: { [optional ? `*${name}` : name]: type } }, { [name]: value }] as const),
  ),
})).pair;

Deno.test("checkObject() takes every value of every type", () => {
  fc.assert(fc.property(typedValue, ([type, value]) => checkObject({ v: type }, { v: value })));
});

Deno.test("checkObject() either takes or refuses any JSON, and never breaks", () => {
  fc.assert(fc.property(typedValue, fc.jsonValue(), ([type], value) => {
    try {
      checkObject({ v: type }, { v: value });
    } catch (error) {
      assert(error instanceof QmpError);
    }
  }));
});
