/**
 * What a stream says, one line an element: its name in this project's tables, and its fields.
 *
 * @module
 */

import type { MainChannelEvent } from "../../wire/main_channel_event.ts";
import type { RamRecord } from "../../wire/ram_record.ts";
import type { ReturnPathEvent } from "../../wire/return_path_decoder.ts";

/** Fields whose bytes are told by their number. */
const TEXT_MAX = 60;

/**
 * The line.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(describeEvent({ kind: "ping", value: 2 }), "ping value=2");
 * ```
 */
export function describeEvent(event: MainChannelEvent | RamRecord | ReturnPathEvent): string {
  const fields = Object.entries(event).filter(([key]) => key !== "kind");
  return [event.kind, ...fields.map(([key, value]) => `${key}=${describeValue(value)}`)].join(" ");
}

function describeValue(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `[${value.map(describeValue).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).map(([key, part]) => `${key}:${describeValue(part)}`).join(" ");
  }
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}... (${text.length})` : text;
}
