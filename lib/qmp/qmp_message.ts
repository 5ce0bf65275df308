/**
 * QMP's messages as lines of JSON, both ways: what a client asks, and what a server greets, answers and tells with.
 *
 * A request that is refused is refused as QEMU refuses it, with the request's `id` wherever one could be read. One
 * difference is on purpose: QEMU reads a stream of JSON values, here a message is one line, as every QMP client
 * writes it. So the text behind "JSON parse error, " differs.
 *
 * @module
 */

import type { QmpEvent } from "../qapi/events.ts";
import type { VersionInfo } from "../qapi/qemu_version.ts";
import { genericError, QmpError } from "../qapi/qmp_error.ts";
import { isJsonObject, type JsonObject } from "../qapi/value_type.ts";

/**
 * The deepest nesting that a request may have. QEMU's limit; what is echoed must not overflow a recursive encoder.
 */
export const NESTING_MAX = 1024;

/** What a reply repeats of its request: the `id`, whatever it is, where there was one. */
export type Echo = { readonly id?: unknown };

/** A line that a client sent. */
export type DecodedRequest =
  | {
    readonly kind: "request";
    readonly echo: Echo;
    readonly command: string;
    readonly arguments: JsonObject;
  }
  | { readonly kind: "refused"; readonly echo: Echo; readonly error: QmpError };

/** A line that a server sent. */
export type ServerMessage =
  | {
    readonly kind: "greeting";
    readonly version: VersionInfo;
    readonly capabilities: readonly string[];
  }
  | { readonly kind: "return"; readonly id: unknown; readonly value: unknown }
  | { readonly kind: "error"; readonly id: unknown; readonly error: QmpError }
  | { readonly kind: "event"; readonly event: QmpEvent };

/** Reads a request. Never throws: what is wrong with it is what the client is to be told. */
export function decodeRequest(line: string): DecodedRequest {
  let echo: Echo = {};
  try {
    const object = parseRequest(line);
    if (Object.hasOwn(object, "id")) echo = { id: object.id };
    return { kind: "request", echo, ...readMembers(object) };
  } catch (error) {
    if (error instanceof QmpError) return { kind: "refused", echo, error };
    throw error;
  }
}

function parseRequest(line: string): JsonObject {
  if (line.length > NESTING_MAX && nestingOf(line) > NESTING_MAX) {
    throw genericError("JSON nesting depth limit exceeded");
  }
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw genericError(`JSON parse error, ${error.message}`);
  }
  if (!isJsonObject(value)) throw genericError("QMP input must be a JSON object");
  return value;
}

function readMembers(object: JsonObject): { command: string; arguments: JsonObject } {
  const { execute, arguments: args = {}, id: _id, ...others } = object;
  const [unexpected] = Object.keys(others);
  if (unexpected !== undefined) {
    throw genericError(`QMP input member '${unexpected}' is unexpected`);
  }
  if (execute === undefined) throw genericError("QMP input lacks member 'execute'");
  if (typeof execute !== "string") {
    throw genericError("QMP input member 'execute' must be a string");
  }
  if (!isJsonObject(args)) throw genericError("QMP input member 'arguments' must be an object");
  return { command: execute, arguments: args };
}

/** How deep the brackets outside of strings nest. */
function nestingOf(line: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of line.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/g)) {
    if (token === "[" || token === "{") deepest = Math.max(deepest, ++depth);
    else if (token === "]" || token === "}") depth--;
  }
  return deepest;
}

/** A command, as a client sends it. */
export function encodeRequest(id: number, command: string, args: JsonObject): string {
  return JSON.stringify({ execute: command, arguments: args, id });
}

/** What a server says first on a connection. It offers no capabilities (QEMU: out-of-band execution). */
export function encodeGreeting(version: VersionInfo): string {
  return JSON.stringify({ QMP: { version, capabilities: [] } });
}

/** The reply to a command that was served. @param value `undefined` where there is nothing to say */
export function encodeReturn(echo: Echo, value: unknown): string {
  return JSON.stringify({ return: value ?? {}, ...echo });
}

/** The reply to a command that was refused. */
export function encodeError(echo: Echo, error: QmpError): string {
  return JSON.stringify({ ...echo, error: { class: error.errorClass, desc: error.desc } });
}

/**
 * An event. @param data left out where it is empty. @param nowUs when it happened, in microseconds of the sender's
 * clock
 */
export function encodeEvent(event: string, data: object, nowUs: number): string {
  const timestamp = {
    seconds: Math.floor(nowUs / 1_000_000),
    microseconds: Math.floor(nowUs % 1_000_000),
  };
  return JSON.stringify(
    Object.keys(data).length === 0 ? { timestamp, event } : { timestamp, event, data },
  );
}

/** Reads what a server sent; `null` where it is not QMP. */
export function decodeServerMessage(line: string): ServerMessage | null {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (!isJsonObject(message)) return null;
  const { QMP, id, error, event } = message;
  if (typeof event === "string") return readEvent(event, message);
  if (Object.hasOwn(message, "return")) return { kind: "return", id, value: message["return"] };
  if (isJsonObject(error) && typeof error.class === "string" && typeof error.desc === "string") {
    return { kind: "error", id, error: new QmpError(error.class, error.desc) };
  }
  return isJsonObject(QMP) ? readGreeting(QMP) : null;
}

function readEvent(event: string, message: JsonObject): ServerMessage | null {
  const { timestamp, data = {} } = message;
  if (!isJsonObject(timestamp) || !isJsonObject(data)) return null;
  const { seconds, microseconds } = timestamp;
  if (typeof seconds !== "number" || typeof microseconds !== "number") return null;
  return { kind: "event", event: { event, data, timestamp: { seconds, microseconds } } };
}

function readGreeting(greeting: JsonObject): ServerMessage | null {
  const { version, capabilities } = greeting;
  if (!isVersionInfo(version) || !Array.isArray(capabilities)) return null;
  return { kind: "greeting", version, capabilities: capabilities.map(String) };
}

function isVersionInfo(version: unknown): version is VersionInfo {
  if (!isJsonObject(version) || !isJsonObject(version.qemu)) return false;
  const { major, minor, micro } = version.qemu;
  return [major, minor, micro].every(Number.isInteger) && typeof version.package === "string";
}
