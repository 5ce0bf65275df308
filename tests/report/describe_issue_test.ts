import { assertEquals } from "@std/assert";
import { z } from "zod";
import { describeIssue, formatPath } from "../../lib/report/describe_issue.ts";

/** What is wrong with `value`, as `path (part): sentence`. */
function problemOf(schema: z.ZodType, value: unknown, fields: string[] = []): string {
  const { error } = schema.safeParse(value, { reportInput: true });
  const { path, part, sentence } = describeIssue(error!.issues[0]!, () => fields);
  return `${formatPath(path)} (${part}): ${sentence}`;
}

const CASES: readonly (readonly [z.ZodType, unknown, string])[] = [
  [z.number(), "x", ` (value): expected a number, received "x"`],
  [z.number(), NaN, " (value): expected a number, received NaN"],
  [z.int(), 1.5, " (value): expected an integer, received 1.5"],
  [z.string(), undefined, " (value): expected text, received nothing"],
  [z.boolean(), null, " (value): expected true or false, received null"],
  [z.array(z.string()), {}, " (value): expected a list, received a mapping"],
  [z.strictObject({}), [], " (value): expected a mapping, received a list"],
  [
    z.enum(["main", "preempt"]),
    "man",
    ` (value): expected one of "main", "preempt", received "man" (did you mean "main"?)`,
  ],
  [z.literal("a"), "b", ` (value): expected "a", received "b" (did you mean "a"?)`],
  [z.int().min(1), 0, " (value): expected at least 1, received 0"],
  [z.int().max(1), 2, " (value): expected at most 1, received 2"],
  [z.array(z.string()).min(1), [], " (value): expected a list of at least 1, received a list"],
  [z.string().min(1), "", ` (value): expected text of at least 1 letters, received ""`],
  [z.string().regex(/^a/), "b", ` (value): expected text like /^a/, received "b"`],
  [
    z.union([z.string(), z.number()]),
    true,
    " (value): expected one of text, a number, received true",
  ],
  [
    z.record(z.string().regex(/^a/), z.number()),
    { b: 1 },
    `b (name): expected text like /^a/, received "b"`,
  ],
];

for (const [schema, value, expected] of CASES) {
  Deno.test(`describeIssue() says${expected}`, () => {
    assertEquals(problemOf(schema, value), expected);
  });
}

Deno.test("describeIssue() names an unknown field, what is known, and the nearest of it", () => {
  const schema = z.strictObject({ steps: z.array(z.strictObject({ on: z.string() })) });
  assertEquals(
    problemOf(schema, { steps: [{ on: "a" }, { on: "b", "exeute": 1 }] }, ["on", "execute"]),
    `steps[1].exeute (name): expected one of on, execute, received "exeute" (did you mean "execute"?)`,
  );
});

Deno.test("formatPath() writes fields and indices as people do", () => {
  assertEquals(formatPath(["steps", 3, "arguments", "uri"]), "steps[3].arguments.uri");
  assertEquals(formatPath([]), "");
});
