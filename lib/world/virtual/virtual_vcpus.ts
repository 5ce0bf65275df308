/**
 * vCPUs in virtual time: a thread each, in a World of its own whose work is free, so that a guest goes on while its engine's
 * loop is busy. A write is two steps of the scheduler, or chaos would never see a page copied in the middle of one.
 *
 * @module
 */

import { invariant, unreachable } from "../../invariant.ts";
import type { GuestRam } from "../../ram/guest_ram.ts";
import type { GuestSpec } from "../../ram/guest_spec.ts";
import { GuestVcpus, type VcpuBells } from "../../ram/guest_vcpus.ts";
import type { PageRequestLog } from "../../ram/page_request_log.ts";
import { VcpuBoard } from "../../ram/vcpu_board.ts";
import { VcpuRunner } from "../../ram/vcpu_runner.ts";
import type { Condition, Thread, World } from "../world.ts";

/** What the vCPUs of one machine work with. */
export interface VirtualVcpusOptions {
  readonly spec: GuestSpec;
  readonly ram: GuestRam;
  readonly log: PageRequestLog;
  /** The World of the engine that the vCPUs belong to. */
  readonly engine: World;
  /** A World for each vCPU, with a loop of its own. */
  readonly vcpuWorlds: readonly World[];
  /** Called in the middle of every write of the guest. */
  readonly onWrite?: () => void;
  /** How late what a vCPU reports now, a page fault or that it has stopped, reaches its engine. Absent: at once. */
  readonly reportDelayUs?: () => number;
}

/**
 * Starts a thread for each vCPU. `close()` them.
 *
 * @throws {GuestSpecError} when the guest does not fit the RAM.
 */
export function startVirtualVcpus(options: VirtualVcpusOptions): GuestVcpus {
  const { spec, ram, log, engine, vcpuWorlds } = options;
  invariant(vcpuWorlds.length === spec.vcpus, `${vcpuWorlds.length} Worlds, ${spec.vcpus} vCPUs`);
  const board = VcpuBoard.allocate(spec);
  const bells = new VirtualBells(engine, options);
  for (const [vcpu, world] of vcpuWorlds.entries()) {
    const ringEngine = () => bells.report(world);
    const runner = new VcpuRunner({ vcpu, spec, ram, board, log, cpuShare: 1, ringEngine });
    bells.start(`vcpu ${vcpu}`, world, runner);
  }
  return new GuestVcpus(board, bells, () => engine.clock.now());
}

/** One vCPU's thread, and the condition that it waits on. */
interface VcpuThread {
  readonly thread: Thread;
  readonly bell: Condition;
}

/** Bells of virtual time. Nothing runs between a look at the board and the wait that follows it, so no ring is missed. */
class VirtualBells implements VcpuBells {
  readonly #engineBell: Condition;
  readonly #threads: VcpuThread[] = [];
  readonly #lateReports: Thread[] = [];
  readonly #reportDelayUs: () => number;
  readonly #onWrite: () => void;
  #engineRings = 0;

  constructor(engine: World, { onWrite, reportDelayUs }: VirtualVcpusOptions) {
    this.#engineBell = engine.mainLoop.condition();
    this.#onWrite = onWrite ?? (() => {});
    this.#reportDelayUs = reportDelayUs ?? (() => 0);
  }

  start(name: string, world: World, runner: VcpuRunner): void {
    const bell = world.mainLoop.condition();
    const thread = world.mainLoop.spawn(
      name,
      () => runUntilClosed(runner, world, bell, this.#onWrite),
    );
    this.#threads.push({ thread, bell });
  }

  /** A vCPU rings the engine, late where reports are. */
  report(vcpu: World): void {
    const us = this.#reportDelayUs();
    if (us === 0) return this.ringEngine();
    this.#lateReports.push(vcpu.mainLoop.spawn("late-report", async () => {
      await vcpu.clock.sleep(us);
      this.ringEngine();
    }));
  }

  ringVcpu(vcpu: number): void {
    this.#threads[vcpu]?.bell.notify();
  }

  ringEngine(): void {
    this.#engineRings++;
    this.#engineBell.notify();
  }

  get engineRings(): number {
    return this.#engineRings;
  }

  async engineRung(seen: number): Promise<void> {
    if (this.#engineRings === seen) await this.#engineBell.wait();
  }

  async release(): Promise<void> {
    for (const { thread } of this.#threads.splice(0)) await thread.join();
    for (const thread of this.#lateReports.splice(0)) await thread.join();
  }
}

async function runUntilClosed(
  runner: VcpuRunner,
  world: World,
  bell: Condition,
  onWrite: () => void,
): Promise<void> {
  for (;;) {
    const pause = runner.advance(world.clock.now());
    switch (pause.kind) {
      case "go-on":
        break;
      case "halfway":
        onWrite();
        await world.mainLoop.turn();
        break;
      case "wait":
        await (pause.forUs === Infinity ? bell.wait() : bell.wait(pause.forUs));
        break;
      case "ended":
        return;
      default:
        unreachable(pause);
    }
  }
}
