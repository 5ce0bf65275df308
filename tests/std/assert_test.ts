import {
  assert,
  assertAlmostEquals,
  assertArrayIncludes,
  assertEquals,
  assertExists,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";

/** An assertion, once with arguments for which it holds and once with arguments for which it does not. */
interface Row {
  readonly name: string;
  readonly holds: readonly (() => unknown)[];
  readonly fails: readonly (() => unknown)[];
}

const date = new Date(0);
const cyclic: Record<string, unknown> = { a: 1 };
cyclic["self"] = cyclic;

const ROWS: readonly Row[] = [
  {
    name: "assert()",
    holds: [() => assert(1 > 0), () => assert("text")],
    fails: [() => assert(false), () => assert(null), () => assert(0, "zero")],
  },
  {
    name: "assertEquals()",
    holds: [
      () => assertEquals({ a: [1, { b: NaN }] }, { a: [1, { b: NaN }] }),
      () => assertEquals(new Map([[1, { a: 1 }]]), new Map([[1, { a: 1 }]])),
      () => assertEquals(new Set([1, 2]), new Set([2, 1])),
      () => assertEquals(new Uint8Array([1, 2]), new Uint8Array([1, 2])),
      () => assertEquals(date, new Date(0)),
      () => assertEquals(1n, 1n),
      () => assertEquals(cyclic, cyclic),
    ],
    fails: [
      () => assertEquals<unknown>(1, "1"),
      () => assertEquals<unknown>({ a: undefined }, {}),
      () => assertEquals([1, 2], [2, 1]),
      () => assertEquals(new Map([[1, 1]]), new Map([[1, 2]])),
      () => assertEquals<unknown>(new Uint8Array([1]), new Uint16Array([1])),
      () => assertEquals<unknown>([], {}),
      () => assertEquals(new Uint8Array(1000), new Uint8Array(1001)),
    ],
  },
  {
    name: "assertNotEquals()",
    holds: [() => assertNotEquals(1, 2), () => assertNotEquals<unknown>([1], [1, 2])],
    fails: [() => assertNotEquals({ a: 1 }, { a: 1 })],
  },
  {
    name: "assertStrictEquals()",
    holds: [() => assertStrictEquals(date, date), () => assertStrictEquals(NaN, NaN)],
    fails: [
      () => assertStrictEquals({}, {}),
      () => assertStrictEquals(1, 2),
      () => assertStrictEquals(0, -0),
    ],
  },
  {
    name: "assertGreater()",
    holds: [() => assertGreater(2, 1), () => assertGreater(2n, 1n)],
    fails: [() => assertGreater(1, 1), () => assertGreater(NaN, 0)],
  },
  {
    name: "assertGreaterOrEqual()",
    holds: [() => assertGreaterOrEqual(1, 1)],
    fails: [() => assertGreaterOrEqual(0, 1), () => assertGreaterOrEqual(NaN, NaN)],
  },
  {
    name: "assertLess()",
    holds: [() => assertLess(1, 2)],
    fails: [() => assertLess(1, 1), () => assertLess(NaN, 1)],
  },
  {
    name: "assertLessOrEqual()",
    holds: [() => assertLessOrEqual(1, 1)],
    fails: [() => assertLessOrEqual(2, 1)],
  },
  {
    name: "assertAlmostEquals()",
    holds: [
      () => assertAlmostEquals(0.1 + 0.2, 0.3),
      () => assertAlmostEquals(Infinity, Infinity),
      () => assertAlmostEquals(-5, -4, 1),
    ],
    fails: [
      () => assertAlmostEquals(1, 2),
      () => assertAlmostEquals(NaN, 1),
      () => assertAlmostEquals(1, 1.2, 0.1),
    ],
  },
  {
    name: "assertExists()",
    holds: [() => assertExists(0), () => assertExists("")],
    fails: [() => assertExists(null), () => assertExists(undefined)],
  },
  {
    name: "assertStringIncludes()",
    holds: [() => assertStringIncludes("postcopy-active", "active")],
    fails: [() => assertStringIncludes("postcopy-active", "paused")],
  },
  {
    name: "assertMatch()",
    holds: [() => assertMatch("port 4444", /\d+/)],
    fails: [() => assertMatch("port", /\d+/)],
  },
  {
    name: "assertArrayIncludes()",
    holds: [() => assertArrayIncludes([{ a: 1 }, { a: 2 }], [{ a: 2 }])],
    fails: [() => assertArrayIncludes([1, 2], [2, 3])],
  },
  {
    name: "assertInstanceOf()",
    holds: [() => assertInstanceOf(date, Date)],
    fails: [() => assertInstanceOf({}, Date), () => assertInstanceOf(null, Date)],
  },
  { name: "fail()", holds: [], fails: [() => fail(), () => fail("on purpose")] },
];

for (const { name, holds, fails } of ROWS) {
  Deno.test(`${name} returns where it holds and throws an AssertionError where it does not`, () => {
    for (const call of holds) call();
    for (const call of fails) assertThrows(call, AssertionError);
  });
}

Deno.test("assertMatch() does not move a global pattern's lastIndex", () => {
  const pattern = /a/g;
  assertMatch("a", pattern);
  assertMatch("a", pattern);
});

Deno.test("assertEquals() says in whose words and with which values it failed", () => {
  const error = assertThrows(
    () => assertEquals({ status: "active" }, { status: "completed" }, "source status"),
    AssertionError,
    "Values are not equal",
  );
  for (const part of ["source status", "active", "completed"]) {
    assertStringIncludes(error.message, part);
  }
});

Deno.test("assertThrows() returns the error and checks its class and message", () => {
  const thrower = () => {
    throw new RangeError("port 70000 is too large");
  };
  assertEquals(assertThrows(thrower, RangeError, "70000").message, "port 70000 is too large");
  assertInstanceOf(assertThrows(thrower), RangeError);
  assertThrows(() => assertThrows(thrower, TypeError), AssertionError);
  assertThrows(() => assertThrows(thrower, RangeError, "80000"), AssertionError);
  assertThrows(() => assertThrows(() => {}, "must throw"), AssertionError, "must throw");
});

Deno.test("assertRejects() resolves to the error and checks its class and message", async () => {
  const rejecter = () => Promise.reject(new RangeError("port 70000 is too large"));
  const error = await assertRejects(rejecter, RangeError, "70000");
  assertEquals(error.message, "port 70000 is too large");
  assertInstanceOf(await assertRejects(rejecter), RangeError);
  await assertRejects(() => assertRejects(rejecter, TypeError), AssertionError);
  await assertRejects(() => assertRejects(() => Promise.resolve()), AssertionError);
});

Deno.test("assertRejects() refuses a function that throws before it has a promise", async () => {
  const thrower = (): Promise<void> => {
    throw new RangeError("at once");
  };
  await assertRejects(() => assertRejects(thrower, RangeError), AssertionError);
});
