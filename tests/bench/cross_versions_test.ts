import { assertEquals } from "@std/assert";
import { forReleases } from "../../bench/cross_versions.ts";
import type { QemuFacts } from "../../lib/qemu/ask_qemu.ts";

const QEMU = { kind: "qemu", extraArguments: ["-S"] } as const;
const BOTH = { source: QEMU, destination: QEMU };

function qemu(major: number, minor: number): QemuFacts {
  return { version: { qemu: { major, minor, micro: 0 }, package: "" }, noPostcopy: null };
}

function argumentsFor(source: QemuFacts, destination: QemuFacts): (string | undefined)[] {
  const engines = forReleases(BOTH, { source, destination });
  return [engines.source, engines.destination].map((choice) =>
    choice.kind === "qemu" ? choice.extraArguments?.join(" ") : undefined
  );
}

Deno.test("forReleases() has both sides be the older machine, and a newer source go a 7.x way", () => {
  assertEquals(argumentsFor(qemu(7, 2), qemu(7, 2)), ["-S", "-S"]);
  const machine = "-machine pc-i440fx-7.2";
  assertEquals(argumentsFor(qemu(7, 2), qemu(11, 1)), [`${machine} -S`, `${machine} -S`]);
  const preempt = "-global migration.x-preempt-pre-7-2=on";
  assertEquals(argumentsFor(qemu(8, 0), qemu(7, 2)), [`${machine} ${preempt} -S`, `${machine} -S`]);
  assertEquals(argumentsFor(qemu(11, 1), qemu(7, 2)), [
    `${machine} ${preempt} -global migration.send-switchover-start=off -S`,
    `${machine} -S`,
  ]);
});
