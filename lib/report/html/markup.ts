/**
 * HTML whose texts are escaped by construction: a scenario's name may hold anything, and a report is opened by people who did not write it.
 * What `html` puts in is escaped unless it was made by `html` itself; there is one other way in, `trusted`, for what the project ships.
 *
 * @module
 */

/** A piece of HTML. Only this module makes one. */
export class Markup {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** For this module. */
  static of(text: string): Markup {
    return new Markup(text);
  }

  toString(): string {
    return this.text;
  }
}

/** What may stand in a template. Nothing is written for `null`, `undefined` and `false`. */
export type Content = Markup | string | number | null | undefined | false | readonly Content[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * A template of HTML. Values may stand between tags and in quoted attributes, where they are escaped.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const name = `<b title="x">`;
 * const list = [html`<i>1</i>`, null, 2];
 * assertEquals(html`<p>${name}: ${list}</p>`.text, "<p>&lt;b title=&quot;x&quot;&gt;: <i>1</i>2</p>");
 * ```
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const parts = strings.map((string, index) => string + render(values[index]));
  return Markup.of(parts.join(""));
}

/** HTML, CSS or script of the project's own, or of a package. Never what came from a file of a user. */
export function trusted(text: string): Markup {
  return Markup.of(text);
}

/**
 * A value as JSON that may stand in a script element: no text in it can end the element or begin a comment.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(json({ a: "</script><!--" }).text, '{"a":"\\u003c/script>\\u003c!--"}');
 * ```
 */
export function json(value: unknown): Markup {
  return Markup.of(JSON.stringify(value).replaceAll("<", "\\u003c"));
}

function render(value: Content): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(render).join("");
  return String(value).replaceAll(/[&<>"']/g, (letter) => ESCAPES[letter]!);
}
