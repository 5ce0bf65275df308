/**
 * The style sheet of a report: uPlot's own, and ours in the order in which a page is read.
 *
 * @module
 */

import uPlotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import { type Markup, trusted } from "./markup.ts";
import base from "./style/base.css" with { type: "text" };
import chaos from "./style/chaos.css" with { type: "text" };
import charts from "./style/charts.css" with { type: "text" };
import firstScreen from "./style/first_screen.css" with { type: "text" };
import media from "./style/media.css" with { type: "text" };
import origin from "./style/origin.css" with { type: "text" };
import tables from "./style/tables.css" with { type: "text" };
import thresholds from "./style/thresholds.css" with { type: "text" };
import timeline from "./style/timeline.css" with { type: "text" };

/** The style sheet. */
export const REPORT_STYLE: Markup = trusted(
  [uPlotStyle, base, firstScreen, thresholds, tables, charts, timeline, chaos, origin, media].join(
    "\n",
  ),
);
