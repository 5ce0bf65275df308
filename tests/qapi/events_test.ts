import { assert, assertEquals } from "@std/assert";
import { EVENTS, isEvent, type QmpEvent } from "../../lib/qapi/events.ts";

const event = (name: string, data: Record<string, unknown> = {}): QmpEvent => ({
  event: name,
  data,
  timestamp: { seconds: 0, microseconds: 0 },
});

Deno.test("EVENTS marks our own events, so that they cannot clash with QEMU's", () => {
  const ours = Object.keys(EVENTS).filter((name) => name.startsWith("X_"));
  assertEquals(Object.keys(EVENTS), ["MIGRATION", "MIGRATION_PASS", "STOP", "RESUME", ...ours]);
});

Deno.test("isEvent() narrows an event to its data", () => {
  const migration = event("MIGRATION", { status: "postcopy-active" });
  assert(isEvent(migration, "MIGRATION"));
  assertEquals(migration.data.status, "postcopy-active");
  assert(!isEvent(migration, "MIGRATION_PASS"));
  assert(isEvent(event("STOP"), "STOP"));
});

Deno.test("isEvent() refuses data that are not as promised, and takes members of a later release", () => {
  assert(!isEvent(event("MIGRATION"), "MIGRATION"));
  assert(!isEvent(event("MIGRATION", { status: "bogus" }), "MIGRATION"));
  assert(!isEvent(event("MIGRATION_PASS", { pass: "1" }), "MIGRATION_PASS"));
  assert(isEvent(event("MIGRATION_PASS", { pass: 1, more: true }), "MIGRATION_PASS"));
});
