/**
 * Takes the picture of a report that `README.md` shows: its first scenario, from the question to the timeline. On a machine that does nothing
 * else:
 *
 *     what="--scenario bench/scenarios/preempt_connect_start.yaml --arm connect-delay-ms=1000 --runs 3"
 *     deno task bench $what --json real.json
 *     deno task bench $what --clock virtual --json virtual.json
 *     deno task report real.json virtual.json --html report.html
 *     deno run -A tests/tools/take_picture.ts report.html lib/report/report.png
 *
 * @module
 */

import { inBrowser, openPage } from "../browser/test_with_browser.ts";

const SIZE = { width: 1000, height: 930 } as const;

const [report = "", picture = ""] = Deno.args;

await inBrowser(async (browser) => {
  const text = await Deno.readTextFile(report);
  const { page } = await openPage(browser, text, { width: SIZE.width, colorScheme: "light" });
  await page.setViewportSize(SIZE);
  await page.evaluate(
    `document.querySelector("section.scenario").scrollIntoView({ behavior: "instant" })`,
  );
  await page.screenshot({ path: picture });
});
