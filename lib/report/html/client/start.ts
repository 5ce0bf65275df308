/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * Brings a report to life in the browser. A report is whole without it: its timelines are the one thing that needs it.
 *
 * @module
 */

import type { TimelineData } from "../timeline.ts";
import { Timeline } from "./timeline.ts";

/** Timelines are drawn when they come near, so that a report with many shows its first screen before that. */
function startTimelines(): void {
  const text = document.getElementById("timelines")?.textContent ?? "{}";
  const runs: Record<string, TimelineData> = JSON.parse(text);
  const drawn = new Map<Element, Timeline>();
  const draw = (figure: HTMLElement) => {
    const timeline = drawn.get(figure) ?? new Timeline(figure, runs);
    drawn.set(figure, timeline);
    return timeline;
  };
  const figures = [...document.querySelectorAll<HTMLElement>("figure.timeline")];
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      draw(target as HTMLElement);
    }
  }, { rootMargin: "600px" });
  for (const figure of figures) near.observe(figure);
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-show]")) {
    button.addEventListener("click", () => {
      const figure = document.getElementById(button.dataset.timeline!)!;
      draw(figure).show(button.dataset.show!);
      figure.scrollIntoView({ block: "nearest" });
    });
  }
  addEventListener("beforeprint", () => figures.forEach(draw));
}

function startCurves(): void {
  for (const box of document.querySelectorAll<HTMLInputElement>("[data-curve]")) {
    box.addEventListener("change", () => {
      document.getElementById(box.dataset.curve!)?.classList.toggle("off", !box.checked);
    });
  }
}

function startCopying(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.previousElementSibling?.textContent ?? "");
      button.textContent = "Copied";
    });
  }
}

startTimelines();
startCurves();
startCopying();
