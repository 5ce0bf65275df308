/**
 * What a process of ours leaves behind, seen from outside: everything that it starts has its folder for temporary files.
 *
 * @module
 */

/** Processes that were started with this folder for their temporary files, by what the kernel knows; empty: none. */
export async function processesOf(folder: string): Promise<string> {
  const script = `grep -slz "^TMPDIR=${folder}$" /proc/[0-9]*/environ`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  return new TextDecoder().decode(stdout);
}
