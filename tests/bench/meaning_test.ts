import { assertEquals, assertThrows } from "@std/assert";
import { ExpressionError } from "../../bench/expression.ts";
import { parseMeaning, renderMeaning } from "../../bench/meaning.ts";
import { SelectionError } from "../../bench/select_arm.ts";
import { runOf } from "./runs.ts";

const ARMS = [{ scenario: "s", arm: { delay: 0 } }, { scenario: "s", arm: { delay: 1000 } }];

/** The sentence that a template gives for these runs. */
const render = (template: string, runs = RUNS) => renderMeaning(parseMeaning(template, ARMS), runs);

const RUNS = [
  runOf("s", { delay: 0 }, { "downtime-ms": 2.1234 }),
  runOf("s", { delay: 1000 }, { "downtime-ms": 1003.2 }),
];

Deno.test("renderMeaning() fills in the figures of the arms that are meant", () => {
  assertEquals(
    render("It took {downtime-ms[delay=1000]} ms, and {downtime-ms[delay=0]} ms without."),
    "It took 1003 ms, and 2.12 ms without.",
  );
});

Deno.test("renderMeaning() computes, and takes a folded text for one line", () => {
  assertEquals(
    render("About {downtime-ms[delay=1000]\n  / 1000} s:\n  {outcome.guest[delay=0]}.\n"),
    "About 1 s: destination.",
  );
});

Deno.test("renderMeaning() names every outcome that occurred, and leaves no number where none is", () => {
  const failed = { ...RUNS[0]!, outcome: { ...RUNS[0]!.outcome, guest: "source" as const } };
  assertEquals(render("{outcome.guest[delay=0]}", [...RUNS, failed]), "destination or source");
  assertEquals(render("{vcpu.blocked-ms[delay=0]} ms"), "? ms");
});

Deno.test("parseMeaning() names the column of what it cannot read", () => {
  const column = (template: string) =>
    assertThrows(() => parseMeaning(template, ARMS), ExpressionError).column;
  assertEquals(column("took {downtime[delay=0]} ms"), 7);
  assertEquals(column("{downtime-ms[delay=0]} and {1 +}"), 32);
  assertEquals(column("on {outcome.vcpus[delay=0]}"), 5);
});

Deno.test("parseMeaning() refuses an outcome of two arms", () => {
  assertThrows(() => parseMeaning("{outcome.ram}", ARMS), SelectionError, "received 2");
});
