/**
 * What an engine tells its monitors unasked: one row of the table for each event, from which type and check derive.
 *
 * @module
 */

import { MIGRATION_STATUSES } from "./migration_status.ts";
import { QmpError } from "./qmp_error.ts";
import { checkMembers, type JsonObject, type Members, type ObjectOf } from "./value_type.ts";

/** The events of the embedded engine. A real QEMU sends these and others. */
export const EVENTS = {
  /** The status changed. With capability `events`. */
  "MIGRATION": { status: { enum: MIGRATION_STATUSES } },
  /** Dirty sync `pass` is done, from 1. With capability `events`. */
  "MIGRATION_PASS": { pass: "integer" },
  /** The vCPUs stopped. */
  "STOP": {},
  /** The vCPUs run. */
  "RESUME": {},
  /**
   * A migration channel was closed that should have lasted; `unknown`: a connection that never said what it was.
   * Ours.
   */
  "X_CHANNEL_CLOSED": { role: { enum: ["main", "preempt", "unknown"] }, reason: "string" },
} as const satisfies Record<string, Members>;

/** Events that are sent only with the capability `events`. */
export const CAPABILITY_EVENTS: readonly string[] = ["MIGRATION", "MIGRATION_PASS"] satisfies (
  keyof typeof EVENTS
)[];

/** An event of the table. */
export type EventName = keyof typeof EVENTS;

/** What an event of the table says. */
export type EventData<E extends EventName> = ObjectOf<typeof EVENTS[E]>;

/** Tells every monitor that something happened, with the event's data where it has any. */
export type EmitEvent = <E extends EventName>(
  name: E,
  ...data: keyof typeof EVENTS[E] extends never ? [] : [data: EventData<E>]
) => void;

/** When an event happened, by the sender's clock. */
export interface EventTimestamp {
  readonly seconds: number;
  /** In [0, 1000000). */
  readonly microseconds: number;
}

/** An event as a monitor receives it. */
export interface QmpEvent {
  readonly event: string;
  /** `{}` where the event came without data. */
  readonly data: JsonObject;
  readonly timestamp: EventTimestamp;
}

/**
 * Whether a received event is this one, with the data that the table promises (and perhaps more).
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * const timestamp = { seconds: 0, microseconds: 0 };
 * const event: QmpEvent = { event: "MIGRATION", data: { status: "active" }, timestamp };
 * assert(isEvent(event, "MIGRATION") && event.data.status === "active");
 * ```
 */
export function isEvent<E extends EventName>(
  event: QmpEvent,
  name: E,
): event is QmpEvent & { readonly event: E; readonly data: EventData<E> } {
  if (event.event !== name) return false;
  try {
    checkMembers(EVENTS[name], event.data);
    return true;
  } catch (error) {
    if (error instanceof QmpError) return false;
    throw error;
  }
}
