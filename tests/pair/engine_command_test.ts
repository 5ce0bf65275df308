/**
 * Engines as processes of their own, which only QMP and signals reach: `deno task engine`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { isEvent } from "../../lib/qapi/events.ts";
import { isTerminal, type MigrationStatus } from "../../lib/qapi/migration_status.ts";
import { connectQmp, type QmpClient } from "../../lib/qmp/qmp_client.ts";
import type { Address } from "../../lib/world/address.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { FullListener } from "../world/full_listener.ts";

const ROOT = new URL("../../", import.meta.url);

/** How long a status may take, in microseconds: far longer than any does, since a loaded machine is slow. */
const TIMEOUT_US = 60_000_000;

/** So slow that no migration of these tests ends by itself. */
const SLOW = { "max-bandwidth": 150_000, "max-postcopy-bandwidth": 150_000 };

/** One engine process and its operator's connection. */
interface EngineProcess {
  readonly process: Deno.ChildProcess;
  readonly qmp: QmpClient;
}

/** What a test works with. */
interface Bed {
  readonly folder: string;
  /** Starts an engine that serves QMP at `NAME.qmp` in the folder. */
  start(name: string, ...args: readonly string[]): Promise<EngineProcess>;
}

/** Gives `body` a folder, and ends whatever it leaves running. */
async function withBed(body: (bed: Bed) => Promise<void>): Promise<void> {
  await using ground = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "faultline-" });
  ground.defer(() => Deno.remove(folder, { recursive: true }));
  const world = openRealtimeWorld({ seed: 1 });
  ground.defer(() => world.close());
  await body({
    folder,
    start: async (name, ...args) => {
      const address: Address = { kind: "unix", path: `${folder}/${name}.qmp` };
      const process = spawnEngine(["--qmp", `unix:${address.path}`, ...args]);
      ground.defer(() => kill(process));
      return { process, qmp: await connectWhenReady(process, world, address, ground) };
    },
  });
}

/** Starts an engine as the task of deno.json does. */
function spawnEngine(args: readonly string[]): Deno.ChildProcess {
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
  const [, ...command] = tasks.engine.command.split(" ");
  return new Deno.Command(Deno.execPath(), {
    args: [...command, "--ram", "2M", "--guest", "vcpus=2,touches=200", ...args],
    cwd: ROOT,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

async function connectWhenReady(
  process: Deno.ChildProcess,
  world: RealtimeWorld,
  address: Address,
  ground: AsyncDisposableStack,
): Promise<QmpClient> {
  // Its one sentence says that it serves QMP.
  const reader = process.stderr.getReader();
  await reader.read();
  ground.defer(() => reader.cancel());
  const qmp = await connectQmp(world, address);
  ground.defer(() => qmp.close());
  const capabilities = (["events", "postcopy-ram", "postcopy-preempt"] as const)
    .map((capability) => ({ capability, state: true }));
  await qmp.execute("migrate-set-capabilities", { capabilities });
  return qmp;
}

/** Kills a process that may have ended. */
async function kill(process: Deno.ChildProcess): Promise<void> {
  try {
    process.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  await process.status;
}

/** Waits for a status; fails when the migration ends in another one. */
async function reach(qmp: QmpClient, wanted: MigrationStatus): Promise<void> {
  const event = await qmp.waitForEvent(
    (one) =>
      isEvent(one, "MIGRATION") && (one.data.status === wanted || isTerminal(one.data.status)),
    { timeoutUs: TIMEOUT_US },
  );
  assertEquals(event?.data["status"], wanted);
}

/** Whether QMP answers for as long as a loop that is not held needs many times over. */
async function answers(qmp: QmpClient): Promise<boolean> {
  let answered = false;
  qmp.execute("query-status").then(() => answered = true, () => {});
  await delay(200);
  return answered;
}

/** Two engines, between which a migration is in postcopy. */
async function startPostcopy(bed: Bed): Promise<{
  readonly source: EngineProcess;
  readonly destination: EngineProcess;
}> {
  const uri = `unix:${bed.folder}/migration`;
  const source = await bed.start("source");
  const destination = await bed.start("destination", "--incoming", "defer");
  await destination.qmp.execute("migrate-incoming", { uri });
  await source.qmp.execute("migrate-set-parameters", SLOW);
  await source.qmp.execute("migrate", { uri });
  await reach(source.qmp, "active");
  await source.qmp.execute("migrate-start-postcopy");
  await reach(source.qmp, "postcopy-active");
  await reach(destination.qmp, "postcopy-active");
  return { source, destination };
}

Deno.test("deno task engine: two processes migrate a guest under QMP, and quit leaves nothing", () =>
  withBed(async (bed) => {
    const { source, destination } = await startPostcopy(bed);
    await source.qmp.execute("migrate-set-parameters", { "max-postcopy-bandwidth": 0 });
    await reach(source.qmp, "completed");
    await reach(destination.qmp, "completed");
    assertEquals((await source.qmp.execute("query-status")).status, "postmigrate");
    assertEquals((await destination.qmp.execute("query-status")).status, "running");
    assertEquals((await destination.qmp.execute("x-query-guest")).violations, []);
    for (const { process, qmp } of [source, destination]) {
      await qmp.execute("quit");
      assertEquals((await process.status).code, 0);
    }
    assertEquals([...Deno.readDirSync(bed.folder)], []);
  }));

Deno.test("deno task engine: a source whose destination is killed in postcopy pauses, and quits when told to", () =>
  withBed(async (bed) => {
    const { source, destination } = await startPostcopy(bed);
    await kill(destination.process);
    await reach(source.qmp, "postcopy-paused");
    assertEquals((await source.qmp.execute("query-status")).running, false);
    await source.qmp.execute("quit");
    assertEquals((await source.process.status).code, 0);
  }));

Deno.test("deno task engine: Ctrl-C ends both sides of a migration with 130 and removes their sockets", () =>
  withBed(async (bed) => {
    const { source, destination } = await startPostcopy(bed);
    source.process.kill("SIGINT");
    assertEquals((await source.process.status).code, 130);
    await reach(destination.qmp, "postcopy-paused");
    destination.process.kill("SIGINT");
    assertEquals((await destination.process.status).code, 130);
    assertEquals([...Deno.readDirSync(bed.folder)], []);
  }));

Deno.test("deno task engine: Ctrl-C ends an engine whose main loop a connect holds", () =>
  withBed(async (bed) => {
    using foreign = new FullListener(`${bed.folder}/foreign.sock`, { placeTaken: false });
    const { process, qmp } = await bed.start("source");
    await qmp.execute("migrate-set-parameters", { ...SLOW, "x-preempt-connect": "blocking" });
    await qmp.execute("migrate", { uri: `unix:${foreign.path}` });
    while (await answers(qmp)) await reach(qmp, "setup");
    process.kill("SIGINT");
    assertEquals((await process.status).code, 130);
  }));
