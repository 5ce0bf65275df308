/**
 * Unmeasured runs before the measured ones. An engine of JavaScript is slow in its first second: each function is parsed, interpreted,
 * and compiled only once it has run often, on the cores and in the middle of what would be measured. A process that lives for days
 * pays that once, QEMU's compiler paid it before the release; so what is measured is warm code.
 *
 * @module
 */

import type { WarmUp } from "./scenario.ts";

/**
 * Does `run` with each arm in turn, whole rounds, until as much time has passed as is asked for.
 *
 * @param run resolves with whether to go on.
 */
export async function warmUp<A>(
  { arms, forUs }: Pick<WarmUp, "forUs"> & { readonly arms: readonly A[] },
  run: (arm: A) => Promise<boolean>,
): Promise<void> {
  const endMs = performance.now() + forUs / 1000;
  do {
    for (const arm of arms) if (!await run(arm)) return;
  } while (performance.now() < endMs);
}
