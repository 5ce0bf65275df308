/**
 * What figures rest on, as text: in real time the machine, its floors and how exact the shim was; in virtual time the prices of work and
 * the link.
 *
 * @module
 */

import type { MetricName } from "../lib/measure/metrics.ts";
import { median } from "../lib/measure/statistics.ts";
import { formatFigure } from "../lib/report/format_figure.ts";
import type { Result } from "../lib/report/result.ts";
import { wrapText } from "../lib/report/wrap_text.ts";

/** The environment of a result, without a final newline. */
export function renderEnvironment({ clock, environment, runs }: Result): string {
  const entries = Object.entries(environment).map(([name, value]) => `${name} ${value}`);
  const ground = `Measured in ${clock} time: ${entries.join(", ")}.`;
  return wrapText(clock === "real" ? `${ground} ${describeFloors(runs)}` : ground);
}

function describeFloors(runs: Result["runs"]): string {
  const figures = (name: MetricName) => runs.flatMap(({ metrics }) => metrics[name] ?? []);
  const middle = (name: MetricName) => formatMiddle(figures(name));
  const shimErrors = figures("shim.connect-error-p99-ms");
  const shim = shimErrors.length === 0
    ? ""
    : ` The shim's connects were off by ${formatMiddle(shimErrors)} ms at p99, at most ${
      formatFigure(Math.max(...shimErrors))
    } ms.`;
  return `Floors: sockets stream ${middle("floor.stream-mib-per-s")} MiB/s, a round trip takes ` +
    `${middle("floor.round-trip-p50-us")} us, an idle loop stands still for ` +
    `${middle("floor.idle-loop.longest-stall-ms")} ms.${shim}`;
}

function formatMiddle(values: readonly number[]): string {
  return values.length === 0 ? "?" : formatFigure(median(values));
}
