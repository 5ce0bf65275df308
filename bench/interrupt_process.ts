/**
 * Ends a process of ours as Ctrl-C would, so that it cleans up.
 *
 * @module
 */

/** Sends SIGINT, unless the process has ended already. From a terminal Ctrl-C reaches it as well; asked twice it does the same. */
export function interruptProcess(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGINT");
  } catch (error) {
    // It has ended just now.
    if (!(error instanceof TypeError)) throw error;
  }
}
