/**
 * The text of a scenario file, and where its fields lie in it. What makes an error useful is the place: every mistake is told with
 * file, line, column and field, whether YAML, the schema or the guest's own reader found it.
 *
 * @module
 */

import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Scalar,
} from "yaml";
import { formatPath, type Problem } from "../lib/report/describe_issue.ts";

/** A scenario file that cannot be used. The message begins with the place: `FILE:LINE:COLUMN: FIELD: ...`. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
}

/** What part of a field a mistake is in: its name, its value, or a column of its text, from 1. */
export type FieldPart = "name" | "value" | number;

/** A parsed scenario file. */
export class ScenarioText {
  readonly file: string;
  readonly text: string;
  readonly #document: Document;
  readonly #lines = new LineCounter();

  /** @throws {ScenarioError} when the text is no YAML. */
  constructor(text: string, file: string) {
    this.file = file;
    this.text = text;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const [mistake] = this.#document.errors;
    if (mistake !== undefined) {
      throw new ScenarioError(`${this.#place(mistake.pos[0])}: expected YAML: ${mistake.message}`);
    }
  }

  /** The content, as plain values. */
  get value(): unknown {
    return this.#document.toJS();
  }

  /** The error for a mistake in the field at `path`. */
  error(path: Problem["path"], sentence: string, part: FieldPart = "value"): ScenarioError {
    const field = path.length === 0 ? "" : `${formatPath(path)}: `;
    return new ScenarioError(`${this.#place(this.#offsetOf(path, part))}: ${field}${sentence}`);
  }

  #place(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.file}:${line}:${col}`;
  }

  /** Where a field lies; where it should lie, for one that is missing. */
  #offsetOf(path: Problem["path"], part: FieldPart): number {
    let node: unknown = this.#document.contents;
    let offset = 0;
    for (const [index, key] of path.entries()) {
      offset = startOf(node) ?? offset;
      if (isAlias(node)) node = node.resolve(this.#document);
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
        if (pair === undefined) return offset;
        const isLast = index === path.length - 1;
        if (isLast && part === "name") return startOf(pair.key) ?? offset;
        node = pair.value;
      } else if (isSeq(node)) node = node.items[Number(key)];
    }
    const start = startOf(node) ?? offset;
    if (typeof part !== "number" || !isScalar(node) || isFolded(node, this.text)) return start;
    return start + (node.type === "PLAIN" ? 0 : 1) + part - 1;
  }
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** Whether a scalar's text goes over several lines, so that its columns are not those of the file. */
function isFolded(scalar: Scalar, text: string): boolean {
  const [start, end] = scalar.range ?? [0, 0];
  return text.slice(start, end).includes("\n");
}
