/**
 * Plans that are simpler than one by one thing: fewer pages, a default in place of an odd setting, a round number in place of another.
 *
 * Numbers are found by walking through the plan as JSON, so that a new parameter of a new fault is simplified from the day it is there.
 * What comes out of the schema's bounds is left out.
 *
 * @module
 */

import { CAPABILITIES } from "../../lib/qapi/capabilities.ts";
import { PLAN, type Plan } from "../plan.ts";
import { pagesOf } from "../setting.ts";

/** One way to make a plan simpler; the same plan where there is nothing to do. */
type Step = (plan: Plan) => Plan;

const CALM_LINK = { latencyUs: 30, bytesPerSecond: null, bufferBytes: 4 << 20 } as const;

const STEPS: readonly Step[] = [
  (plan) => ({ ...plan, blocks: [{ name: "ram", pages: pagesOf(plan) }] }),
  ...[2, 4, 8, 16, 32, 64, 128].map((pages): Step => (plan) =>
    pages < pagesOf(plan) ? { ...plan, blocks: [{ name: "ram", pages }] } : plan
  ),
  ...[1, 2].map((vcpus): Step => (plan) =>
    vcpus < plan.guest.vcpus ? { ...plan, guest: { ...plan.guest, vcpus } } : plan
  ),
  (plan) => ({ ...plan, guest: { ...plan.guest, workload: { kind: "sequential" } } }),
  (plan) => ({ ...plan, guest: { ...plan.guest, fill: "pattern" } }),
  (plan) => ({ ...plan, link: CALM_LINK }),
  (plan) => ({ ...plan, yieldsWhenReady: false }),
  ...(["max-bandwidth", "max-postcopy-bandwidth"] as const).map((limit): Step => (plan) => ({
    ...plan,
    parameters: { ...plan.parameters, [limit]: 0 },
  })),
  ...CAPABILITIES.map((dropped): Step => (plan) => ({
    ...plan,
    // What belongs to postcopy goes with it.
    capabilities: plan.capabilities.filter((name) =>
      name !== dropped && !(dropped === "postcopy-ram" && name.startsWith("postcopy-"))
    ),
  })),
];

/** What is simpler than any other number of a fault; elsewhere a number that is too small asks for what nobody does. */
const SMALL = [0, 1] as const;

/** What other steps make simpler, or nothing can: its chance, and the shape of its memory. */
const KEPT = new Set(["seed", "blocks", "link"]);

/** Steps by which a plan may become simpler, each from the plan as it is when it is its turn. */
export function simplerSteps(plan: Plan): readonly Step[] {
  return [...STEPS, ...numbersIn(plan).map(({ path, value }) => stepTo(path, value))];
}

/** Whether a plan is one, and another than `before`. */
export function isNewPlan(plan: Plan, before: Plan): boolean {
  return JSON.stringify(plan) !== JSON.stringify(before) && PLAN.safeParse(plan).success;
}

type Path = readonly (string | number)[];

interface Proposal {
  readonly path: Path;
  readonly value: number;
}

/** Every number that is not simple yet, with each simpler one, the simplest first. */
function numbersIn(value: unknown, path: Path = []): Proposal[] {
  if (typeof value === "number") {
    if (SMALL.some((small) => small === value)) return [];
    const simpler = [...path[0] === "faults" ? SMALL : [], roundNumber(value)];
    return simpler.filter((one) => one !== value).map((one) => ({ path, value: one }));
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value)
    .filter(([name]) => path.length > 0 || !KEPT.has(name))
    .flatMap(([name, member]) =>
      numbersIn(member, [...path, Array.isArray(value) ? Number(name) : name])
    );
}

/**
 * A number's first digit, and zeros: 0.9417 becomes 0.9, 73521 becomes 70000.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([73521, 0.9417, 8, 0].map(roundNumber), [70000, 0.9, 8, 0]);
 * ```
 */
export function roundNumber(value: number): number {
  return Number(value.toPrecision(1));
}

function stepTo(path: Path, value: number): Step {
  return (plan) => replaceAt(plan, path, value) as Plan;
}

/** A copy of `whole` with `value` at a path; the same where the path leads nowhere any more. */
function replaceAt(whole: unknown, path: Path, value: number): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return typeof whole === "number" ? value : whole;
  if (Array.isArray(whole)) {
    return whole.map((member, index) => index === name ? replaceAt(member, rest, value) : member);
  }
  if (typeof whole !== "object" || whole === null || !Object.hasOwn(whole, name)) return whole;
  const members = whole as Record<string, unknown>;
  return { ...members, [name]: replaceAt(members[name], rest, value) };
}
