/**
 * How fast the source's main channel might carry RAM at each moment of the first migration.
 *
 * Two parameters limit it, each in its own statuses, and both may change on the way. While a change is being made nobody knows which
 * value holds, so the higher one does.
 *
 * @module
 */

import type { MigrationParameters, ParameterChanges } from "../../lib/qapi/parameters.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { isPostcopy, type MigrationStatus } from "../../lib/qapi/migration_status.ts";
import type { History, StatusChange } from "../history.ts";
import type { Span } from "./disturbance.ts";
import { statusesOf } from "./view.ts";

/** A limit in bytes a second, from a moment on until the next; Infinity: none. */
export interface Limit {
  readonly fromUs: number;
  /** What a batch may have that was made under the limit that was changed then; 0: none was. */
  readonly batchBytes: number;
  readonly bytesPerSecond: number;
}

/** The longest batch, without a limit and with one. */
const BATCH_BYTES = 512 * 1024;
const BATCH_SECONDS = 0.01;

type Bandwidth = "max-bandwidth" | "max-postcopy-bandwidth";

/** The limits of the first migration, in order. */
export function limitsOf(history: History): readonly Limit[] {
  const changes = statusesOf(history, 1, "source");
  const precopy = valuesOf(history, "max-bandwidth");
  const postcopy = valuesOf(history, "max-postcopy-bandwidth");
  const moments = [
    ...changes.map(({ timeUs }) => timeUs),
    ...[...precopy, ...postcopy].map(startOf),
  ];
  return [...new Set(moments)].toSorted((a, b) => a - b).map((fromUs) => {
    const index = changes.findLastIndex(({ timeUs }) => timeUs <= fromUs);
    const bytesPerSecond = isUnlimited(changes, index)
      ? Infinity
      : isPostcopy(changes[index]?.status ?? "none")
      ? valueAt(postcopy, fromUs)
      : valueAt(precopy, fromUs);
    const changed = [...precopy, ...postcopy].filter((value) => value.fromUs === fromUs);
    const batchBytes = Math.max(0, ...changed.map((value) => value.batchBytes));
    return { fromUs, batchBytes, bytesPerSecond };
  });
}

/** What the limits let through in a stretch of time. */
export interface Allowance {
  readonly bytes: number;
  /** The highest limit of that time. */
  readonly highest: number;
  /** What batches may have besides that were made before limits were changed. */
  readonly batchBytes: number;
}

/** How long after a change a batch may come that was made before it. */
const CHANGE_US = 400_000;

/** What limits let through in a stretch of time. @param stuckUs since when nothing had moved at its begin: what is under way is so old. */
export function allowedIn(
  limits: readonly Limit[],
  [fromUs, toUs]: Span,
  stuckUs: number,
): Allowance {
  let [bytes, highest, batchBytes] = [0, 0, 0];
  for (const [index, limit] of limits.entries()) {
    if (limit.fromUs > stuckUs - CHANGE_US && limit.fromUs < toUs) batchBytes += limit.batchBytes;
    const start = Math.max(fromUs, limit.fromUs);
    const end = Math.min(toUs, limits[index + 1]?.fromUs ?? Infinity);
    if (start > end) continue;
    highest = Math.max(highest, limit.bytesPerSecond);
    if (start < end) bytes += limit.bytesPerSecond * (end - start) / 1e6;
  }
  return { bytes, highest, batchBytes };
}

/** The switch of a precopy sends what is left with the guest stopped; that of a postcopy sends no page. */
function isUnlimited(changes: readonly StatusChange[], index: number): boolean {
  const SWITCHING: readonly MigrationStatus[] = ["pre-switchover", "device"];
  if (index < 0 || !SWITCHING.includes(changes[index]!.status)) return false;
  const next = changes.slice(index).find(({ status }) => !SWITCHING.includes(status));
  return next?.status !== "postcopy-active";
}

function valuesOf({ plan, commands }: History, parameter: Bandwidth): readonly Limit[] {
  const values: Limit[] = [{
    fromUs: 0,
    batchBytes: 0,
    bytesPerSecond: rateOf(plan.parameters[parameter]),
  }];
  for (const record of commands) {
    const { command, engine, migration, error, askedUs, answeredUs } = record;
    if (command !== "migrate-set-parameters" || engine !== "source" || migration !== 1) continue;
    const value = (record.arguments as ParameterChanges)[parameter];
    if (value === undefined || error !== null) continue;
    const after = rateOf(value);
    const before = values.at(-1)!.bytesPerSecond;
    const batchBytes = Math.min(BATCH_BYTES, PAGE_SIZE + before * BATCH_SECONDS);
    values.push({ fromUs: askedUs, batchBytes, bytesPerSecond: Math.max(before, after) });
    if (answeredUs !== null) {
      values.push({ fromUs: answeredUs, batchBytes, bytesPerSecond: after });
    }
  }
  return values;
}

function valueAt(values: readonly Limit[], timeUs: number): number {
  return values.findLast(({ fromUs }) => fromUs <= timeUs)!.bytesPerSecond;
}

function startOf({ fromUs }: Limit): number {
  return fromUs;
}

function rateOf(parameter: MigrationParameters[Bandwidth]): number {
  return parameter === 0 ? Infinity : parameter;
}
