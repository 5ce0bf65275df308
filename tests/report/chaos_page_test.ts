import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { renderChaosPage } from "../../lib/report/html/chaos_page.ts";
import { VIOLATED } from "./chaos_results.ts";

const PAGE = renderChaosPage(VIOLATED);

Deno.test("renderChaosPage() says which oracle did not hold, in how many runs, and how to see it again", () => {
  for (
    const part of [
      "1 oracle did not hold: one-guest; seen in 2 runs of 400.",
      "Shrunk to 1 fault in 40 tries; without any one of them it passes.",
      "deno task chaos --seed 9",
      "deno task chaos --replay ",
    ]
  ) assertStringIncludes(PAGE, part);
});

Deno.test("renderChaosPage() draws every step of a shrunk run", () => {
  assertEquals(PAGE.match(/<time>/g)?.length, 5);
  assertStringIncludes(PAGE, "3 steps further away are left out");
});

Deno.test("renderChaosPage() tells what no run can hit from what none has", () => {
  assertEquals(PAGE.match(/class="never"/g)?.length, 1);
  // Of 8 cells two were hit, and one cannot be.
  assertEquals(PAGE.match(/<td class="gap" title="not covered"/g)?.length, 5);
});

Deno.test("renderChaosPage() lets no text of a result be anything but text", () => {
  assert(!PAGE.includes("<img"));
  assertEquals(PAGE.match(/<script/g)?.length, 1);
});

Deno.test("renderChaosPage() says that all held where all did", () => {
  const page = renderChaosPage({ ...VIOLATED, violations: [], verdict: "holds" });
  assertStringIncludes(page, "Every oracle held in every one of 400 runs.");
  assert(!page.includes("What did not hold"));
});

Deno.test("renderChaosPage() lists the oracles that did not hold first, with those that no table has", () => {
  const [violation] = VIOLATED.violations;
  const last = { ...violation!, oracle: "determinism" };
  const page = renderChaosPage({ ...VIOLATED, violations: [last] });
  const [, table = ""] = /<h2 id="oracles">(.*?)<\/table>/s.exec(page) ?? [];
  const names = [...table.matchAll(/<th scope="row">([^<]*)<\/th>/g)].map(([, name]) => name);
  assertEquals(names, ["determinism", "one-guest", "requests"]);
});
