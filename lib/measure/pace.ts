/**
 * Open-loop pacing: something is due at intended times, whether or not the last one was answered. The hard thing is to be
 * late without forgetting: every tick that fell due meanwhile is delivered, with the time at which it should have been, so
 * that a stall is seen by all ticks that it delayed (no coordinated omission).
 *
 * @module
 */

import type { Clock } from "../world/world.ts";

/**
 * Calls `onTicks` with the intended times that have fallen due since the last call, every `intervalUs`, until `signal`
 * aborts. The first is due one interval after the call.
 */
export async function pace(
  clock: Clock,
  options: { readonly intervalUs: number; readonly signal: AbortSignal },
  onTicks: (intendedUs: readonly number[], nowUs: number) => void,
): Promise<void> {
  let nextUs = clock.now() + options.intervalUs;
  for (;;) {
    await clock.sleep(nextUs - clock.now(), options.signal);
    if (options.signal.aborted) return;
    const nowUs = clock.now();
    const due: number[] = [];
    for (; nextUs <= nowUs; nextUs += options.intervalUs) due.push(nextUs);
    onTicks(due, nowUs);
  }
}
