/**
 * The permissions of `deno task chaos`, as `deno.json` has them.
 *
 * @module
 */

const { tasks } = JSON.parse(
  Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)),
);

/** `--allow-...` of the task. */
export const PERMISSIONS: readonly string[] = tasks.chaos.command.match(/--allow-\S+/g);
