/**
 * Runs the session of two engines that the README shows, to the letter: the command lines, then each command of QMP. Only the folder
 * of the sockets is another one.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { CommandName } from "../lib/qapi/commands.ts";
import { isEvent } from "../lib/qapi/events.ts";
import type { GuestInfo } from "../lib/qapi/guest_info.ts";
import { isTerminal, type MigrationStatus, type Side } from "../lib/qapi/migration_status.ts";
import { connectQmp, type QmpClient } from "../lib/qmp/qmp_client.ts";
import { parseAddress } from "../lib/world/address.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../lib/world/realtime/realtime_world.ts";
import { codeUnder } from "./tools/markdown.ts";

const ROOT = new URL("../", import.meta.url);
/** How long a step may take, in microseconds: far longer than any takes, since a loaded machine is slow. */
const TIMEOUT_US = 60_000_000;

/** The status that both sides come to after a block that ends with this command, as the README says. */
const STATUS_AFTER: Readonly<Record<string, MigrationStatus>> = {
  "migrate-start-postcopy": "postcopy-active",
  "migrate-pause": "postcopy-paused",
  "migrate": "completed",
};

/** What one line of a block says. */
interface Line {
  readonly execute: CommandName;
  readonly arguments?: Record<string, never>;
}

/** One engine process and its operator's connection. */
interface RunningEngine {
  readonly process: Deno.ChildProcess;
  readonly qmp: QmpClient;
}

Deno.test("the README's session of two engines goes as it says", async () => {
  const folder = await Deno.makeTempDir({ prefix: "faultline-readme-" });
  const readme = Deno.readTextFileSync(new URL("README.md", ROOT))
    .replaceAll("/tmp/", `${folder}/`);
  const [start, ...blocks] = codeUnder(readme, "An engine by itself");
  await using ground = new AsyncDisposableStack();
  ground.defer(() => Deno.remove(folder, { recursive: true }));
  const world = openRealtimeWorld({ seed: 1 });
  ground.defer(() => world.close());
  const [source, destination] = await Promise.all(
    start!.lines.map((line) => startEngine(line, world, ground)),
  );
  const engines: Readonly<Record<Side, RunningEngine>> = {
    source: source!,
    destination: destination!,
  };
  for (const { info, lines } of blocks) {
    const side = info.split(" ")[1] as Side;
    const last = await runBlock(engines[side].qmp, lines);
    const status = STATUS_AFTER[last];
    if (status === undefined) continue;
    await reach(engines.source.qmp, status);
    await reach(engines.destination.qmp, status);
  }
  assertEquals((await engines.source.process.status).code, 0);
  assertEquals((await engines.destination.process.status).code, 0);
  assertEquals(Array.from(Deno.readDirSync(folder)), [], "something was left behind");
});

/** Starts what a line says, as the task of deno.json does. */
async function startEngine(
  line: string,
  world: RealtimeWorld,
  ground: AsyncDisposableStack,
): Promise<RunningEngine> {
  const [deno, task, engine, ...args] = line.split(" ");
  assertEquals([deno, task, engine], ["deno", "task", "engine"]);
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
  const [, ...command] = tasks.engine.command.split(" ");
  const process = new Deno.Command(Deno.execPath(), {
    args: [...command, ...args],
    cwd: ROOT,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  ground.defer(() => end(process));
  // Its only sentence says that it serves QMP.
  const reader = process.stderr.getReader();
  await reader.read();
  ground.defer(() => reader.cancel());
  const address = args[args.indexOf("--qmp") + 1]!;
  const qmp = await connectQmp(world, parseAddress(address));
  ground.defer(() => qmp.close());
  return { process, qmp };
}

/** Ends a process that may have ended. */
async function end(process: Deno.ChildProcess): Promise<void> {
  try {
    process.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  await process.status;
}

/** Gives the commands of a block, of which none may be refused. Returns the last one. */
async function runBlock(qmp: QmpClient, lines: readonly string[]): Promise<string> {
  const commands = lines.map((line): Line => JSON.parse(line));
  for (const { execute, arguments: args } of commands) {
    // The negotiation is the first thing that a client of ours does.
    if (execute === "qmp_capabilities") continue;
    const answer = await qmp.execute(execute, args);
    if (execute === "x-query-guest") {
      assertEquals((answer as GuestInfo)["violation-count"], 0);
      assert((answer as GuestInfo).vcpus.every(({ steps }) => steps > 0));
    }
  }
  return commands.at(-1)!.execute;
}

/** Waits for a status; fails when the migration ends in another one. */
async function reach(qmp: QmpClient, wanted: MigrationStatus): Promise<void> {
  const event = await qmp.waitForEvent(
    (one) =>
      isEvent(one, "MIGRATION") && (one.data.status === wanted || isTerminal(one.data.status)),
    { timeoutUs: TIMEOUT_US },
  );
  assertEquals(event?.data.status, wanted);
}
