/**
 * What two QEMUs of different releases need to understand each other: the same machine, the older one's; and of a source from 8.0 on
 * the ways of a 7.x, where the destination is one. Newer destinations take an older source as it is.
 *
 * @module
 */

import type { EngineChoice, EngineChoices } from "../lib/pair/pair.ts";
import { compareVersions, type QemuVersion, releaseOf } from "../lib/qapi/qemu_version.ts";
import type { EngineFacts } from "./fit_engines.ts";

/** The engines with the arguments that their releases need, in front of the user's. */
export function forReleases(engines: EngineChoices, facts: EngineFacts): EngineChoices {
  if (facts.source === null || facts.destination === null) return engines;
  const [source, destination] = [
    releaseOf(facts.source.version),
    releaseOf(facts.destination.version),
  ];
  if (source === destination) return engines;
  const older = compareVersions(source, destination) < 0 ? source : destination;
  const machine = ["-machine", `pc-i440fx-${older}`];
  return {
    source: withArguments(engines.source, [...machine, ...sourceArguments(source, destination)]),
    destination: withArguments(engines.destination, machine),
  };
}

function sourceArguments(source: QemuVersion, destination: QemuVersion): string[] {
  if (compareVersions(source, "8.0") < 0 || compareVersions(destination, "8.0") >= 0) return [];
  return [
    ...["-global", "migration.x-preempt-pre-7-2=on"],
    ...(compareVersions(source, "10.0") >= 0
      ? ["-global", "migration.send-switchover-start=off"]
      : []),
  ];
}

function withArguments(choice: EngineChoice, own: readonly string[]): EngineChoice {
  if (choice.kind !== "qemu") return choice;
  return { ...choice, extraArguments: [...own, ...choice.extraArguments ?? []] };
}
