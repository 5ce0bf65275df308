/// <reference lib="dom" />
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { detailRequests } from "../../bench/detail_requests.ts";
import type { BlamedPageRequest } from "../../lib/measure/preempt_blame.ts";
import { renderBenchPage } from "../../lib/report/html/bench_page.ts";
import { detailsOf, resultOf, runWith } from "../report/results.ts";
import { keepScreenshot, openPage, testWithBrowser } from "./test_with_browser.ts";

/** Four arms, of which one made 100,000 page requests and one none. */
const RESULT = resultOf(
  [100_000, 500, 30, 0].map((requests, index) =>
    runWith({
      arm: { policy: index < 2 ? "blocking" : "async-at-setup", delay: index % 2 * 250 },
      details: { ...detailsOf(0), ...requests === 100_000 ? manyRequests() : detailsOf(requests) },
    })
  ),
);
const PAGE = renderBenchPage(RESULT);

/** Downsampled as the bench does it. */
function manyRequests() {
  const requests = Array.from({ length: 100_000 }, (_, page) => {
    const latencyUs = page === 77_777 ? 950_000 : 100 + page % 1009;
    const faulted = page * 10;
    return {
      ...{ page, vcpu: 0, session: 0, channel: "preempt", servedBy: "request", latencyUs },
      points: { faulted, "vcpu-runs": faulted + latencyUs },
      parts: [{ from: "faulted", to: "vcpu-runs", us: latencyUs }],
      blame: null,
    } as const satisfies BlamedPageRequest;
  });
  return detailRequests(requests, (us) => us);
}

/** Goes through the whole page, so that everything is drawn that is drawn when it comes near. */
async function scrollThrough(page: Page): Promise<void> {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  for (let y = 0; y < height; y += 700) await page.mouse.wheel(0, 700);
  await page.locator("figure.timeline[data-points]").first().waitFor();
}

for (const width of [360, 1440]) {
  for (const colorScheme of ["light", "dark"] as const) {
    testWithBrowser(
      `the page of a bench is well at ${width} pixels, ${colorScheme}`,
      async (browser) => {
        const { page, complaints } = await openPage(browser, PAGE, { width, colorScheme });
        await scrollThrough(page);
        const overflow = await page.evaluate(() =>
          document.documentElement.scrollWidth - document.documentElement.clientWidth
        );
        await keepScreenshot(page, `bench-${width}-${colorScheme}`);
        assertEquals(overflow, 0);
        assertEquals(complaints, []);
      },
    );
  }
}

testWithBrowser("every chart of a bench's page has its data", async (browser) => {
  const { page, complaints } = await openPage(browser, PAGE, { width: 1440, colorScheme: "light" });
  await scrollThrough(page);
  const timeline = page.locator("figure.timeline");
  assert(Number(await timeline.getAttribute("data-points")) > 100);
  assert(Number(await timeline.getAttribute("data-spans")) > 8);
  assert(await inkOf(page, "figure.timeline canvas") > 100, "the canvas is blank");
  const curves = page.locator("[data-chart=percentiles] .curve");
  assertEquals(await curves.count(), 3);
  for (const curve of await curves.all()) {
    assert(Number(await curve.getAttribute("data-points")) >= 5);
    assert((await curve.locator("path").getAttribute("d"))!.includes("L"));
  }
  assertEquals(await page.locator("[data-chart=anatomy] svg.bar").count(), 4);
  for (const bar of await page.locator("[data-chart=anatomy] svg.bar").all()) {
    assertEquals(
      String(await bar.locator("rect:not(.blame)").count()),
      await bar.getAttribute("data-parts"),
    );
  }
  assertEquals(await page.locator("[data-chart=standstills] .track .mark").count(), 4 * 3);
  assertEquals(complaints, []);
});

testWithBrowser(
  "a timeline holds the slowest of 100,000 requests, and says what is pointed at",
  async (browser) => {
    const { page } = await openPage(browser, PAGE, { width: 1440, colorScheme: "dark" });
    await scrollThrough(page);
    const kept = await page.evaluate(() =>
      Math.max(
        ...Object.values(JSON.parse(document.getElementById("timelines")!.textContent!))
          .flatMap((run) => (run as { requests: { latencyUs: number[] } }).requests.latencyUs),
      )
    );
    assertEquals(kept, 950_000);
    const span = page.locator(".lane .span[data-kind=active]").first();
    await span.hover();
    assert(
      (await page.locator(".tip:visible").textContent())?.includes("source: active, for 20 ms"),
    );
  },
);

testWithBrowser(
  "a timeline can be moved by keyboard, and shows the run that is chosen",
  async (browser) => {
    const { page, complaints } = await openPage(browser, PAGE, {
      width: 1440,
      colorScheme: "light",
    });
    await scrollThrough(page);
    const panel = page.locator("figure.timeline .panel").first();
    const width = () =>
      panel.evaluate(({ style }) =>
        Number(style.getPropertyValue("--to")) - Number(style.getPropertyValue("--from"))
      );
    const whole = await width();
    await panel.focus();
    await page.keyboard.press("+");
    assertEquals(Math.round(whole / await width()), 2);
    await page.keyboard.press("0");
    assertEquals(await width(), whole);
    await page.locator("[data-show]").nth(3).click();
    assertEquals(await page.locator("figure.timeline").getAttribute("data-points"), "2");
    assertEquals(await page.locator("figure.timeline select").inputValue(), "scenario-1-3-0");
    assertEquals(complaints, []);
  },
);

/** Pixels of a canvas that something was drawn on. */
async function inkOf(page: Page, canvas: string): Promise<number> {
  return await page.locator(canvas).first().evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const { data } = (element as HTMLCanvasElement).getContext("2d")!.getImageData(
      0,
      0,
      width,
      height,
    );
    let ink = 0;
    for (let index = 3; index < data.length; index += 4) if (data[index]! > 0) ink++;
    return ink;
  });
}
