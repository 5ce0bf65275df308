import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { renderBenchPage } from "../../lib/report/html/bench_page.ts";
import { detailsOf, EVIL, resultOf, runWith } from "./results.ts";

const BYTES_MAX = 2 ** 20;

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

Deno.test("renderBenchPage() lets no text of a result be anything but text", () => {
  const page = renderBenchPage(resultOf([runWith({ failure: EVIL, arm: { [EVIL]: EVIL } })]));
  assert(!page.includes("<img"), "a text became an element");
  assertEquals(page.match(/<script/g)?.length, 2);
  assertEquals(page.match(/<\/script>/g)?.length, 2);
});

Deno.test("renderBenchPage() asks nobody for anything", () => {
  const page = renderBenchPage(resultOf([runWith()]));
  assertEquals(page.match(/(?:src|href)="(?!#|data:)[^"]*"/g), null);
  assert(!/@import|url\((?!data:)/.test(page));
  assertStringIncludes(page, "default-src 'none'");
});

Deno.test("renderBenchPage() says value, limit and margin, and what is unusual, before the scenarios", () => {
  const page = renderBenchPage(resultOf([runWith({ failure: "step 3: refused" })]));
  const first = page.slice(0, page.indexOf('class="scenario"'));
  for (const part of ["Failed", "100 % beyond", "limit 1", "not measured", "step 3: refused"]) {
    assertStringIncludes(first, part);
  }
});

Deno.test("renderBenchPage() keeps the slowest request of many runs in 1 MiB", () => {
  const runs = Array.from(
    { length: 90 },
    (_, index) =>
      runWith({ arm: { policy: "blocking", delay: index % 30 }, details: detailsOf(1000) }),
  );
  const page = renderBenchPage(resultOf(runs));
  assert(bytesOf(page) <= BYTES_MAX, `${bytesOf(page)} bytes`);
  const [, data = "{}"] = /id="timelines">(.*?)<\/script>/s.exec(page) ?? [];
  const timelines: { requests: { latencyUs: number[] } }[] = Object.values(JSON.parse(data));
  assertEquals(timelines.length, 90);
  for (const { requests } of timelines) assertEquals(Math.max(...requests.latencyUs), 900_000);
});

Deno.test("renderBenchPage() shows runs without details, and without a scenario's description", () => {
  const { details: _, ...bare } = runWith();
  const { scenarios: __, ...result } = resultOf([bare]);
  const page = renderBenchPage(result);
  assertStringIncludes(page, "does not say which file");
  assert(!page.includes('data-chart="timeline"'));
});

Deno.test("renderBenchPage() puts the figures of the other clock beside", () => {
  const virtual = resultOf([runWith({ metrics: { "downtime-ms": 0.5 } })], { clock: "virtual" });
  assertStringIncludes(renderBenchPage(resultOf([runWith()]), virtual), "virtual 0.5");
});

Deno.test("renderBenchPage() explains dots only where a run has page requests", () => {
  const pages = [0, 9].map((requests) =>
    renderBenchPage(resultOf([runWith({ details: detailsOf(requests) })]))
  );
  assertEquals(pages.map((page) => page.includes("A dot is a page request")), [false, true]);
  assertEquals(pages.map((page) => page.includes('data-zoom="slowest"')), [false, true]);
});
