/**
 * What a run takes place on: the simulation, its engines, the links' conditions, and everything that is taken down.
 *
 * All threads of chaos run on the operator's loop, whose work is free. They wait on one condition, `changed`, and look again.
 *
 * @module
 */

import { startVirtualEngine } from "../../lib/pair/virtual_engine.ts";
import { isTerminal, type Side } from "../../lib/qapi/migration_status.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { type Address, formatAddress } from "../../lib/world/address.ts";
import type { OpenConnection } from "../../lib/world/virtual/faults.ts";
import type { Simulation } from "../../lib/world/virtual/simulation.ts";
import type { Clock, Condition, Thread, World } from "../../lib/world/world.ts";
import type { EngineName } from "../history.ts";
import { guestOf, type Plan } from "../plan.ts";
import { ChaosEngine } from "./chaos_engine.ts";
import { Recorder } from "./recorder.ts";

/** Entries of an engine's page request log: more than a small guest makes. */
const LOG_ENTRIES = 1 << 13;

/** A run's place. */
export class Stage {
  readonly plan: Plan;
  readonly simulation: Simulation;
  readonly world: World;
  readonly recorder = new Recorder();
  readonly changed: Condition;
  readonly #engines = new Map<EngineName, ChaosEngine>();
  readonly #threads: Thread[] = [];
  #addresses = 0;
  #phase = 0;
  #healed = false;
  #closing = false;
  #reportDelayUs = 0;
  /** The first error of a thread of chaos: a bug of ours, not of the engines. */
  #mistake: unknown = null;
  /** Commands that were given and have no answer yet, but for the prober's. */
  unanswered = 0;
  /** Where the destination listens, as the operator last told it. */
  listening: Address | null = null;

  constructor(plan: Plan, simulation: Simulation) {
    this.plan = plan;
    this.simulation = simulation;
    this.world = simulation.world("operator", { charged: false });
    this.changed = this.world.mainLoop.condition();
  }

  get clock(): Clock {
    return this.world.clock;
  }

  /** Faults are over. */
  get healed(): boolean {
    return this.#healed;
  }

  heal(): void {
    this.#healed = true;
    this.changed.notify();
  }

  /** Everything that looks at the run is to end. */
  get closing(): boolean {
    return this.#closing;
  }

  close(): void {
    this.#closing = true;
    this.changed.notify();
  }

  /** An error in chaos itself. */
  get mistake(): unknown {
    return this.#mistake;
  }

  /** Notes an error in chaos itself. */
  blame(error: unknown): void {
    this.#mistake ??= error;
  }

  /** Runs `thread` as a part of chaos: what it throws is chaos' mistake. */
  async guard(thread: () => Promise<void>): Promise<void> {
    try {
      await thread();
    } catch (error) {
      this.blame(error);
      throw error;
    }
  }

  /** Starts a thread of chaos, on the operator's loop or another. */
  spawn(name: string, thread: () => Promise<void>, world: World = this.world): void {
    this.#threads.push(world.mainLoop.spawn(name, () => this.guard(thread)));
  }

  /** Waits for every thread that was started. */
  async joinThreads(): Promise<void> {
    for (let thread = this.#threads.pop(); thread !== undefined; thread = this.#threads.pop()) {
      await thread.join();
    }
  }

  /** Waits until `predicate` holds, for so long at most; whether it does. */
  async until(predicate: () => boolean, timeoutUs: number): Promise<boolean> {
    const deadlineUs = this.clock.now() + timeoutUs;
    while (!predicate()) {
      const leftUs = deadlineUs - this.clock.now();
      if (leftUs <= 0) return false;
      await (leftUs === Infinity ? this.changed.wait() : this.changed.wait(leftUs));
    }
    return true;
  }

  /** Starts an engine. */
  async start(name: EngineName): Promise<ChaosEngine> {
    const virtual = await startVirtualEngine({
      simulation: this.simulation,
      name,
      operator: this.world,
      ram: this.plan.blocks.map(({ name, pages }) => ({ name, bytes: pages * PAGE_SIZE })),
      guest: guestOf(this.plan),
      incoming: name !== "source",
      pageRequestEntries: LOG_ENTRIES,
      onGuestWrite: () => this.recorder.guestWrites(name, this.clock.now()),
      reportDelayUs: () => this.#reportDelayUs,
    });
    const engine = new ChaosEngine(this, name, virtual);
    this.#engines.set(name, engine);
    return engine;
  }

  /** The engines that were started. */
  get engines(): readonly ChaosEngine[] {
    return [...this.#engines.values()];
  }

  /** The engine on a side of the migration that goes on. */
  on(side: Side): ChaosEngine {
    return this.#engines.get(this.recorder.pair[side])!;
  }

  /** The engine whose migration has ended with the guest running there, whole; `null`: none. */
  owner(): ChaosEngine | null {
    const states = this.recorder.states[1];
    return this.engines.find(({ name, alive, status }) =>
      alive && isTerminal(status) && states[name]?.running === true && states[name].whole
    ) ?? null;
  }

  /** Takes connections of migrations down, and tells of each when it is made. */
  watchConnections(opened: (connection: OpenConnection) => void): void {
    const { recorder, clock } = this;
    const records = new Map<number, { closedUs: number | null }>();
    const note = <T extends { closedUs: number | null }>(id: number, record: T): T => {
      records.set(id, record);
      return record;
    };
    this.simulation.faults.watch({
      opened: (connection) => {
        const { id, role } = connection;
        const openedUs = clock.now();
        if (role === "probe") recorder.strangers.push(note(id, { openedUs, closedUs: null }));
        if (role !== "main" && role !== "preempt") return;
        const { migration } = recorder;
        recorder.connections.push(note(id, { ...connection, migration, openedUs, closedUs: null }));
        opened(connection);
      },
      closed: (id) => {
        const record = records.get(id);
        if (record !== undefined) record.closedUs = clock.now();
      },
    });
  }

  /** Ends an engine as its process dies. */
  kill(engine: ChaosEngine): boolean {
    if (!engine.alive) return false;
    engine.die();
    this.simulation.kill(engine.name);
    for (let vcpu = 0; vcpu < this.plan.guest.vcpus; vcpu++) {
      this.simulation.kill(`${engine.name} vcpu ${vcpu}`);
    }
    this.recorder.deaths.push({ timeUs: this.clock.now(), engine: engine.name });
    this.changed.notify();
    return true;
  }

  /** An address that was not used before. */
  newAddress(): Address {
    return { kind: "unix", path: `/migration-${this.#addresses++}` };
  }

  /** The same, which the destination is to listen at. */
  newListening(): string {
    this.listening = this.newAddress();
    return this.listeningText;
  }

  /** Where the destination listens, in QEMU's spelling. */
  get listeningText(): string {
    return formatAddress(this.listening!);
  }

  /** Numbers the connects of the next `migrate`: 0 for the first. */
  setPhase(phase: number): void {
    this.#phase = phase;
    this.simulation.setConnectPhase(phase);
  }

  nextPhase(): void {
    this.setPhase(this.#phase + 1);
  }

  /** Has what vCPUs report reach their engine so much later. */
  delayVcpuReports(us: number): void {
    this.#reportDelayUs = us;
  }
}
