import { assertEquals, assertThrows } from "@std/assert";
import { formatEngines, formatQemus, readEngines, readQemus } from "../../bench/engine_options.ts";
import { UsageError } from "../../bench/usage_error.ts";
import { EMBEDDED_PAIR } from "../../lib/pair/pair.ts";

Deno.test("readEngines() gives each side its program: its own, both sides', Debian's", () => {
  assertEquals(readEngines({}, "real"), EMBEDDED_PAIR);
  assertEquals(readEngines({ source: "qemu" }, "real"), {
    source: { kind: "qemu", program: "qemu-system-x86_64", extraArguments: [] },
    destination: { kind: "embedded" },
  });
  const values = { source: "qemu", destination: "qemu", qemu: "/a", "qemu-source": "/b" };
  assertEquals(readEngines(values, "real"), {
    source: { kind: "qemu", program: "/b", extraArguments: [] },
    destination: { kind: "qemu", program: "/a", extraArguments: [] },
  });
});

Deno.test("readEngines() refuses what cannot be, by the option's name", () => {
  const refusals = [
    [{ source: "qmeu" }, '--source expected one of embedded, qemu, received "qmeu"'],
    [{ qemu: "/a" }, "--qemu expected --source qemu or --destination qemu beside it"],
    [{ "qemu-args": "-S" }, "--qemu-args expected --source qemu"],
    [
      { source: "embedded", "qemu-source": "/a" },
      "--qemu-source expected --source qemu, received --source embedded",
    ],
  ] as const;
  for (const [values, message] of refusals) {
    assertThrows(() => readEngines(values, "real"), UsageError, message);
  }
  assertThrows(
    () => readEngines({ source: "qemu" }, "virtual"),
    UsageError,
    "--clock expected real where a side is a QEMU",
  );
});

Deno.test("formatEngines() spells what readEngines() reads", () => {
  assertEquals(formatEngines(EMBEDDED_PAIR), "");
  const engines = readEngines(
    { "qemu-source": "/a", destination: "qemu", "qemu-args": "-cpu max" },
    "real",
  );
  assertEquals(
    formatEngines(engines),
    " --qemu-source /a --qemu-args='-cpu max' --destination qemu",
  );
});

Deno.test("readQemus() reads programs, or takes the system's; formatQemus() spells what it reads", () => {
  const system = { kind: "qemu", program: "qemu-system-x86_64", extraArguments: [] } as const;
  assertEquals(readQemus({}, "real"), [system]);
  const both = readQemus({ qemu: "/a,/b", "qemu-args": "-cpu max" }, "real");
  assertEquals(both.map(({ program }) => program), ["/a", "/b"]);
  assertEquals(formatQemus(both), " --qemu /a,/b --qemu-args='-cpu max'");
});

Deno.test("readQemus() refuses what the suite has no use for, by the option's name", () => {
  const refusals = [
    [{ source: "qemu" }, "--source expected --qemu PROGRAM,... with --suite qemu"],
    [{ "qemu-destination": "/a" }, "--qemu-destination expected --qemu PROGRAM,..."],
    [{ qemu: "/a," }, '--qemu expected programs, separated by commas, received "/a,"'],
  ] as const;
  for (const [values, message] of refusals) {
    assertThrows(() => readQemus(values, "real"), UsageError, message);
  }
  assertThrows(() => readQemus({}, "virtual"), UsageError, "--clock expected real");
});

Deno.test("readEngines() attaches both sides, each with a second monitor where it has one; formatEngines() spells it", () => {
  const values = { "attach-source": "unix:/a,unix:/b", "attach-destination": "tcp:127.0.0.1:44" };
  const engines = readEngines(values, "real");
  assertEquals(engines, {
    source: {
      kind: "attached",
      qmp: { kind: "unix", path: "/a" },
      probed: { kind: "unix", path: "/b" },
    },
    destination: {
      kind: "attached",
      qmp: { kind: "tcp", host: "127.0.0.1", port: 44 },
      probed: null,
    },
  });
  assertEquals(
    formatEngines(engines),
    " --attach-source unix:/a,unix:/b --attach-destination tcp:127.0.0.1:44",
  );
});

Deno.test("readEngines() refuses what cannot be attached, by the option's name", () => {
  const both = { "attach-source": "unix:/a", "attach-destination": "unix:/b" };
  const refusals = [
    [{ "attach-source": "unix:/a" }, "--attach-source expected --attach-destination beside it"],
    [{ ...both, qemu: "/a" }, "--qemu expected no --attach-source beside it, received both"],
    [
      { ...both, "attach-source": "tcp:192.0.2.1:44" },
      '--attach-source expected QMP of this host, whose clock both sides go by: unix:PATH or tcp:127.0.0.1:PORT, received "tcp:192.0.2.1:44"',
    ],
    [{ ...both, "attach-source": "/a" }, "--attach-source expected QMP of this host"],
    [
      { ...both, "attach-source": "unix:/a,unix:/b,unix:/c" },
      "--attach-source expected one or two addresses",
    ],
  ] as const;
  for (const [values, message] of refusals) {
    assertThrows(() => readEngines(values, "real"), UsageError, message);
  }
});
