/**
 * Types of JSON values as data: a command's arguments or an event's data are declared once, and both the check at run
 * time and the TypeScript type derive from the declaration.
 *
 * As in QAPI's schema a name that begins with `*` is optional. The sentences of refusals are QEMU's, since tools show
 * them to people who search for them; the paths in them are spelled as QEMU spells them too
 * (`capabilities[0].state`).
 *
 * @module
 */

import { unreachable } from "../invariant.ts";
import { genericError } from "./qmp_error.ts";

/**
 * The type of one value. `integer`: a whole number that JSON can carry exactly (a safe integer); `uint64`: a whole
 * number in [0, 2^64], rounded as JSON numbers are above 2^53; `number`: any JSON number.
 */
export type ValueType =
  | "string"
  | "boolean"
  | "integer"
  | "uint64"
  | "number"
  | { readonly enum: readonly string[] }
  | { readonly list: ValueType }
  | { readonly object: Members };

/** The members of an object, by name. `*name` is optional. */
export interface Members {
  readonly [name: string]: ValueType;
}

/** The TypeScript type of a value type. */
export type ValueOf<T extends ValueType> = T extends "string" ? string
  : T extends "boolean" ? boolean
  : T extends "integer" | "uint64" | "number" ? number
  : T extends { readonly enum: readonly (infer Word)[] } ? Word
  : T extends { readonly list: infer Element extends ValueType } ? readonly ValueOf<Element>[]
  : T extends { readonly object: infer M extends Members } ? ObjectOf<M>
  : never;

type RequiredOf<M extends Members> = {
  readonly [Name in keyof M as Name extends `*${string}` ? never : Name]: ValueOf<M[Name]>;
};

type OptionalOf<M extends Members> = {
  readonly [Name in keyof M as Name extends `*${infer Bare}` ? Bare : never]?: ValueOf<M[Name]>;
};

/** The TypeScript type of an object with these members. */
export type ObjectOf<M extends Members> = RequiredOf<M> & OptionalOf<M>;

/** A JSON object whose members are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether `value` is a JSON object, as opposed to a list, `null` or a scalar. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Checks that an object has exactly these members, in QEMU's order: first each declared member, then the first that is
 * not declared.
 *
 * @param path where the object sits: "" for the arguments themselves, `capabilities[0]` for a nested one
 * @throws {QmpError} GenericError that names the member
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * const members = { uri: "string", "*resume": "boolean" } as const;
 * checkObject(members, { uri: "tcp:127.0.0.1:4444" });
 * assertThrows(() => checkObject(members, {}), Error, "Parameter 'uri' is missing");
 * assertThrows(() => checkObject(members, { uri: 3 }), Error, "Invalid parameter type for 'uri', expected: string");
 * ```
 */
export function checkObject<const M extends Members>(
  members: M,
  object: JsonObject,
  path = "",
): asserts object is ObjectOf<M> & JsonObject {
  const declared = checkMembers(members, object, path);
  const unexpected = Object.keys(object).find((name) => !declared.has(name));
  if (unexpected !== undefined) {
    throw genericError(`Parameter '${join(path, unexpected)}' is unexpected`);
  }
}

/**
 * Checks that an object has these members, and perhaps others: for what a peer of another release sends.
 *
 * @returns the names of the declared members
 * @throws {QmpError} GenericError that names the member
 */
export function checkMembers(
  members: Members,
  object: JsonObject,
  path = "",
): ReadonlySet<string> {
  const declared = new Set<string>();
  for (const [spelling, type] of Object.entries(members)) {
    const optional = spelling.startsWith("*");
    const name = optional ? spelling.slice(1) : spelling;
    declared.add(name);
    if (Object.hasOwn(object, name)) checkValue(type, object[name], join(path, name));
    else if (!optional) throw genericError(`Parameter '${join(path, name)}' is missing`);
  }
  return declared;
}

function checkValue(type: ValueType, value: unknown, path: string): void {
  if (typeof type === "object") return checkComposite(type, value, path);
  switch (type) {
    case "string":
      return expectType(typeof value === "string", path, "string");
    case "boolean":
      return expectType(typeof value === "boolean", path, "boolean");
    case "number":
      return expectType(typeof value === "number", path, "number");
    case "integer":
      return expectType(Number.isSafeInteger(value), path, "integer");
    case "uint64":
      if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 2 ** 64) return;
      throw genericError(`Parameter '${path}' expects uint64`);
    default:
      unreachable(type);
  }
}

function checkComposite(
  type: Exclude<ValueType, string>,
  value: unknown,
  path: string,
): void {
  if ("enum" in type) {
    expectType(typeof value === "string", path, "string");
    if (type.enum.some((word) => word === value)) return;
    // QEMU names only the last member of the path here.
    const name = path.slice(path.lastIndexOf(".") + 1);
    throw genericError(`Parameter '${name}' does not accept value '${value}'`);
  }
  if ("list" in type) {
    if (!Array.isArray(value)) return expectType(false, path, "array");
    return value.forEach((element, index) => checkValue(type.list, element, `${path}[${index}]`));
  }
  if (!isJsonObject(value)) return expectType(false, path, "object");
  checkObject(type.object, value, path);
}

function expectType(holds: boolean, path: string, expected: string): void {
  if (!holds) throw genericError(`Invalid parameter type for '${path}', expected: ${expected}`);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
