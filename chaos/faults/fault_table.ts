/**
 * Every kind of fault: one row for each, from which a plan's schema and types, how faults are drawn and the coverage table derive.
 *
 * @module
 */

import { z } from "zod";
import type { OpenConnection } from "../../lib/world/virtual/faults.ts";
import { TRIGGER, type Trigger } from "../trigger.ts";
import { CONNECT_FAULTS } from "./connect.ts";
import type { DrawContext, FaultKind, Ground } from "./fault_kind.ts";
import { GUEST_FAULTS } from "./guest.ts";
import { OPERATOR_FAULTS } from "./operator.ts";
import { PROCESS_FAULTS } from "./process.ts";
import { TRAFFIC_FAULTS } from "./traffic.ts";

/** The table. */
export const FAULTS = {
  ...CONNECT_FAULTS,
  ...TRAFFIC_FAULTS,
  ...PROCESS_FAULTS,
  ...OPERATOR_FAULTS,
  ...GUEST_FAULTS,
};

export type FaultName = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

type ParametersOf<K extends FaultName> = z.output<z.ZodObject<(typeof FAULTS)[K]["shape"]>>;

/** One fault of a plan. */
export type Fault = {
  [K in FaultName]: { readonly kind: K; readonly when: Trigger } & Readonly<ParametersOf<K>>;
}[FaultName];

const [first, ...others] = FAULT_NAMES.map((kind) => {
  const { shape } = rowOf(kind);
  return z.strictObject({ kind: z.literal(kind), when: TRIGGER, ...shape });
});

/** Checks a fault of a plan. The cast gives it the table's types, which a list made at run time has lost. */
export const FAULT = z.discriminatedUnion("kind", [first!, ...others]) as unknown as z.ZodType<
  Fault
>;

/** Parameters of a kind that is only known at run time. */
type AnyRow = FaultKind<z.ZodRawShape>;

function rowOf(kind: FaultName): AnyRow {
  return FAULTS[kind] as unknown as AnyRow;
}

/** Draws the parameters of a fault. */
export function drawFault(kind: FaultName, when: Trigger, context: DrawContext): Fault {
  return { kind, when, ...rowOf(kind).draw(context) } as unknown as Fault;
}

/** Lets a fault strike. @returns false when there was nothing to strike. */
export function actFault(fault: Fault, ground: Ground, struck: OpenConnection | null): boolean {
  const { kind, when: _when, ...parameters } = fault;
  return rowOf(kind).act(ground, parameters, struck);
}

/** Whether a kind of fault always strikes at the beginning. */
export function isFromStart(kind: FaultName): boolean {
  return rowOf(kind).fromStart === true;
}
