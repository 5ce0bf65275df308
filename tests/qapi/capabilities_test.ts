import { assertEquals, assertThrows } from "@std/assert";
import {
  CAPABILITIES,
  changeCapabilities,
  DEFAULT_CAPABILITIES,
  listCapabilities,
  UNSUPPORTED_CAPABILITIES,
} from "../../lib/qapi/capabilities.ts";
import { QmpError } from "../../lib/qapi/qmp_error.ts";

const IDLE = { running: false, incomingStarted: false };
const RAM = { capability: "postcopy-ram", state: true } as const;
const PREEMPT = { capability: "postcopy-preempt", state: true } as const;

Deno.test("DEFAULT_CAPABILITIES has every capability, switched off", () => {
  assertEquals(Object.keys(DEFAULT_CAPABILITIES), [...CAPABILITIES]);
  assertEquals(Object.values(DEFAULT_CAPABILITIES).some(Boolean), false);
});

Deno.test("changeCapabilities() switches on and off, and leaves the rest and the old value alone", () => {
  const on = changeCapabilities(DEFAULT_CAPABILITIES, [RAM, PREEMPT], IDLE);
  assertEquals(on, { ...DEFAULT_CAPABILITIES, "postcopy-ram": true, "postcopy-preempt": true });
  const off = changeCapabilities(on, [{ capability: "postcopy-preempt", state: false }], IDLE);
  assertEquals(off, { ...DEFAULT_CAPABILITIES, "postcopy-ram": true });
  assertEquals(DEFAULT_CAPABILITIES["postcopy-ram"], false);
});

Deno.test("changeCapabilities() refuses postcopy-preempt without postcopy-ram, in either order", () => {
  const sentence = "Postcopy preempt requires postcopy-ram";
  assertThrows(
    () => changeCapabilities(DEFAULT_CAPABILITIES, [PREEMPT], IDLE),
    QmpError,
    sentence,
  );
  const on = changeCapabilities(DEFAULT_CAPABILITIES, [PREEMPT, RAM], IDLE);
  assertThrows(
    () => changeCapabilities(on, [{ capability: "postcopy-ram", state: false }], IDLE),
    QmpError,
    sentence,
  );
});

Deno.test("changeCapabilities() refuses postcopy-preempt once incoming has started", () => {
  assertThrows(
    () =>
      changeCapabilities(DEFAULT_CAPABILITIES, [RAM, PREEMPT], { ...IDLE, incomingStarted: true }),
    QmpError,
    "Postcopy preempt must be set before incoming starts",
  );
});

Deno.test("changeCapabilities() refuses everything while a migration is under way", () => {
  assertThrows(
    () => changeCapabilities(DEFAULT_CAPABILITIES, [], { ...IDLE, running: true }),
    QmpError,
    "There's a migration process in progress",
  );
});

Deno.test("changeCapabilities() refuses to switch on what the engine has not, but lets it be switched off", () => {
  for (const capability of UNSUPPORTED_CAPABILITIES) {
    assertThrows(
      () => changeCapabilities(DEFAULT_CAPABILITIES, [{ capability, state: true }], IDLE),
      QmpError,
      `Capability '${capability}' is not supported by Faultline's engine`,
    );
    const same = changeCapabilities(DEFAULT_CAPABILITIES, [{ capability, state: false }], IDLE);
    assertEquals(same, DEFAULT_CAPABILITIES);
  }
});

Deno.test("listCapabilities() answers with every capability in QAPI's order", () => {
  const on = changeCapabilities(DEFAULT_CAPABILITIES, [RAM], IDLE);
  assertEquals(
    listCapabilities(on),
    CAPABILITIES.map((capability) => ({ capability, state: capability === "postcopy-ram" })),
  );
});
