/**
 * Virtual time: any number of worlds in one isolate, on one clock and one network. The same seed takes the same steps on
 * every machine.
 *
 * A run is a function of its options and of what its threads do. The hard part is to keep it so: the only order is the
 * scheduler's, the only chance is `World.random`, and a promise from elsewhere ends the run with an error that names the
 * thread.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";
import type { ShimSpec } from "../../netem/conditions.ts";
import { SeededRandom } from "../seeded_random.ts";
import type { World } from "../world.ts";
import { COST_TABLE, type CostTable } from "./cost_table.ts";
import { Faults } from "./faults.ts";
import { Fabric } from "./fabric.ts";
import type { ConnectRecord } from "../../netem/connect_record.ts";
import type { ShimHold } from "../../netem/shim_hold.ts";
import type { LinkOptions } from "./link_options.ts";
import { Loop } from "./loop.ts";
import type { Inventory, Outcome } from "./outcome.ts";
import { FIFO, type Schedule } from "./schedule.ts";
import { Scheduler } from "./scheduler.ts";
import { VirtualClock } from "./virtual_clock.ts";
import { VirtualMainLoop } from "./virtual_main_loop.ts";
import { VirtualNetwork } from "./virtual_network.ts";

/** What a simulation is made of. */
export interface SimulationOptions {
  /** Integer; all chance comes from it. */
  readonly seed: number | bigint;
  /**
   * Who goes next where several tasks can.
   *
   * @default {FIFO}
   */
  readonly schedule?: Schedule;
  /**
   * `direct`: one task's wait starts the next task. `set-immediate`: each step gets a macrotask of its own, which is slow and
   * right whatever threads do between a World call and its `await`. Both take the same steps.
   *
   * @default {"direct"}
   */
  readonly drain?: "direct" | "set-immediate";
  /**
   * What work costs.
   *
   * @default {COST_TABLE}
   */
  readonly costs?: CostTable;
  /** The link between the worlds. */
  readonly link?: LinkOptions;
  /**
   * What a shim does to main and preempt channels.
   *
   * @default {[]}
   */
  readonly shim?: ShimSpec;
  /**
   * Virtual time at which the run ends, in microseconds.
   *
   * @default {3_600_000_000}
   */
  readonly limitUs?: number;
  /**
   * Steps after which the run ends: what runs in circles takes for ever long before virtual time is over.
   *
   * @default {Infinity}
   */
  readonly limitSteps?: number;
}

/** What a world is made of. */
export interface WorldOptions {
  /**
   * Whether work on its loop costs time: yes for engines, no for harness, vCPUs and probes.
   *
   * @default {true}
   */
  readonly charged?: boolean;
}

/** An hour. */
const LIMIT_US = 3_600_000_000;

/** Some 10 ms of steps: what Ctrl-C waits for. */
const STEPS_PER_PAUSE = 16_384;

/**
 * A simulated run.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const simulation = new Simulation({ seed: 1 });
 * const { clock } = simulation.world("harness", { charged: false });
 * const outcome = await simulation.run(() => clock.sleep(5_000_000));
 * assertEquals([outcome.kind, outcome.nowUs], ["returned", 5_000_000]);
 * ```
 */
export class Simulation {
  /** Makes things go wrong. */
  readonly faults: Faults;
  readonly #scheduler: Scheduler;
  readonly #clock: VirtualClock;
  readonly #fabric: Fabric;
  readonly #random: SeededRandom;
  readonly #costs: CostTable;
  readonly #worlds = new Map<string, { readonly loop: Loop; readonly world: World }>();
  #nextTaskId = 0;

