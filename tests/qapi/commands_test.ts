import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  checkCommand,
  type CommandName,
  COMMANDS,
  isCommandName,
} from "../../lib/qapi/commands.ts";
import { QmpError } from "../../lib/qapi/qmp_error.ts";

/** The commands that a migration is driven with. */
const OF_THE_PAGE = [
  "migrate",
  "migrate-incoming",
  "migrate-start-postcopy",
  "migrate-pause",
  "migrate-recover",
  "migrate_cancel",
  "migrate-continue",
  "query-migrate",
  "migrate-set-capabilities",
  "query-migrate-capabilities",
  "migrate-set-parameters",
  "query-status",
  "stop",
  "cont",
  "quit",
  "pmemsave",
  "qmp_capabilities",
  "query-version",
  "query-commands",
];

/** Arguments that each command takes; the others take none. */
const ARGUMENTS: Readonly<Partial<Record<CommandName, Record<string, unknown>>>> = {
  "migrate": { uri: "tcp:127.0.0.1:4444", resume: true, detach: true },
  "migrate-incoming": { uri: "unix:/tmp/in" },
  "migrate-recover": { uri: "unix:/tmp/in" },
  "migrate-continue": { state: "pre-switchover" },
  "migrate-set-capabilities": { capabilities: [{ capability: "multifd", state: false }] },
  "migrate-set-parameters": { "x-preempt-connect": "async-at-setup" },
  "x-guest": { "touches-per-second": 1000 },
  "pmemsave": { val: 0, size: 4096, filename: "/tmp/ram" },
};

Deno.test("COMMANDS holds every command that a migration is driven with, and besides them only our own", () => {
  for (const name of OF_THE_PAGE) assert(isCommandName(name), name);
  const others = Object.keys(COMMANDS).filter((name) => !OF_THE_PAGE.includes(name));
  assertEquals(others, ["x-guest", "x-query-guest", "x-query-page-requests"]);
});

Deno.test("checkCommand() takes every command with its arguments, and refuses an argument more", () => {
  for (const name of Object.keys(COMMANDS).filter(isCommandName)) {
    const args = ARGUMENTS[name] ?? {};
    assertEquals(checkCommand(name, args), { name, arguments: args } as never);
    assertThrows(
      () => checkCommand(name, { ...args, bogus: 1 }),
      QmpError,
      "Parameter 'bogus' is unexpected",
    );
  }
});

Deno.test("checkCommand() refuses a command that it does not know, an inherited name too", () => {
  for (const name of ["foo", "", "toString", "__proto__"]) {
    const error = assertThrows(() => checkCommand(name, {}), QmpError);
    assertEquals(error.errorClass, "CommandNotFound");
    assertEquals(error.desc, `The command ${name} has not been found`);
  }
});

Deno.test("checkCommand() refuses a capability that no QEMU has", () => {
  assertThrows(
    () =>
      checkCommand("migrate-set-capabilities", {
        capabilities: [{ capability: "bogus", state: true }],
      }),
    QmpError,
    "Parameter 'capability' does not accept value 'bogus'",
  );
});

Deno.test("checkCommand() says of QEMU's arguments that the engine has not, that it has them not", () => {
  assertThrows(
    () => checkCommand("migrate-set-parameters", { "multifd-channels": 4 }),
    QmpError,
    "Parameter 'multifd-channels' is not supported by Faultline's engine",
  );
  assertThrows(
    () => checkCommand("migrate", { channels: [] }),
    QmpError,
    "Parameter 'channels' is not supported by Faultline's engine",
  );
});

Deno.test("checkCommand() refuses a policy that does not exist", () => {
  assertThrows(
    () => checkCommand("migrate-set-parameters", { "x-preempt-connect": "sync" }),
    QmpError,
    "Parameter 'x-preempt-connect' does not accept value 'sync'",
  );
});
