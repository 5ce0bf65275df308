import { assert, assertEquals } from "@std/assert";
import type { EngineFacts } from "../../bench/fit_engines.ts";
import { fitScenarios } from "../../bench/fit_engines.ts";
import { interopScenario } from "../../bench/interop.ts";
import type { ScenarioArm } from "../../bench/scenario.ts";
import type { EngineChoice } from "../../lib/pair/pair.ts";
import type { QemuFacts } from "../../lib/qemu/ask_qemu.ts";

function qemu(major: number, minor: number): QemuFacts {
  return { version: { qemu: { major, minor, micro: 0 }, package: "" }, noPostcopy: null };
}

function cellsOf(facts: EngineFacts): ScenarioArm[] {
  const choiceOf = (known: QemuFacts | null): EngineChoice => ({
    kind: known === null ? "embedded" : "qemu",
  });
  const engines = { source: choiceOf(facts.source), destination: choiceOf(facts.destination) };
  const { scenarios, notes } = fitScenarios([interopScenario(facts)], engines, facts);
  assertEquals(notes, []);
  return scenarios.flatMap(({ arms }) => arms);
}

const RELEASES = [null, qemu(7, 2), qemu(8, 2), qemu(11, 1)];

for (const source of RELEASES) {
  for (const destination of RELEASES) {
    const nameOf = (known: QemuFacts | null) => known ? `QEMU ${known.version.qemu.major}` : "ours";
    Deno.test(`every interop cell from ${nameOf(source)} to ${nameOf(destination)} says what must come of it`, () => {
      const arms = cellsOf({ source, destination });
      const mixed = (source === null) !== (destination === null);
      assertEquals(arms.length, mixed ? 9 : 7);
      for (const { expected } of arms) assert(expected?.outcome.ram !== undefined);
      const dies = arms.filter(({ expected }) => expected?.ends === "destination");
      const [from, to] = [source?.version.qemu.major ?? 0, destination?.version.qemu.major ?? 0];
      const isKnownToDie = from === 7 && to > 7;
      assertEquals(dies.length, isKnownToDie ? 1 : 0);
      const recoveries = arms.some(({ arm }) => arm["cell"] === "recoveries");
      assertEquals(recoveries, destination?.version.qemu.major !== 7);
    });
  }
}
