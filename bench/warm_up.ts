/**
 * Unmeasured runs before the measured ones. An engine of JavaScript is slow in its first second: each function is parsed, interpreted,
 * and compiled only once it has run often, on the cores and in the middle of what would be measured. A process that lives for days
 * pays that once, QEMU's compiler paid it before the release; so what is measured is warm code.
 *
 * @module
 */

import { EMBEDDED_PAIR, type EngineChoices } from "../lib/pair/pair.ts";
import type { WarmUp } from "./scenario.ts";

/** Whether there is anything to be warmed up: a QEMU is warm when it starts. */
export function hasEmbeddedSide({ source, destination }: EngineChoices = EMBEDDED_PAIR): boolean {
  return source.kind === "embedded" || destination.kind === "embedded";
}

/**
 * Does `run` with each arm in turn, whole rounds, until as much time has passed as is asked for.
 *
 * @param run resolves with whether to go on.
 */
export async function warmUp<A>(
  { arms, forUs }: Pick<WarmUp, "forUs"> & { readonly arms: readonly A[] },
  run: (arm: A) => Promise<boolean>,
): Promise<void> {
  if (arms.length === 0) return;
  const endMs = performance.now() + forUs / 1000;
  do {
    for (const arm of arms) if (!await run(arm)) return;
  } while (performance.now() < endMs);
}
