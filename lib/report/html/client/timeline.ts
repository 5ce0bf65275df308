/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * A timeline's panel: lanes, and under them the page requests.
 *
 * The hard thing is that both stay under each other. They have the same edges and the same window of time, the lanes by two variables of the
 * style sheet, the dots by uPlot's scale, and whoever zooms sets both.
 *
 * @module
 */

import type uPlotClass from "uplot";
import { formatTime } from "../format_time.ts";
import type { TimelineData } from "../timeline.ts";
import { describeRequest, nearestDot, plotDots, type TimeWindow } from "./dots.ts";
import { element, spanElement } from "./elements.ts";
import { happenings, lanesOf, shadesOf } from "./lanes.ts";
import { zoomed } from "./zoom.ts";

const KEYS: Readonly<Record<string, string>> = {
  "ArrowLeft": "left",
  "ArrowRight": "right",
  "+": "in",
  "=": "in",
  "-": "out",
  "0": "whole",
};

/** Draws the runs of one scenario, one at a time. */
export class Timeline {
  readonly #runs: Readonly<Record<string, TimelineData>>;
  readonly #figure: HTMLElement;
  readonly #panel: HTMLElement;
  readonly #tip = element("div", "tip");
  #run: TimelineData | undefined;
  #plot: uPlotClass | undefined;
  #window: TimeWindow = [0, 1];

  constructor(figure: HTMLElement, runs: Readonly<Record<string, TimelineData>>) {
    this.#runs = runs;
    this.#figure = figure;
    this.#panel = figure.querySelector<HTMLElement>(".panel")!;
    const select = figure.querySelector("select")!;
    select.addEventListener("change", () => this.show(select.value));
    for (const button of figure.querySelectorAll<HTMLButtonElement>("[data-zoom]")) {
      button.addEventListener("click", () => this.#zoom(button.dataset.zoom!));
    }
    this.#panel.addEventListener("keydown", (event) => {
      const how = KEYS[event.key];
      if (how === undefined || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.#zoom(how);
    });
    this.#panel.addEventListener("pointermove", (event) => this.#point(event));
    this.#panel.addEventListener("pointerleave", () => this.#tip.hidden = true);
    new ResizeObserver(() => this.#resize()).observe(this.#panel);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
    this.show(select.value);
  }

  /** Shows a run, all of it. */
  show(key: string): void {
    this.#figure.querySelector("select")!.value = key;
    this.#run = this.#runs[key];
    if (this.#run === undefined) return;
    this.#window = [this.#run.beginUs, this.#run.endUs];
    this.#draw();
    this.#list(this.#run);
  }

  #draw(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#plot?.destroy();
    const lanes = element("div", "lanes");
    for (const { name, spans } of lanesOf(run)) {
      const track = element("div", "track");
      track.append(...spans.map(spanElement));
      const lane = element("div", "lane");
      lane.append(element("span", "name", name), track);
      lanes.append(lane);
    }
    const shades = element("div", "shades");
    shades.append(...shadesOf(run).map(spanElement));
    const into = element("div", "plot");
    this.#tip.hidden = true;
    this.#panel.replaceChildren(shades, lanes, into, this.#tip);
    this.#plot = plotDots({
      into,
      requests: run.requests,
      gutter: parseFloat(getComputedStyle(this.#panel).getPropertyValue("--gutter")),
      window: () => this.#window,
      onSelect: (window) => this.#setWindow(window),
    });
    this.#figure.dataset.points = String(this.#plot.data[0].length);
    this.#figure.dataset.spans = String(lanes.querySelectorAll(".span").length);
    this.#setWindow(this.#window);
  }

  #zoom(how: string): void {
    if (this.#run !== undefined) this.#setWindow(zoomed(this.#run, this.#window, how));
  }

  #setWindow([from, to]: TimeWindow): void {
    const { beginUs, endUs } = this.#run!;
    const width = Math.min(Math.max(to - from, 200), Math.max(1, endUs - beginUs));
    const begin = Math.max(beginUs, Math.min(from, endUs - width));
    this.#window = [begin, begin + width];
    this.#panel.style.setProperty("--from", String(begin));
    this.#panel.style.setProperty("--to", String(begin + width));
    this.#plot?.setScale("x", { min: begin, max: begin + width });
  }

  #resize(): void {
    const width = this.#panel.clientWidth;
    if (this.#plot === undefined || width === 0 || Math.abs(width - this.#plot.width) <= 1) return;
    this.#plot.setSize({ width, height: this.#plot.height });
  }

  /** Says what is pointed at: a span, or the nearest dot. */
  #point(event: PointerEvent): void {
    const span = (event.target as HTMLElement).closest<HTMLElement>(".lanes .span");
    const says = span?.dataset.says ?? this.#dotAt(event);
    this.#tip.hidden = says === undefined;
    if (says === undefined) return;
    this.#tip.textContent = says;
    const box = this.#panel.getBoundingClientRect();
    const left = Math.min(event.clientX - box.left + 12, box.width - this.#tip.offsetWidth - 4);
    this.#tip.style.left = `${Math.max(0, left)}px`;
    this.#tip.style.top = `${event.clientY - box.top + 16}px`;
  }

  #dotAt(event: PointerEvent): string | undefined {
    const [run, plot] = [this.#run, this.#plot];
    if (run === undefined || plot === undefined) return undefined;
    const box = plot.over.getBoundingClientRect();
    const place = [event.clientX - box.left, event.clientY - box.top] as const;
    const index = nearestDot(plot, run.requests, place);
    return index < 0 ? undefined : describeRequest(run.requests, index);
  }

  /** What happened, in order, for those who do not see the panel. */
  #list(run: TimelineData): void {
    const rows = happenings(run).map(({ atUs, where, what }) => {
      const row = element("tr", "");
      row.append(
        element("td", "number", formatTime(atUs)),
        element("td", "", where),
        element("td", "", what),
      );
      return row;
    });
    this.#figure.querySelector("tbody")!.replaceChildren(...rows);
  }
}
