/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * Elements of a timeline.
 *
 * @module
 */

import type { Span } from "./lanes.ts";

/** An element with a class and a text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = "",
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** A span. The style sheet places it by its two variables. */
export function spanElement({ fromUs, toUs, kind, label, says }: Span): HTMLElement {
  const made = element("i", "span");
  made.dataset.kind = kind;
  made.dataset.says = says;
  made.style.setProperty("--a", String(fromUs));
  made.style.setProperty("--b", String(toUs));
  made.append(element("em", "", label));
  return made;
}
