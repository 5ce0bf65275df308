/**
 * What the architecture rules need to know of a source file: its imports, the globals it uses, its functions. Read from the syntax
 * tree that Deno's linter builds, so strings and comments are never mistaken for code, and nothing has to be installed for it.
 *
 * @module
 */

import { posix } from "node:path";

/**
 * How a file reaches another one: by importing or re-exporting what it runs (`module`), only its types (`types`), or by
 * `new URL("./x_worker.ts", import.meta.url)`, with which a Worker is started (`worker`).
 */
export type ImportKind = "module" | "types" | "worker";

/** One way from a file to another. */
export interface Import {
  readonly line: number;
  readonly specifier: string;
  /** The file meant, from the root of the repository; `undefined` for a package. */
  readonly target: string | undefined;
  readonly kind: ImportKind;
}

/** A name that is read, with the members asked of it: `Date.now`, `console.log`, `setTimeout`. */
export interface Use {
  readonly line: number;
  readonly name: string;
}

/** A function, method or function expression. */
export interface FunctionSize {
  readonly line: number;
  readonly name: string;
  readonly lines: number;
}

/** The facts of one file. `path` is from the root of the repository, with `/`. */
export interface SourceFacts {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  readonly uses: readonly Use[];
  readonly functions: readonly FunctionSize[];
}

type FunctionNode =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

/** Parents below which an identifier is no value that is read: a type, or the name of something declared. */
const NO_READ: ReadonlySet<string> = new Set([
  "ExportSpecifier",
  "ImportDefaultSpecifier",
  "ImportNamespaceSpecifier",
  "ImportSpecifier",
  "TSInterfaceDeclaration",
  "TSMethodSignature",
  "TSPropertySignature",
  "TSQualifiedName",
  "TSTypeAliasDeclaration",
  "TSTypeQuery",
  "TSTypeReference",
]);

/**
 * Reads the facts of a source file. Runs under `deno test` only, as `Deno.lint.runPlugin` does.
 *
 * @throws {SyntaxError} when `text` does not parse.
 */
export function readSourceFacts(path: string, text: string): SourceFacts {
  const imports: Import[] = [];
  const uses: Use[] = [];
  const functions: FunctionSize[] = [];
  const lineAt = lineCounter(text);

  const addImport = (node: Deno.lint.Node, source: unknown, kind: ImportKind) => {
    const specifier = literalText(source);
    if (specifier === undefined) return;
    const target = specifier.startsWith(".")
      ? posix.join(posix.dirname(path), specifier)
      : undefined;
    imports.push({ line: lineAt(node.range[0]), specifier, target, kind });
  };
  const addFunction = (node: FunctionNode) => {
    const line = lineAt(node.range[0]);
    functions.push({ line, name: functionName(node), lines: lineAt(node.range[1]) - line + 1 });
  };
  const visitor: Deno.lint.LintVisitor = {
    ImportDeclaration: (node) => addImport(node, node.source, importKind(node)),
    ExportNamedDeclaration: (node) => addImport(node, node.source, exportKind(node)),
    ExportAllDeclaration: (node) => addImport(node, node.source, exportKind(node)),
    ImportExpression: (node) => addImport(node, node.source, "module"),
    NewExpression: (node) => {
      if (isModuleUrl(node)) addImport(node, node.arguments[0], "worker");
    },
    Identifier: (node) => {
      if (isRead(node)) uses.push({ line: lineAt(node.range[0]), name: memberPath(node) });
    },
    FunctionDeclaration: addFunction,
    FunctionExpression: addFunction,
    ArrowFunctionExpression: addFunction,
  };
  const plugin = { name: "source-facts", rules: { collect: { create: () => visitor } } };
  try {
    Deno.lint.runPlugin(plugin, path, text);
  } catch (cause) {
    throw new SyntaxError(`Cannot read ${path}: expected TypeScript, received ${cause}`, { cause });
  }
  return { path, text, imports, uses, functions };
}

function literalText(node: unknown): string | undefined {
  const { type, value } = (node ?? {}) as { type?: string; value?: unknown };
  return type === "Literal" && typeof value === "string" ? value : undefined;
}

function importKind(node: Deno.lint.ImportDeclaration): ImportKind {
  const named = node.specifiers;
  const areTypes = named.length > 0 &&
    named.every((name) => name.type === "ImportSpecifier" && name.importKind === "type");
  return node.importKind === "type" || areTypes ? "types" : "module";
}

function exportKind(
  node: Deno.lint.ExportNamedDeclaration | Deno.lint.ExportAllDeclaration,
): ImportKind {
  return node.exportKind === "type" ? "types" : "module";
}

function isModuleUrl(node: Deno.lint.NewExpression): boolean {
  const [file, base] = node.arguments;
  return node.callee.type === "Identifier" && node.callee.name === "URL" &&
    literalText(file)?.endsWith(".ts") === true && base?.type === "MemberExpression" &&
    base.object.type === "MetaProperty";
}

function isRead(node: Deno.lint.Identifier): boolean {
  const { parent } = node;
  if (NO_READ.has(parent.type)) return false;
  switch (parent.type) {
    case "MemberExpression":
      return parent.computed || parent.property !== node;
    case "Property":
      return parent.computed || parent.shorthand || parent.key !== node;
    case "MethodDefinition":
    case "PropertyDefinition":
      return parent.computed || parent.key !== node;
    default:
      return true;
  }
}

/** The identifier and the members read from it, without a leading `globalThis`. */
function memberPath(node: Deno.lint.Identifier): string {
  const names = [node.name];
  let inner: Deno.lint.Node = node;
  while (inner.parent?.type === "MemberExpression" && inner.parent.object === inner) {
    const outer: Deno.lint.MemberExpression = inner.parent;
    const member = outer.property.type === "Identifier" && !outer.computed
      ? outer.property.name
      : literalText(outer.property);
    if (member === undefined) break;
    names.push(member);
    inner = outer;
  }
  if (names.length > 1 && names[0] === "globalThis") names.shift();
  return names.join(".");
}

function functionName(node: FunctionNode): string {
  if (node.type !== "ArrowFunctionExpression" && node.id) return node.id.name;
  const { parent } = node;
  const named = parent.type === "VariableDeclarator" ? parent.id : "key" in parent && parent.key;
  return named && named.type === "Identifier" ? named.name : "a function without a name";
}

/** Line numbers, from 1, of ascending or other offsets into `text`. */
function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
