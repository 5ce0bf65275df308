/**
 * What a row of the fault table is: a kind of fault with its parameters, how they are drawn, how it acts and heals.
 *
 * A row decides; it moves no bytes. The mechanism is in `lib/world/virtual` and behind QMP, and a row reaches it through `Ground`.
 *
 * @module
 */

import type { z } from "zod";
import type { ShimRule } from "../../lib/netem/conditions.ts";
import type { CommandArguments, EngineCommandName } from "../../lib/qapi/commands.ts";
import type { Side } from "../../lib/qapi/migration_status.ts";
import type { Faults, OpenConnection } from "../../lib/world/virtual/faults.ts";
import type { Address } from "../../lib/world/address.ts";
import type { ChannelRole, Random } from "../../lib/world/world.ts";
import type { Setting } from "../setting.ts";

/** What a fault is done to. */
export type FaultGroup = "connect" | "traffic" | "process" | "operator" | "guest";

/** A run, as far as faults may touch it. */
export interface Ground {
  readonly setting: Setting;
  readonly faults: Faults;
  /** The newest connection of that role that is open. */
  connection(role: ChannelRole): OpenConnection | null;
  /** Where the destination of the current session listens. */
  readonly listening: Address | null;
  /** An address where nobody listens. */
  readonly nowhere: string;
  /** An address that was not used before. */
  newAddress(): string;
  /** Numbers the connects of the next `migrate` command. */
  nextPhase(): void;
  /** Conditions links until it is undone. */
  condition(rule: ShimRule): () => void;
  /** The world of a side's engine; `null` once it is dead. */
  engine(side: Side): string | null;
  /** Gives an engine a command; the answer is the history's. */
  tell<C extends EngineCommandName>(side: Side, command: C, args: CommandArguments<C>): void;
  /** Ends a side's process where it is. */
  kill(side: Side): boolean;
  /** Has what vCPUs report reach their engine so much later. */
  delayVcpuReports(us: number): void;
  /** Calls `undo` after `forUs`, when everything heals at the latest; `null`: only then. */
  last(forUs: number | null, undo: () => void): void;
  /** Calls `act` so often, `gapUs` apart, the first time now, and no more once everything heals. */
  repeat(times: number, gapUs: number, act: () => void): void;
}

/** What parameters are drawn for. */
export interface DrawContext {
  readonly random: Random;
  readonly setting: Setting;
  /** How long the migration would take without faults, roughly. */
  readonly expectedUs: number;
}

/** One kind of fault. */
export interface FaultKind<Shape extends z.ZodRawShape> {
  readonly group: FaultGroup;
  /** What happens, as a sentence's end: "a connect ...". */
  readonly does: string;
  /** How it ends when everything heals. */
  readonly heals: string;
  /** The moment is the beginning of the run: it shapes or conditions what comes. */
  readonly fromStart?: true;
  readonly shape: Shape;
  draw(context: DrawContext): z.output<z.ZodObject<Shape>>;
  /**
   * Strikes.
   *
   * @param struck the connection that the trigger spoke of, or `null`.
   * @returns false when there was nothing to strike.
   */
  act(
    ground: Ground,
    parameters: z.output<z.ZodObject<Shape>>,
    struck: OpenConnection | null,
  ): boolean;
}

/** Says that a row is one, so that its functions know their parameters. */
export function faultKind<Shape extends z.ZodRawShape>(row: FaultKind<Shape>): FaultKind<Shape> {
  return row;
}
