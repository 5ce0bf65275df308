/**
 * Drives a pair of engines in virtual time, for tests: each test is one operator's script.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { openVirtualPair, operatorWorld } from "../../lib/pair/virtual_pair.ts";
import type { EnginePair, EngineSide, PairOptions } from "../../lib/pair/pair.ts";
import type { ConnectCondition, ShimSpec } from "../../lib/netem/conditions.ts";
import type { MigrationCapability } from "../../lib/qapi/capabilities.ts";
import { isEvent } from "../../lib/qapi/events.ts";
import type { MigrationStatus, Side } from "../../lib/qapi/migration_status.ts";
import type { PreemptConnectPolicy } from "../../lib/qapi/parameters.ts";
import { Simulation, type SimulationOptions } from "../../lib/world/virtual/simulation.ts";
import type { World } from "../../lib/world/world.ts";

/** A guest of 512 pages whose two vCPUs write 250 pages a second each. */
export const GUEST = {
  vcpus: 2,
  workload: { kind: "strided" },
  touchesPerSecond: 500,
  writeShare: 0.5,
  fill: "random",
  seed: 1,
} as const;

/** What a test's operator works with. */
export interface Operator {
  readonly pair: EnginePair;
  readonly simulation: Simulation;
  readonly world: World;
}

/** What a run was. */
export interface RunResult {
  readonly traceHash: string;
  readonly nowUs: number;
}

/** Runs one script against a fresh pair and states that nothing of it is left. */
export async function runPair(
  script: (operator: Operator) => Promise<void>,
  options: {
    readonly pair?: Partial<PairOptions>;
    readonly simulation?: Partial<SimulationOptions>;
  } = {},
): Promise<RunResult> {
  const simulation = new Simulation({ seed: 1, limitUs: 600_000_000, ...options.simulation });
  const world = operatorWorld(simulation);
  const outcome = await simulation.run(() =>
    world.mainLoop.spawn("operator", async () => {
      const pair = await openVirtualPair(simulation, {
        seed: 1,
        ram: [{ name: "ram", bytes: 2 << 20 }],
        guest: GUEST,
        shim: [],
        transport: "unix",
        probes: { loopIntervalUs: 1000, qmpIntervalUs: 5000 },
        ...options.pair,
      });
      await script({ pair, simulation, world });
      await pair.close();
    }).join()
  );
  const { kind, threads, channels, listeners, connects } = outcome;
  assertEquals({ kind, threads, channels, listeners, connects }, {
    kind: "returned",
    threads: [],
    channels: [],
    listeners: [],
    connects: [],
  });
  return { traceHash: simulation.traceHash, nowUs: outcome.nowUs };
}

/** Switches capabilities on, on both sides. */
export async function setCapabilities(
  { pair }: Operator,
  ...names: readonly MigrationCapability[]
): Promise<void> {
  const capabilities = names.map((capability) => ({ capability, state: true }));
  for (const side of [pair.source, pair.destination]) {
    await side.qmp.execute("migrate-set-capabilities", { capabilities });
  }
}

/** Postcopy with a preempt channel, slow enough that precopy is never done before the switch. */
export async function setPreempt(
  operator: Operator,
  policy: PreemptConnectPolicy = "async-after-main",
): Promise<void> {
  await setCapabilities(operator, "postcopy-ram", "postcopy-preempt");
  await operator.pair.source.qmp.execute("migrate-set-parameters", {
    "max-bandwidth": 2_000_000,
    "max-postcopy-bandwidth": 4_000_000,
    "x-preempt-connect": policy,
  });
}

/** Starts a migration at a new address, which it returns. */
export async function migrate({ pair }: Operator): Promise<string> {
  const uri = pair.newMigrationAddress();
  await pair.destination.qmp.execute("migrate-incoming", { uri });
  pair.setConnectPhase(0);
  await pair.source.qmp.execute("migrate", { uri });
  return uri;
}

/** Starts the `phase`-th recovery at a new address. */
export async function recover({ pair }: Operator, phase: number): Promise<void> {
  const uri = pair.newMigrationAddress();
  await pair.destination.qmp.execute("migrate-recover", { uri });
  pair.setConnectPhase(phase);
  await pair.source.qmp.execute("migrate", { uri, resume: true });
}

/** Starts a migration and has it in postcopy, with the guest on the destination. */
export async function enterPostcopy(operator: Operator): Promise<void> {
  await migrate(operator);
  await waitForStatus(operator, "source", "active");
  await operator.pair.source.qmp.execute("migrate-start-postcopy");
  await waitForStatus(operator, "source", "postcopy-active");
  await waitForStatus(operator, "destination", "postcopy-active");
}

/** Pauses a postcopy migration from the source, and waits until both sides have noticed. */
export async function pauseBoth(operator: Operator): Promise<void> {
  await operator.pair.source.qmp.execute("migrate-pause");
  await waitForStatus(operator, "source", "postcopy-paused");
  await waitForStatus(operator, "destination", "postcopy-paused");
}

/** Waits until a side has this status. Fails with what it has after a minute. */
export async function waitForStatus(
  { pair, world }: Operator,
  side: Side,
  wanted: MigrationStatus,
): Promise<void> {
  const deadlineUs = world.clock.now() + 60_000_000;
  for (;;) {
    const { status } = await pair[side].qmp.execute("query-migrate");
    if (status === wanted) return;
    if (world.clock.now() > deadlineUs) assertEquals(status, wanted, `the ${side}'s status`);
    await world.clock.sleep(1000);
  }
}

/** The statuses that a side went through. */
export function statusesOf({ qmp }: EngineSide): MigrationStatus[] {
  return qmp.events.flatMap((event) => isEvent(event, "MIGRATION") ? [event.data.status] : []);
}

/** States that the guest arrived whole: both sides completed, the guest runs on the destination, its RAM is what it must be. */
export async function assertArrived(operator: Operator): Promise<void> {
  const { source, destination } = operator.pair;
  await waitForStatus(operator, "source", "completed");
  await waitForStatus(operator, "destination", "completed");
  assertEquals((await source.qmp.execute("query-status")).status, "postmigrate");
  assertEquals((await destination.qmp.execute("query-status")).status, "running");
  await assertWhole(operator, "destination");
}

/** States that the guest runs on the source, untouched by a migration that came to nothing. */
export async function assertStayed(operator: Operator): Promise<void> {
  assertEquals((await operator.pair.source.qmp.execute("query-status")).status, "running");
  await assertWhole(operator, "source");
}

async function assertWhole({ pair, world }: Operator, side: Side): Promise<void> {
  // The guest works on for a while, so that what it reads is checked.
  await world.clock.sleep(100_000);
  assertEquals(await pair.verifyRam(side), { verdict: "identical" });
  assertEquals((await pair[side].qmp.execute("x-query-guest")).violations, []);
}

/** A connect condition of the preempt channel, in one connect phase. */
export function preemptConnect(connect: ConnectCondition, phase: number): ShimSpec {
  return [{ role: "preempt", phase, connect }];
}
