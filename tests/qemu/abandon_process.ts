/**
 * Starts a process that would outlive this one, says its id, and waits to be killed.
 *
 *     deno run --allow-run --allow-read abandon_process.ts ERROR_PATH
 *
 * @module
 */

import { TiedProcess } from "../../lib/qemu/tied_process.ts";

const [errorPath = ""] = Deno.args;
const abandoned = new TiedProcess("sleep", { args: ["300"], errorPath });
await Deno.stdout.write(new TextEncoder().encode(`${abandoned.pid}\n`));
await abandoned.waitUntilEnded();
