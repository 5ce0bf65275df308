/**
 * Scales of the charts, by d3-scale, with the ticks that fit them.
 *
 * @module
 */

// @ts-types="@types/d3-scale"
import { scaleLinear, scaleLog } from "d3-scale";

/** A mark on an axis. */
export interface Tick {
  readonly at: number;
  readonly value: number;
}

/** An axis: where a value stands, and its marks. */
export interface Axis {
  (value: number): number;
  readonly ticks: readonly Tick[];
}

/** A logarithmic axis over whole decades that hold all of `values`. What is not above `least` stands where `least` does. */
export function logAxis(
  values: readonly number[],
  range: readonly [number, number],
  least: number,
): Axis {
  const inside = values.map((value) => Math.max(value, least));
  const low = 10 ** Math.floor(Math.log10(Math.min(...inside)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...inside, low * 10)));
  const scale = scaleLog().domain([low, high]).range([...range]).clamp(true);
  const decades = Array.from(
    { length: Math.round(Math.log10(high / low)) + 1 },
    (_, decade) => low * 10 ** decade,
  );
  return Object.assign((value: number) => scale(Math.max(value, least)), {
    ticks: decades.map((value) => ({ at: scale(value), value })),
  });
}

/** A linear axis from `domain[0]` to `domain[1]`. */
export function linearAxis(
  domain: readonly [number, number],
  range: readonly [number, number],
): Axis {
  const scale = scaleLinear().domain([...domain]).range([...range]).clamp(true);
  return Object.assign((value: number) => scale(value), {
    ticks: scale.ticks(5).map((value) => ({ at: scale(value), value })),
  });
}
