/**
 * The job of GitHub Actions that we may run in.
 *
 * @module
 */

/** Adds Markdown to the job's summary; elsewhere nothing happens. */
export async function appendSummary(render: () => string): Promise<void> {
  const file = Deno.env.get("GITHUB_STEP_SUMMARY") || null;
  if (file !== null) await Deno.writeTextFile(file, render(), { append: true });
}

/** Whether somebody reads workflow commands on stdout. */
export function isAnnotated(): boolean {
  return Deno.env.get("GITHUB_ACTIONS") === "true";
}
