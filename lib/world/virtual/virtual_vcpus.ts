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
  const bells = new VirtualBells(engine);
  const ringEngine = () => bells.ringEngine();
  for (const [vcpu, world] of vcpuWorlds.entries()) {
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
  #engineRings = 0;

  constructor(engine: World) {
    this.#engineBell = engine.mainLoop.condition();
  }

  start(name: string, world: World, runner: VcpuRunner): void {
    const bell = world.mainLoop.condition();
    const thread = world.mainLoop.spawn(name, () => runUntilClosed(runner, world, bell));
    this.#threads.push({ thread, bell });
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
  }
}

async function runUntilClosed(runner: VcpuRunner, world: World, bell: Condition): Promise<void> {
  for (;;) {
    const pause = runner.advance(world.clock.now());
    switch (pause.kind) {
      case "go-on":
        break;
      case "halfway":
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
