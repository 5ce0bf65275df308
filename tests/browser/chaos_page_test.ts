/// <reference lib="dom" />
import { assert, assertEquals } from "@std/assert";
import { renderChaosPage } from "../../lib/report/html/chaos_page.ts";
import { VIOLATED } from "../report/chaos_results.ts";
import { keepScreenshot, openPage, testWithBrowser } from "./test_with_browser.ts";

for (const width of [360, 1440]) {
  testWithBrowser(
    `the page of chaos is well at ${width} pixels, its diagram whole`,
    async (browser) => {
      const screen = { width, colorScheme: width === 360 ? "dark" : "light" } as const;
      const { page, complaints } = await openPage(browser, renderChaosPage(VIOLATED), screen);
      await keepScreenshot(page, `chaos-${width}`);
      const overflow = await page.evaluate(() =>
        document.documentElement.scrollWidth - document.documentElement.clientWidth
      );
      assertEquals(overflow, 0);
      const diagram = page.locator("[data-chart=sequence]");
      assertEquals(await diagram.getAttribute("data-points"), "5");
      const columns = await diagram.locator(".heads b").allTextContents();
      assertEquals(columns, ["operator", "faults", "source", "destination"]);
      const [command, status] = await diagram.locator(".arrow").all();
      const [line, box] = [(await command!.boundingBox())!, (await status!.boundingBox())!];
      assert(line.width > 2 * box.width, "an arrow spans the columns between its ends");
      assertEquals(await page.locator("[data-chart=coverage]").count(), 2);
      assertEquals(complaints, []);
    },
  );
}
