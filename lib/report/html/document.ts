/**
 * A whole HTML file: one that needs nothing else, and asks nobody for anything.
 *
 * @module
 */

import { REPORT_STYLE } from "./style.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { reportScript } from "./script.ts";

/** What a file is made of. */
export interface DocumentParts {
  readonly title: string;
  readonly body: Content;
}

/** The text of the file. Its policy forbids it to load anything, whatever is in it. */
export function renderDocument({ title, body }: DocumentParts): string {
  const document: Markup = html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
        <meta name="color-scheme" content="light dark">
        <link rel="icon" href="data:,">
        <title>${title}</title>
        <style>${REPORT_STYLE}</style>
      </head>
      <body>
    <a class="skip" href="#main">To the result</a>
    ${body}
    <script>${reportScript()}</script>
      </body>
    </html>
  `;
  return document.text.trimStart();
}
