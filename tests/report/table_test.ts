import { assertEquals } from "@std/assert";
import { colorsFor } from "../../lib/report/colors.ts";
import { renderTable, wrapHeading } from "../../lib/report/table.ts";
import { wrapText } from "../../lib/report/wrap_text.ts";

const PLAIN = colorsFor({ isTerminal: false, noColor: undefined });

Deno.test("renderTable() puts headings on their figures and figures to the right", () => {
  const columns = [
    { heading: "x-preempt-connect", align: "left" },
    { heading: "source.main-loop.longest-stall-ms", align: "right" },
  ] as const;
  const rows = [["blocking", "1003"], ["async-at-setup", "2.1"]];
  const expected = [
    "                   source.",
    "                main-loop.",
    "x-preempt-        longest-",
    "connect           stall-ms",
    "blocking              1003",
    "async-at-setup         2.1",
  ];
  assertEquals(renderTable(columns, rows, PLAIN).split("\n"), expected);
});

Deno.test("wrapHeading() breaks behind dots and hyphens, and never within a word", () => {
  assertEquals(wrapHeading("link"), ["link"]);
  assertEquals(wrapHeading("downtime-ms"), ["downtime-ms"]);
  assertEquals(wrapHeading("page-request.latency-p999-us"), [
    "page-request.",
    "latency-p999-",
    "us",
  ]);
});

Deno.test("wrapText() breaks between words, and keeps a word that is too long", () => {
  const long = "x".repeat(150);
  assertEquals(wrapText(`a b ${long} c`), `a b\n${long}\nc`);
  assertEquals(wrapText("short"), "short");
});

Deno.test("colorsFor() colours a terminal, unless NO_COLOR is set to anything", () => {
  assertEquals(colorsFor({ isTerminal: true, noColor: undefined }).red("x"), "\x1b[31mx\x1b[39m");
  assertEquals(colorsFor({ isTerminal: true, noColor: "" }).red("x"), "\x1b[31mx\x1b[39m");
  assertEquals(colorsFor({ isTerminal: true, noColor: "0" }).red("x"), "x");
  assertEquals(colorsFor({ isTerminal: false, noColor: undefined }).red("x"), "x");
});
