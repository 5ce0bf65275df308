/**
 * The suite `interop`: whether two engines understand each other. A cell is one way through a migration with what must come of it; RAM is
 * compared byte by byte in each. Which cells a pairing has depends on its releases: not every QEMU lives through what the protocol allows,
 * and a cell that ends in a known defect says so by what it expects.
 *
 * @module
 */

import { checkCommand, type CommandName } from "../lib/qapi/commands.ts";
import type { MigrationStatus, Side } from "../lib/qapi/migration_status.ts";
import { compareVersions, releaseOf } from "../lib/qapi/qemu_version.ts";
import type { JsonObject } from "../lib/qapi/value_type.ts";
import type { QemuMachineKind } from "../lib/qemu/qemu_machine.ts";
import { readGuest } from "../lib/ram/guest_spec.ts";
import { type EngineFacts, policyOf } from "./fit_engines.ts";
import type { Scenario, ScenarioArm, StepAction } from "./scenario.ts";

/** Where its scenario comes from. */
export const INTEROP_FILE = "bench/interop.ts";

/** How long anything may take: far longer than it does. */
const TIMEOUT_US = 15_000_000;
const RAM_BYTES = 8 << 20;
/** So slow that precopy does not end by itself. */
const PRECOPY_BYTES_PER_SECOND = 1_000_000;
const POSTCOPY_BYTES_PER_SECOND = 2_000_000;
/** How long a guest may ask for pages. */
const POSTCOPY_US = 150_000;

/** For what is not to change. */
const STAND_STILL: StepAction = { kind: "wait", us: 500_000 };
const END: StepAction = { kind: "wait-for-end", on: "destination", timeoutUs: TIMEOUT_US };

/** One way through a migration. */
interface Cell {
  readonly name: string;
  readonly capabilities: ScenarioArm["capabilities"];
  readonly shim?: ScenarioArm["shim"];
  readonly steps: readonly StepAction[];
  readonly expected: NonNullable<ScenarioArm["expected"]>;
  /** Beside an engine of ours it is done with a PC's RAM as well. */
  readonly withPc?: boolean;
}

const POSTCOPY = { "return-path": true, "postcopy-ram": true } as const;
const PREEMPT = { ...POSTCOPY, "postcopy-preempt": true } as const;

const ARRIVED = {
  outcome: { source: "completed", destination: "completed", ram: "identical" },
} as const;
const STAYED = { guest: "source", ram: "identical" } as const;

/** The suite's one scenario, for these engines. */
export function interopScenario(facts: EngineFacts): Scenario {
  const isMixed = (facts.source === null) !== (facts.destination === null);
  const arms = cellsOf(facts).flatMap((cell) => {
    const machines: QemuMachineKind[] = isMixed && cell.withPc ? ["none", "pc"] : ["none"];
    return machines.map((machine) => armOf(cell, machine, facts));
  });
  return {
    name: "interop",
    question: "Do these engines understand each other, to the last byte?",
    file: INTEROP_FILE,
    text: `# Built by ${INTEROP_FILE}.\n`,
    processPerRun: false,
    // What is asked is whether, not how fast.
    warmUp: { arms: [], forUs: 0 },
    show: ["downtime-ms", "recovery.resume-to-active-ms", "page-request.count", "total-time-ms"],
    arms,
    thresholds: { real: [], virtual: [] },
    meaning: { real: null, virtual: null },
  };
}

function armOf(cell: Cell, machine: QemuMachineKind, facts: EngineFacts): ScenarioArm {
  // A PC cannot run our guest, so that it is stopped before.
  const stops = machine === "pc" && facts.source === null;
  const steps = stops ? [execute("source", "stop"), ...cell.steps] : cell.steps;
  return {
    arm: { cell: cell.name, machine: facts.source && facts.destination ? "pc" : machine },
    guest: readGuest({ vcpus: 2, touches: 1000 }),
    ram: [{ name: "ram", bytes: RAM_BYTES }],
    machine,
    transport: "unix",
    probes: null,
    capabilities: cell.capabilities,
    parameters: {
      "max-bandwidth": PRECOPY_BYTES_PER_SECOND,
      "max-postcopy-bandwidth": POSTCOPY_BYTES_PER_SECOND,
    },
    shim: cell.shim ?? [],
    steps: steps.map((step, index) => ({ ...step, number: index + 1 })),
    expected: cell.expected,
  };
}

function cellsOf(facts: EngineFacts): Cell[] {
  const recoveries = livesThroughFailedRecovery(facts) ? 2 : 1;
  return [
    {
      name: "precopy",
      capabilities: { "return-path": true },
      steps: [...hurry(), ...migrate(0), ...arrive()],
      expected: ARRIVED,
      withPc: true,
    },
    { name: "postcopy", capabilities: POSTCOPY, steps: postcopy(0), expected: ARRIVED },
    {
      name: "postcopy-preempt",
      capabilities: PREEMPT,
      steps: postcopy(0),
      expected: ARRIVED,
      withPc: true,
    },
    {
      name: recoveries === 1 ? "recovery" : "recoveries",
      capabilities: PREEMPT,
      steps: postcopy(recoveries),
      expected: ARRIVED,
    },
    {
      name: "cancel",
      capabilities: PREEMPT,
      steps: [
        ...migrate(0),
        waitFor("source", "active"),
        execute("source", "migrate_cancel"),
        waitFor("source", "cancelled", ...mayFailOfCancel(facts) ? ["failed" as const] : []),
      ],
      expected: { outcome: STAYED },
    },
    refusedStart(facts),
    refusedRecovery(facts),
  ];
}

