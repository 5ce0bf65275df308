/**
 * Takes the picture of a report that `README.md` shows: its first scenario, from the question to the timeline. On a machine that does nothing
 * else:
 *
 *     deno task bench --html report.html
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
  await page.locator("section.scenario").first().evaluate("section => section.scrollIntoView()");
  await page.screenshot({ path: picture });
});
