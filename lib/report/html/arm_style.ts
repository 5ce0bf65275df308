/**
 * How arms are told apart in charts: what varies first gets a colour, what varies second a dash, so that two arms that have a value in
 * common look alike in it. Names stand beside, since a colour alone says nothing to some.
 *
 * @module
 */

import type { Arm } from "../arm.ts";

/** A look. */
export interface ArmStyle {
  /** Number of a colour in the style sheet, from 0. */
  readonly color: number;
  /** For `stroke-dasharray`; "" is a whole line. */
  readonly dash: string;
}

/** Colours in the style sheet. */
const COLORS = 6;
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "1 5", "12 4"];

/** The looks of a scenario's arms, in their order. */
export function styleArms(arms: readonly Arm[]): ArmStyle[] {
  const axes = [...new Set(arms.flatMap((arm) => Object.keys(arm)))].map((axis) => ({
    axis,
    values: [...new Set(arms.map((arm) => arm[axis]))],
  })).filter(({ values }) => values.length > 1);
  const [first, ...others] = axes;
  return arms.map((arm) => {
    const color = first === undefined ? 0 : first.values.indexOf(arm[first.axis]);
    const dash = others.reduce(
      (number, { axis, values }) => number * values.length + values.indexOf(arm[axis]),
      0,
    );
    return { color: color % COLORS, dash: DASHES[dash % DASHES.length]! };
  });
}
