/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * The page requests of a run as dots, by uPlot: when a vCPU blocked, and for how long, on a logarithmic axis.
 *
 * @module
 */

import type uPlotClass from "uplot";
import { formatTime } from "../format_time.ts";
import type { TimelineData } from "../timeline.ts";
import { element } from "./elements.ts";

declare const uPlot: typeof uPlotClass;

/** Of the report's times, from and to, in microseconds. */
export type TimeWindow = readonly [number, number];

/** How a page came, by its number in the data. */
const WAYS = ["the background scan was first", "over main", "over preempt"];
/** What happens at each point of the data, in their order. */
const POINTS = [
  "destination asked",
  "asked again",
  "source read the request",
  "source wrote the page",
  "destination read the page",
  "placed",
  "vCPU ran again",
];

/** Room at the right for half a figure of the axis, in pixels; the style sheet leaves as much to the lanes. */
const EDGE_RIGHT = 16;

/** What a plot needs of its timeline. */
export interface DotsOptions {
  readonly into: HTMLElement;
  readonly requests: TimelineData["requests"];
  /** Width of what stands left of all lanes. */
  readonly gutter: number;
  readonly window: () => TimeWindow;
  readonly onSelect: (window: TimeWindow) => void;
}

/** Draws the dots. Where there is none, only the axis of time. */
export function plotDots({ into, requests, gutter, window, onSelect }: DotsOptions): uPlotClass {
  const none = requests.kept === 0;
  const { color, borderTopColor } = getComputedStyle(into);
  const axis: uPlotClass.Axis = {
    stroke: color,
    grid: { stroke: borderTopColor, width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
  };
  const options: uPlotClass.Options = {
    width: Math.max(200, into.clientWidth),
    height: none ? 44 : 210,
    padding: [8, EDGE_RIGHT, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false }, points: { show: false } },
    scales: {
      x: { time: false, range: () => [...window()] },
      y: none ? { range: [1, 10] } : { distr: 3, range: (_, low, high) => decades(low, high) },
    },
    axes: [
      { ...axis, size: 30, values: (_, ticks) => ticks.map((us) => formatTick(us, window())) },
      {
        ...axis,
        size: gutter,
        values: (_, ticks) => ticks.map((us) => none || !isDecade(us) ? "" : formatTime(us)),
        ...none && { grid: { show: false } },
      },
    ],
    series: [{}, ...WAYS.map((label, way) => dotSeries(label, colorOf(into, way)))],
    hooks: {
      setSelect: [({ select, posToVal, setSelect }) => {
        if (select.width < 3) return;
        onSelect([posToVal(select.left, "x"), posToVal(select.left + select.width, "x")]);
        setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      }],
    },
  };
  return new uPlot(
    options,
    none ? [[0, 1], ...WAYS.map(() => [null, null])] : columnsOf(requests),
    into,
  );
}

/** The number of the request whose dot is nearest to a place in the plot; -1 where none is near. */
export function nearestDot(
  plot: uPlotClass,
  requests: TimelineData["requests"],
  [x, y]: readonly [number, number],
): number {
  const REACH = 15;
  let [nearest, least] = [-1, REACH ** 2];
  for (let index = 0; index < requests.kept; index++) {
    const dx = plot.valToPos(requests.atUs[index]!, "x") - x;
    if (Math.abs(dx) > REACH) continue;
    const dy = plot.valToPos(Math.max(1, requests.latencyUs[index]!), "y") - y;
    const distance = dx * dx + dy * dy;
    if (distance < least) [nearest, least] = [index, distance];
  }
  return nearest;
}

/** A request in some lines. */
export function describeRequest(requests: TimelineData["requests"], index: number): string {
  const { page, vcpu, latencyUs, blameUs, way, points } = requests;
  const blame = blameUs[index] ?? 0;
  return [
    `page ${page[index]}${vcpu[index]! < 0 ? "" : ` for vCPU ${vcpu[index]}`}, ${
      WAYS[way[index]!]
    }`,
    `took ${formatTime(latencyUs[index]!)}${
      blame > 0 ? `, ${formatTime(blame)} of it the preempt channel's` : ""
    }`,
    ...POINTS.flatMap((point, number) => {
      const us = points[number]?.[index] ?? null;
      return us === null ? [] : `+${formatTime(us)} ${point}`;
    }),
  ].join("\n");
}

/** One column for each way, so that each has its colour. */
function columnsOf({ atUs, latencyUs, way }: TimelineData["requests"]): uPlotClass.AlignedData {
  const columns = WAYS.map((_, number) =>
    latencyUs.map((us, index) => way[index] === number ? Math.max(1, us) : null)
  );
  return [[...atUs], ...columns];
}

function dotSeries(label: string, color: string): uPlotClass.Series {
  const points = { show: true, size: 5, fill: color, width: 0 };
  return { label, stroke: color, paths: () => null, points };
}

/** A colour of the style sheet, as the canvas needs it. */
function colorOf(into: HTMLElement, way: number): string {
  const probe = element("span", `way${way}`);
  into.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function decades(low: number, high: number): [number, number] {
  return [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high) + 1e-9)];
}

function isDecade(us: number | null): us is number {
  return us !== null && Number.isInteger(Math.log10(us));
}

/** A time on the axis, in milliseconds, with enough digits to tell its neighbours apart. */
function formatTick(us: number, [from, to]: TimeWindow): string {
  return (us / 1000).toFixed(Math.max(0, Math.ceil(4 - Math.log10(Math.max(1, to - from)))));
}
