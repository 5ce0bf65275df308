import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatFigure } from "../../lib/report/format_figure.ts";

Deno.test("formatFigure() keeps whole figures whole, and three digits of the others", () => {
  assertEquals(formatFigure(0), "0");
  assertEquals(formatFigure(-16.384), "-16.4");
  assertEquals(formatFigure(99.96), "100");
  assertEquals(formatFigure(999.4), "999");
  assertEquals(formatFigure(1234567.8), "1234568");
});

Deno.test("formatFigure() is off by half a percent at most", () => {
  const figures = fc.double({ min: 1e-6, max: 1e12, noNaN: true });
  fc.assert(fc.property(figures, (value) => {
    assert(Math.abs(Number(formatFigure(value)) - value) <= value * 0.005);
  }));
});
