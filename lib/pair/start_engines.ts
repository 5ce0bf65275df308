/**
 * Starts the engines of a pair in real time. Where one is a QEMU as `pc`, ours must have its RAM blocks and name its machine, so that
 * QEMU starts first and is asked.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import type { Side } from "../qapi/migration_status.ts";
import type { GuestSpec } from "../ram/guest_spec.ts";
import type { RamBlockSize } from "../ram/ram_block.ts";
import type { Libc } from "../world/realtime/libc.ts";
import type { RealtimeWorld } from "../world/realtime/realtime_world.ts";
import type { TimerWorker } from "../world/realtime/shared_timer.ts";
import type { WorkerPool } from "../world/realtime/worker_pool.ts";
import { AttachedEngine } from "./attached_engine.ts";
import { monitorOf } from "./assemble.ts";
import { EMBEDDED_PAIR, type PairOptions } from "./pair.ts";
import type { PairEngine } from "./pair_engine.ts";
import type { PairGuest } from "./pair_guest.ts";
import { describeMachine, QemuEngine } from "./qemu_engine.ts";
import { giveRam, takeRam } from "./ram_pool.ts";
import { RealtimeEngine } from "./realtime_engine.ts";

/** What a pair stands on; ended in reverse. */
export interface Ground {
  /** Where the Workers come from and go back to. */
  readonly pool: WorkerPool;
  readonly folder: string;
  readonly timer: TimerWorker;
  readonly world: RealtimeWorld;
  readonly libc: Libc;
  /** A word that holds the connect phase. */
  readonly phase: SharedArrayBuffer;
}

/** Both engines. */
export type PairEngines = Readonly<Record<Side, PairEngine>>;

/** What an engine of ours is, besides what every pair's is. */
interface EmbeddedMachine {
  readonly name: string;
  readonly blocks: readonly RamBlockSize[];
  readonly guest: GuestSpec;
}

/** Starts both. @throws {QemuStartError} when a QEMU does not start; then the other is ended. */
export async function startEngines(
  ground: Ground,
  options: PairOptions,
  guest: PairGuest,
): Promise<PairEngines> {
  const { source, destination } = options.engines ?? EMBEDDED_PAIR;
  const start = (side: Side, machine?: EmbeddedMachine) =>
    startEngine(ground, options, guest, side, machine);
  if (source.kind === "embedded" && destination.kind !== "embedded") {
    const qemu = await start("destination");
    const ours = await orClose(
      qemu,
      async () => start("source", await machineOf(qemu, options, guest)),
    );
    return { source: ours, destination: qemu };
  }
  if (source.kind !== "embedded" && destination.kind === "embedded") {
    const qemu = await start("source");
    const ours = await orClose(
      qemu,
      async () => start("destination", await machineOf(qemu, options, guest)),
    );
    return { source: qemu, destination: ours };
  }
  const [first, second] = await Promise.allSettled([start("source"), start("destination")]);
  if (first.status === "fulfilled" && second.status === "fulfilled") {
    return { source: first.value, destination: second.value };
  }
  for (const one of [first, second]) if (one.status === "fulfilled") await closeEngine(one.value);
  throw [first, second].find((one) => one.status === "rejected")!.reason;
}

/** Ends both. */
export async function closeEngines({ source, destination }: PairEngines): Promise<void> {
  await closeEngine(destination);
  await closeEngine(source);
}

async function closeEngine(engine: PairEngine): Promise<void> {
  await engine.close();
  if (engine.ram !== null) giveRam(engine.ram);
}

async function orClose<T>(engine: PairEngine, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    await closeEngine(engine);
    throw error;
  }
}

/** The machine that an engine of ours must be beside a QEMU's. */
async function machineOf(
  { qmp }: PairEngine,
  { ram, guest: spec }: PairOptions,
  guest: PairGuest,
): Promise<EmbeddedMachine> {
  invariant(guest.kind !== "theirs", "An engine of ours stands beside no attached QEMU");
  if (guest.kind === "program" && guest.machine === "none") {
    return { name: "none", blocks: ram, guest: spec };
  }
  const { name, blocks } = await describeMachine(qmp);
  // What the boot sector's guest was is nothing that our vCPUs could run.
  if (guest.kind === "boot-sector") return { name, blocks, guest: { ...spec, vcpus: 0 } };
  // Every block is sent, since postcopy has QEMU forget what it has in any. A PC cannot run our guest, which takes no step before.
  return { name, blocks, guest: { ...spec, touchesPerSecond: 0 } };
}

async function startEngine(
  { pool, folder, timer, world, libc, phase }: Ground,
  options: PairOptions,
  guest: PairGuest,
  side: Side,
  machine: EmbeddedMachine = { name: "none", blocks: options.ram, guest: options.guest },
): Promise<PairEngine> {
  const choice = (options.engines ?? EMBEDDED_PAIR)[side];
  const incoming = side === "destination";
  const monitor = monitorOf(options, side);
  if (choice.kind === "attached") {
    return await AttachedEngine.start({ choice, operator: world, monitor });
  }
  if (choice.kind === "qemu") {
    const ramBytes = options.ram.reduce((sum, { bytes }) => sum + bytes, 0);
    return await QemuEngine.start({ choice, operator: world, ramBytes, guest, incoming, monitor });
  }
  return await RealtimeEngine.start({
    ...{ name: side, folder, seed: options.seed, operator: world, libc, timer: timer.timer },
    ...{ machine: machine.name, guest: machine.guest, incoming, shim: options.shim, phase },
    ram: takeRam(machine.blocks),
    ...{ pool, monitor },
  });
}
