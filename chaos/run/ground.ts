/**
 * The part of a run that faults may touch.
 *
 * @module
 */

import type { ShimRule } from "../../lib/netem/conditions.ts";
import type { CommandArguments, EngineCommandName } from "../../lib/qapi/commands.ts";
import type { Side } from "../../lib/qapi/migration_status.ts";
import { type Address, formatAddress } from "../../lib/world/address.ts";
import type { Faults, OpenConnection } from "../../lib/world/virtual/faults.ts";
import type { ChannelRole } from "../../lib/world/world.ts";
import type { Ground } from "../faults/fault_kind.ts";
import type { Setting } from "../setting.ts";
import { mergeConditions } from "./merge_conditions.ts";
import type { Stage } from "./stage.ts";

/** Faults' way to a run. */
export class RunGround implements Ground {
  readonly setting: Setting;
  readonly faults: Faults;
  readonly nowhere = "unix:/nowhere";
  readonly #stage: Stage;
  readonly #conditions = new Set<ShimRule>();

  constructor(stage: Stage) {
    this.#stage = stage;
    this.setting = stage.plan;
    this.faults = stage.simulation.faults;
  }

  connection(role: ChannelRole): OpenConnection | null {
    return this.faults.connections().findLast((one) => one.role === role) ?? null;
  }

  get listening(): Address | null {
    return this.#stage.listening;
  }

  newAddress(): string {
    return formatAddress(this.#stage.newAddress());
  }

  nextPhase(): void {
    this.#stage.nextPhase();
  }

  condition(rule: ShimRule): () => void {
    this.#conditions.add(rule);
    this.#applyConditions();
    return () => {
      this.#conditions.delete(rule);
      this.#applyConditions();
    };
  }

  engine(side: Side): string | null {
    const engine = this.#stage.on(side);
    return engine.alive ? engine.name : null;
  }

  tell<C extends EngineCommandName>(side: Side, command: C, args: CommandArguments<C>): void {
    const engine = this.#stage.on(side);
    if (engine.alive) engine.tell(command, args, "fault");
  }

  kill(side: Side): boolean {
    return this.#stage.kill(this.#stage.on(side));
  }

  delayVcpuReports(us: number): void {
    this.#stage.delayVcpuReports(us);
  }

  last(forUs: number | null, undo: () => void): void {
    this.#stage.spawn("last", async () => {
      await this.#stage.until(() => this.#stage.healed, forUs ?? Infinity);
      undo();
    });
  }

  repeat(times: number, gapUs: number, act: () => void): void {
    act();
    if (times === 1) return;
    this.#stage.spawn("repeat", async () => {
      for (let left = times - 1; left > 0; left--) {
        if (await this.#stage.until(() => this.#stage.healed, gapUs)) return;
        act();
      }
    });
  }

  #applyConditions(): void {
    this.#stage.simulation.setShim(mergeConditions([...this.#conditions]));
  }
}
