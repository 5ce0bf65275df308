/**
 * Lets each fault of a plan strike at its moment, once.
 *
 * @module
 */

import { unreachable } from "../../lib/invariant.ts";
import type { Direction } from "../../lib/netem/conditions.ts";
import type { OpenConnection } from "../../lib/world/virtual/faults.ts";
import { actFault, type Fault } from "../faults/fault_table.ts";
import type { Ground } from "../faults/fault_kind.ts";
import { RunGround } from "./ground.ts";
import type { Stage } from "./stage.ts";

/** A fault that waits for a connection. */
interface Armed {
  readonly index: number;
  readonly fault: Fault;
}

type StatusTrigger = Extract<Fault["when"], { readonly on: "status" }>;

/** The faults of a run. */
export class FaultRunner {
  readonly #stage: Stage;
  readonly #ground: Ground;
  #waiting: Armed[] = [];
  /** Faults that wait for a status, or have met it and are yet to strike. */
  readonly #awaiting = new Set<StatusTrigger>();
  #lastTimeUs = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#ground = new RunGround(stage);
  }

  /** When the last fault strikes whose time is set, after `migrate`. */
  get lastTimeUs(): number {
    return this.#lastTimeUs;
  }

  /** Whether a status has come that a fault waits for, and the fault has not struck yet. */
  get isDue(): boolean {
    return [...this.#awaiting].some((when) => this.#hasCome(when));
  }

  /** What shapes the run from its beginning strikes now, and what waits for a connection begins to wait. */
  begin(): void {
    for (const [index, fault] of this.#stage.plan.faults.entries()) {
      const { when } = fault;
      if (when.on === "start") this.#strike(index, fault, null);
      else if (when.on === "opened" || when.on === "bytes") this.#waiting.push({ index, fault });
    }
  }

  /** `migrate` was given: times run. */
  migrated(): void {
    for (const [index, fault] of this.#stage.plan.faults.entries()) {
      const { when } = fault;
      if (when.on === "time") {
        this.#lastTimeUs = Math.max(this.#lastTimeUs, when.us);
        this.#stage.spawn("fault", () => this.#later(when.us, index, fault, null));
      } else if (when.on === "status") {
        this.#stage.spawn("fault", () => this.#atStatus(index, fault, when));
      }
    }
  }

  /** A connection was made: nothing has been written to it yet. */
  opened(connection: OpenConnection): void {
    if (this.#stage.healed) return;
    const due = this.#waiting.filter(({ fault }) => isFor(fault, connection));
    this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    for (const { index, fault } of due) this.#strikeOn(connection, index, fault);
  }

  #strikeOn(connection: OpenConnection, index: number, fault: Fault): void {
    const { when } = fault;
    switch (when.on) {
      case "opened":
        if (when.afterUs === 0) return this.#strike(index, fault, connection);
        return this.#stage.spawn(
          "fault",
          () => this.#later(when.afterUs, index, fault, connection),
        );
      case "bytes":
        return this.#atBytes(connection, index, fault, when);
      case "start":
      case "time":
      case "status":
        return;
      default:
        unreachable(when);
    }
  }

  /** The reader is in the middle of a read then, so the fault strikes from a thread of its own. */
  #atBytes(
    connection: OpenConnection,
    index: number,
    fault: Fault,
    { direction, bytes }: { readonly direction: Direction; readonly bytes: number },
  ): void {
    let isDue = false;
    this.#stage.simulation.faults.atByte(connection.id, direction, bytes, () => {
      isDue = true;
      this.#stage.changed.notify();
    });
    this.#stage.spawn("fault", async () => {
      await this.#stage.until(() => isDue || this.#stage.healed, Infinity);
      if (isDue) this.#strike(index, fault, connection);
    });
  }

  async #later(
    us: number,
    index: number,
    fault: Fault,
    struck: OpenConnection | null,
  ): Promise<void> {
    if (await this.#stage.until(() => this.#stage.healed, us)) return;
    this.#strike(index, fault, struck);
  }

  async #atStatus(index: number, fault: Fault, when: StatusTrigger): Promise<void> {
    this.#awaiting.add(when);
    await this.#stage.until(() => this.#hasCome(when) || this.#stage.healed, Infinity);
    await this.#later(when.afterUs, index, fault, null);
    this.#awaiting.delete(when);
    this.#stage.changed.notify();
  }

  #hasCome({ side, status, nth }: StatusTrigger): boolean {
    const { statuses } = this.#stage.recorder;
    return statuses.filter((one) => one.side === side && one.status === status).length >= nth;
  }

  #strike(index: number, fault: Fault, struck: OpenConnection | null): void {
    if (this.#stage.healed) return;
    const { recorder, clock } = this.#stage;
    const statuses = {
      source: recorder.statusOf("source"),
      destination: recorder.statusOf("destination"),
    };
    const hit = actFault(fault, this.#ground, struck);
    recorder.strikes.push({ timeUs: clock.now(), index, hit, statuses });
  }
}

/** Whether a fault waits for this connection. */
function isFor({ when }: Fault, { role, phase }: OpenConnection): boolean {
  return (when.on === "opened" || when.on === "bytes") && when.role === role &&
    when.phase === phase;
}