/** Before 8.2 the destination dies of the next recovery after one that came to nothing. */
function livesThroughFailedRecovery({ destination }: EngineFacts): boolean {
  return destination === null || compareVersions(releaseOf(destination.version), "8.2") >= 0;
}

/**
 * A cancel shuts the return path, and with it main's socket, before the status is "cancelling": a migration thread that writes in
 * between meets a broken pipe and says failed (7.2.22; so does the code of 10.0.13, and 11.1.3's no more). The guest goes on either way.
 */
function mayFailOfCancel({ source }: EngineFacts): boolean {
  return source !== null && compareVersions(releaseOf(source.version), "11.1") < 0;
}

function isSilentWhenRefused({ source }: EngineFacts): boolean {
  return source !== null && policyOf(releaseOf(source.version)) === "async-at-setup";
}

/** A source from 8.0 on that goes the way of a 7.x never hears that its preempt connect has failed (seen with 11.1.3 into 7.2.22). */
function waitsForEver({ source, destination }: EngineFacts): boolean {
  return source !== null && destination !== null &&
    policyOf(releaseOf(source.version)) === "async-after-main" &&
    policyOf(releaseOf(destination.version)) === "async-at-setup";
}

/** A destination from 8.2 on gives up where the source of a recovery leaves without a byte (seen with 7.2.22 into 11.1.3). */
function diesOfSilence(facts: EngineFacts): boolean {
  return facts.destination !== null && livesThroughFailedRecovery(facts) &&
    isSilentWhenRefused(facts);
}

function refusedStart(facts: EngineFacts): Cell {
  const waits = waitsForEver(facts);
  return {
    name: "refused-start",
    capabilities: PREEMPT,
    shim: [{ role: "preempt", phase: 0, connect: { kind: "refuse" } }],
    steps: [
      ...migrate(0),
      waitFor("source", "active"),
      execute("source", "migrate-start-postcopy"),
      waits ? STAND_STILL : waitFor("source", "failed"),
    ],
    expected: { outcome: { source: waits ? "active" : "failed", ...STAYED } },
  };
}

function refusedRecovery(facts: EngineFacts): Cell {
  const base = {
    name: "refused-recovery",
    capabilities: PREEMPT,
    shim: [{ role: "preempt", phase: 1, connect: { kind: "refuse" } }],
  } as const;
  const begun = [...enterPostcopy(), ...pause(), ...startRecovery(1)];
  if (waitsForEver(facts)) {
    const outcome = { source: "postcopy-recover", ram: "incomplete" } as const;
    return { ...base, steps: [...begun, STAND_STILL], expected: { outcome } };
  }
  const refused = [...begun, waitFor("source", "postcopy-paused")];
  const dead = { outcome: { guest: "none", ram: "incomplete" }, ends: "destination" } as const;
  if (diesOfSilence(facts)) return { ...base, steps: [...refused, END], expected: dead };
  if (!livesThroughFailedRecovery(facts)) {
    // The next recovery kills it, or does not: chaos/known has it. Here is held what is sure.
    const outcome = { source: "postcopy-paused", guest: "destination", ram: "incomplete" } as const;
    return { ...base, steps: [...refused, STAND_STILL], expected: { outcome } };
  }
  // A 7.x source gives up before it has sent a byte: ours is where it was, and goes on listening until it is told not to.
  const paused = isSilentWhenRefused(facts)
    ? execute("destination", "migrate-pause")
    : waitFor("destination", "postcopy-paused");
  const steps = [...refused, paused, ...recover(2), ...hurry(), ...arrive()];
  return { ...base, steps, expected: ARRIVED };
}

function postcopy(recoveries: number): StepAction[] {
  const recovered = Array.from({ length: recoveries }, (_, index) => [
    ...pause(),
    ...recover(index + 1),
  ]);
  return [...enterPostcopy(), ...recovered.flat(), ...hurry(), ...arrive()];
}

function enterPostcopy(): StepAction[] {
  return [
    ...migrate(0),
    waitFor("source", "active"),
    execute("source", "migrate-start-postcopy"),
    waitFor("source", "postcopy-active"),
    waitFor("destination", "postcopy-active"),
    { kind: "wait", us: POSTCOPY_US },
  ];
}

function pause(): StepAction[] {
  return [
    execute("source", "migrate-pause"),
    waitFor("source", "postcopy-paused"),
    waitFor("destination", "postcopy-paused"),
  ];
}

function recover(phase: number): StepAction[] {
  return [
    ...startRecovery(phase),
    waitFor("source", "postcopy-active"),
    waitFor("destination", "postcopy-active"),
    { kind: "wait", us: POSTCOPY_US },
  ];
}

function startRecovery(phase: number): StepAction[] {
  return [
    { kind: "connect-phase", phase },
    execute("destination", "migrate-recover", { uri: "{migration-address}" }),
    execute("source", "migrate", { uri: "{migration-address}", resume: true }),
  ];
}

function migrate(phase: number): StepAction[] {
  return [
    { kind: "connect-phase", phase },
    execute("destination", "migrate-incoming", { uri: "{migration-address}" }),
    execute("source", "migrate", { uri: "{migration-address}" }),
  ];
}

function hurry(): StepAction[] {
  return [
    execute("source", "migrate-set-parameters", {
      "max-bandwidth": 0,
      "max-postcopy-bandwidth": 0,
    }),
  ];
}

function arrive(): StepAction[] {
  return [waitFor("source", "completed"), waitFor("destination", "completed")];
}

function execute(on: Side, name: CommandName, args: JsonObject = {}): StepAction {
  return { kind: "execute", on, command: checkCommand(name, args) };
}

function waitFor(on: Side, ...statuses: MigrationStatus[]): StepAction {
  return { kind: "wait-for-status", on, statuses, timeoutUs: TIMEOUT_US };
}