  constructor(options: SimulationOptions) {
    this.#scheduler = new Scheduler({
      schedule: options.schedule ?? FIFO,
      stepsPerPause: options.drain === "set-immediate" ? 1 : STEPS_PER_PAUSE,
      limitNs: (options.limitUs ?? LIMIT_US) * 1000,
      limitSteps: options.limitSteps ?? Infinity,
    });
    this.#clock = new VirtualClock(this.#scheduler);
    this.#random = new SeededRandom(options.seed);
    this.#costs = options.costs ?? COST_TABLE;
    this.#fabric = new Fabric(this.#scheduler, this.#random.fork("network"), options.link ?? {});
    this.#fabric.setShim(options.shim ?? []);
    this.faults = new Faults({
      fabric: this.#fabric,
      find: (name) => this.#worlds.get(name),
      strangers: () => this.world("strangers", { charged: false }),
    });
  }

  /** Virtual time, in integer microseconds. */
  get nowUs(): number {
    return this.#clock.now();
  }

  /** A fingerprint of the steps so far: 16 hexadecimal digits, the same whenever a run takes the same steps. */
  get traceHash(): string {
    return this.#scheduler.trace.toString();
  }

  /** Every write so far on a preempt channel under a traffic condition, as the shim held it. */
  holds(): readonly ShimHold[] {
    return this.#fabric.holds;
  }

  /** Every connect so far of a channel that a shim may condition. */
  connects(): readonly ConnectRecord[] {
    return this.#fabric.connectRecords;
  }

  /** The world of that name, with a loop of its own. `options` count where the name is new. */
  world(name: string, options: WorldOptions = {}): World {
    const known = this.#worlds.get(name);
    if (known !== undefined) return known.world;
    const loop = new Loop(this.#scheduler, name, options.charged === false ? null : this.#costs);
    const world = {
      clock: this.#clock,
      network: new VirtualNetwork(this.#fabric, loop),
      mainLoop: new VirtualMainLoop(loop, () => this.#nextTaskId++),
      random: this.#random.fork(`world ${name}`),
    };
    this.#worlds.set(name, { loop, world });
    return world;
  }

  /**
   * Runs `main` as a thread of a world of its own, whose work is free, with whatever it starts. Ends when `main` has returned
   * and nothing else is runnable at that instant. Called once.
   *
   * @throws what `main` throws, and {InvariantError} when another thread throws or a thread awaits a promise that no World
   * gave it.
   */
  async run(main: () => Promise<void>): Promise<Outcome> {
    const loop = new Loop(this.#scheduler, "main", null);
    const { task } = new VirtualMainLoop(loop, () => this.#nextTaskId++).spawn("main", main);
    const kind = await this.#scheduler.run(task);
    return {
      kind,
      nowUs: this.nowUs,
      steps: this.#scheduler.steps,
      ...this.#inventory([loop, ...this.#loops()]),
    };
  }

  /** What the worlds have at this moment. */
  inventory(): Inventory {
    return this.#inventory(this.#loops());
  }

  #loops(): readonly Loop[] {
    return Array.from(this.#worlds.values(), ({ loop }) => loop);
  }

  #inventory(loops: readonly Loop[]): Inventory {
    return {
      threads: loops.flatMap(({ name, tasks }) =>
        Array.from(tasks, (task) => ({
          world: name,
          thread: task.name,
          waitsIn: task.describeWait(),
        }))
      ),
      channels: this.#fabric.openChannels().map(String),
      listeners: [...this.#fabric.listeners.keys()],
      connects: Array.from(this.#fabric.connects, String),
    };
  }

  /** From here on the run takes so many steps at most: a part of it that is to end soon need not run in circles up to the limit of all. */
  allowSteps(count: number): void {
    this.#scheduler.allowSteps(count);
  }

  /** Replaces the shim: for connects that start from now on or hang, and at once for the traffic of every channel. */
  setShim(spec: ShimSpec): void {
    this.#fabric.setShim(spec);
  }

  /** Sets the phase of the connects that start from now on: 0 = start of a migration, k = k-th recovery. */
  setConnectPhase(phase: number): void {
    this.#fabric.setConnectPhase(phase);
  }

  /**
   * Ends a world as a process dies: its threads stop where they are, its channels are reset, its listeners and connects gone.
   * The name is free for a new world. No thread of its own may call this.
   */
  kill(name: string): void {
    const known = this.#worlds.get(name);
    invariant(known !== undefined, `no world "${name}" to kill`);
    this.#worlds.delete(name);
    known.loop.kill();
    this.#fabric.kill(known.loop);
  }
}
