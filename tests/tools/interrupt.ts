/**
 * Interrupts a process as somebody at its terminal would, a while after it has begun to work: a fixed time after its start is before that
 * on a machine that is busy.
 *
 * @module
 */

/** How an interrupted process ended, and what it said. */
export interface Interrupted {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Sends SIGINT to a process, and waits for its end.
 *
 * @param command One whose stdout and stderr are piped, and that says on stderr that it has begun.
 * @param afterMs How long after it has said so.
 */
export async function interrupt(command: Deno.Command, afterMs: number): Promise<Interrupted> {
  const child = command.spawn();
  const stdout = new Response(child.stdout).text();
  const [begun, stderr] = child.stderr.tee();
  const said = new Response(stderr).text();
  const reader = begun.getReader();
  await reader.read();
  const timer = setTimeout(() => child.kill("SIGINT"), afterMs);
  while (!(await reader.read()).done);
  clearTimeout(timer);
  const { code } = await child.status;
  return { code, stdout: await stdout, stderr: await said };
}
