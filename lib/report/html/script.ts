/**
 * The script of a report: uPlot, and the modules that run in the browser as one text. There is no bundler: the modules import nothing but
 * each other, so it is enough to take out types and imports and to lay them one after the other, what is imported first.
 *
 * @module
 */

import { stripTypeScriptTypes } from "node:module";
import uPlotScript from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import formatFigure from "../format_figure.ts" with { type: "text" };
import dots from "./client/dots.ts" with { type: "text" };
import elements from "./client/elements.ts" with { type: "text" };
import lanes from "./client/lanes.ts" with { type: "text" };
import start from "./client/start.ts" with { type: "text" };
import timeline from "./client/timeline.ts" with { type: "text" };
import zoom from "./client/zoom.ts" with { type: "text" };
import formatTime from "./format_time.ts" with { type: "text" };
import { type Markup, trusted } from "./markup.ts";

const MODULES = [formatFigure, formatTime, lanes, elements, zoom, dots, timeline, start];

/** The script. */
export function reportScript(): Markup {
  return trusted(`${uPlotScript}\n(() => {\n"use strict";\n${MODULES.map(inline).join("\n")}})();`);
}

/** A module as part of one script: without types, imports, exports and comments that only readers of the source need. */
function inline(module: string): string {
  return stripTypeScriptTypes(module)
    .replaceAll(/^import\b[^;]*;$/gm, "")
    .replaceAll(/^export /gm, "")
    .replaceAll(/^\s*\/\*\*.*?\*\/\s*$/gms, "")
    .replaceAll(/^\/\/\/.*$/gm, "")
    .replaceAll(/[ \t]+$/gm, "")
    .replaceAll(/\n{2,}/g, "\n");
}
