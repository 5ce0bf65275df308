/**
 * Registers tests that look at a page in a real browser, a headless Chromium. Where there is none the tests are skipped, and their names say
 * why; with `FAULTLINE_REQUIRE_BROWSER=1` they run, and fail with the reason. Screenshots are kept in the folder `FAULTLINE_SCREENSHOTS`,
 * where that is given.
 *
 * @module
 */

import { deadline } from "@std/async";
import type { Browser, Page } from "playwright-core";

/** What a page is opened in. */
export interface Screen {
  readonly width: number;
  readonly colorScheme: "light" | "dark";
}

/** A page that is open, and everything that it complained about. */
export interface OpenPage {
  readonly page: Page;
  readonly complaints: readonly string[];
}

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A test that takes longer hangs. */
const TIMEOUT_MS = 240_000;

const executable = CHROMIUM.find((path) => exists(path));

/** Registers a test with a browser of its own. */
export function testWithBrowser(name: string, body: (browser: Browser) => Promise<void>): void {
  const required = Deno.env.get("FAULTLINE_REQUIRE_BROWSER") === "1";
  const ignore = executable === undefined && !required;
  Deno.test({
    name: ignore ? `${name} (skipped: there is no ${CHROMIUM[0]})` : name,
    ignore,
    fn: () => deadline(inBrowser(body), TIMEOUT_MS),
  });
}

/** Opens a text as a page, as a file that somebody was sent: from disk, without any network. */
export async function openPage(browser: Browser, text: string, screen: Screen): Promise<OpenPage> {
  const page = await browser.newPage({
    viewport: { width: screen.width, height: 900 },
    colorScheme: screen.colorScheme,
  });
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!/^(file|data):/.test(request.url())) complaints.push(`asked for ${request.url()}`);
  });
  const folder = await Deno.makeTempDir({ prefix: "browser-test-" });
  try {
    await Deno.writeTextFile(`${folder}/page.html`, text);
    await page.goto(`file://${folder}/page.html`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return { page, complaints };
}

/** Keeps a screenshot of the whole page, where somebody wants it. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  const folder = Deno.env.get("FAULTLINE_SCREENSHOTS");
  if (!folder) return;
  await Deno.mkdir(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

/** Lends a browser to `body`, and ends it. */
export async function inBrowser(body: (browser: Browser) => Promise<void>): Promise<void> {
  if (executable === undefined) throw new Error(`There is no ${CHROMIUM[0]}`);
  // When it is loaded, Playwright looks for WSL in a file under /proc/sys, which Deno lets nobody do who may not do everything. With this
  // set, it does not.
  Deno.env.set("__IS_WSL_TEST__", "1");
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({ executablePath: executable, args: ARGUMENTS });
  try {
    await body(browser);
  } finally {
    await browser.close();
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
