/**
 * Generated thresholds.
 *
 * @module
 */

import fc from "fast-check";
import {
  type Factor,
  OPERATORS,
  type Ratio,
  type Selector,
  type Sum,
  type Threshold,
} from "../../bench/expression.ts";
import { type MetricName, METRICS } from "../../lib/measure/metrics.ts";

/** Plain objects, as the parser makes them. */
const PLAIN = { noNullPrototype: true } as const;

const metric = fc.constantFrom(...Object.keys(METRICS) as MetricName[]);
const axis = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
const value = fc.stringMatching(/^[A-Za-z0-9./]([A-Za-z0-9./ -]{0,8}[A-Za-z0-9])?$/);

const selector: fc.Arbitrary<Selector> = fc
  .uniqueArray(fc.tuple(axis, value), { maxLength: 3, selector: ([name]) => name })
  .map((entries) => new Map(entries));

const { sum } = fc.letrec<{ factor: Factor; ratio: Ratio; sum: Sum }>((tie) => ({
  factor: fc.oneof(
    { depthSize: "small" },
    fc.record({ kind: fc.constant("term" as const), metric, selector }, PLAIN),
    fc.record({
      kind: fc.constant("number" as const),
      value: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map(Math.abs),
    }, PLAIN),
    fc.record({
      kind: fc.constant("max" as const),
      of: fc.array(tie("sum"), { minLength: 2, maxLength: 3 }),
    }, PLAIN),
  ),
  ratio: fc.oneof(
    tie("factor"),
    fc.record({ kind: fc.constant("ratio" as const), of: tie("factor"), to: tie("factor") }, PLAIN),
  ),
  sum: fc.oneof(
    tie("ratio"),
    fc.record({
      kind: fc.constant("sum" as const),
      parts: fc.array(tie("ratio"), { minLength: 2, maxLength: 3 }),
    }, PLAIN),
  ),
}));

/** Any expression. */
export const expressions: fc.Arbitrary<Sum> = sum;

/** Any threshold. */
export const thresholds: fc.Arbitrary<Threshold> = fc.record({
  value: sum,
  operator: fc.constantFrom(...OPERATORS),
  limit: sum,
}, PLAIN);
