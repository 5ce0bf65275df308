/**
 * What the tests of the documents need to know of Markdown: marked sections, tables, links and the files that are named.
 *
 * @module
 */

/**
 * The text between `<!-- NAME:begin -->` and `<!-- NAME:end -->`.
 *
 * @throws {Error} when it is not there exactly once.
 */
export function section(text: string, name: string): string {
  const [, after, ...moreBegins] = text.split(`<!-- ${name}:begin -->`);
  const [inside, ...ends] = (after ?? "").split(`<!-- ${name}:end -->`);
  if (inside === undefined || moreBegins.length > 0 || ends.length !== 1) {
    throw new Error(`Cannot find section ${name}: expected one begin and one end behind it`);
  }
  return inside;
}

/** The rows of the first table, without its head; cells without the backquotes of code, empty ones as "". */
export function tableIn(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line.slice(1, line.lastIndexOf("|")).split("|").map((cell) => cell.replaceAll("`", "").trim())
  );
}

/** The files and folders of this repository that stand as code in the text, outside of code blocks. */
export function pathsOf(text: string): string[] {
  const inline = withoutBlocks(text).matchAll(/`((?:lib|bench|chaos|tests|\.ci)\/[^\s`*]+)`/g);
  return Array.from(inline, ([, path]) => path!);
}

/** The links that lead to this repository, anchors included. */
export function linksOf(text: string): string[] {
  const links = withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g);
  return Array.from(links, ([, link]) => link!).filter((link) => !/^[a-z]+:/.test(link));
}

/** The anchors of the headings, as GitHub makes them. */
export function anchorsOf(text: string): string[] {
  const headings = withoutBlocks(text).matchAll(/^#+ (.*)$/gm);
  return Array.from(
    headings,
    ([, heading]) => heading!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"),
  );
}

/** One block of code: the words behind its fence, and its lines. */
export interface CodeBlock {
  readonly info: string;
  readonly lines: readonly string[];
}

/** The blocks of code under the heading `title`, in order. */
export function codeUnder(text: string, title: string): CodeBlock[] {
  const [, after = ""] = text.split(`\n## ${title}\n`);
  const [chapter = ""] = after.split("\n## ");
  return Array.from(chapter.matchAll(/^```(.*)\n([^]*?)^```$/gm), ([, info, code]) => ({
    info: info!,
    lines: code!.trimEnd().split("\n"),
  }));
}

function withoutBlocks(text: string): string {
  return text.replace(/^```[^]*?^```$/gm, "");
}
