/**
 * QEMUs that somebody else started, here the test: the bench drives and measures them, and they live on.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PERMISSIONS } from "../../bench/run_isolated.ts";
import { QemuProcess } from "../../lib/qemu/qemu_process.ts";
import type { QemuMachine } from "../../lib/qemu/qemu_machine.ts";
import { parseResult } from "../../lib/report/result.ts";
import { formatAddress } from "../../lib/world/address.ts";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { ARRIVE, ENTER_POSTCOPY, scenarioYaml, stepsYaml } from "../bench/scenario_yaml.ts";
import { testWithQemu } from "./test_with_qemu.ts";

const ANY_RELEASE = { need: "any-postcopy" } as const;

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** No page of it is zero, so that a migration takes a while. */
const RAM_BYTES = 8 << 20;

/** A source and a destination of the test's own, and a folder. */
interface Theirs {
  readonly source: QemuProcess;
  readonly destination: QemuProcess;
  readonly folder: string;
}

/** Runs `body` with a pair, and holds that both of it are alive when it has ended. */
async function withTheirs(body: (theirs: Theirs) => Promise<void>): Promise<void> {
  await using resources = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "faultline-" });
  resources.defer(() => Deno.remove(folder, { recursive: true }));
  const operator = openRealtimeWorld({ seed: 1 });
  resources.defer(() => operator.close());
  const start = async (name: string, machine: QemuMachine) => {
    const extraArguments = ["-qmp", `unix:${folder}/${name}.qmp,server=on,wait=off`];
    const incoming = machine.kind === "none" && machine.memory === undefined;
    const options = { operator, ramBytes: RAM_BYTES, machine, incoming, extraArguments };
    return resources.use(await QemuProcess.start(options));
  };
  const theirs = {
    source: await start("source", { kind: "none", memory: new Uint8Array(RAM_BYTES).fill(1) }),
    destination: await start("destination", { kind: "none" }),
    folder,
  };
  await body(theirs);
  for (const { end, qmp } of [theirs.source, theirs.destination]) {
    assertEquals(end, null);
    assertEquals((await qmp.execute("query-version")).qemu, qmp.version.qemu);
  }
}

/** Starts the bench on a pair. */
async function startBench(
  { source, destination, folder }: Theirs,
  steps: readonly string[],
): Promise<Deno.ChildProcess> {
  await Deno.writeTextFile(
    `${folder}/scenario.yaml`,
    scenarioYaml({ steps: stepsYaml(...steps) }),
  );
  const attach = [
    ...["--attach-source", `${formatAddress(source.qmpAddress)},unix:${folder}/source.qmp`],
    ...["--attach-destination", formatAddress(destination.qmpAddress)],
  ];
  const options = ["--scenario", `${folder}/scenario.yaml`, "--json", `${folder}/result.json`];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...PERMISSIONS, MAIN, "bench", "--no-floors", ...options, ...attach],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function endOf(child: Deno.ChildProcess): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await child.output();
  return { code, said: [stdout, stderr].map((text) => new TextDecoder().decode(text)).join("\n") };
}

testWithQemu("attached QEMUs are driven and measured, and live on", async () => {
  await withTheirs(async (theirs) => {
    const bench = await startBench(theirs, [...ENTER_POSTCOPY, ...ARRIVE]);
    const { code, said } = await endOf(bench);
    assertEquals(code, 0, said);
    assertStringIncludes(said, "What RAM must hold is not known, so it was not compared.");
    const { folder, destination } = theirs;
    const result = parseResult(await Deno.readTextFile(`${folder}/result.json`), "result.json");
    const [{ outcome, metrics }] = result.runs as [typeof result.runs[number]];
    assertEquals(outcome, {
      source: "completed",
      destination: "completed",
      ram: "absent",
      guest: "destination",
    });
    // The source has a second monitor for the prober, the destination has none.
    assert(metrics["source.qmp.longest-silence-ms"] !== undefined);
    assertEquals(metrics["destination.qmp.longest-silence-ms"], undefined);
    assert((metrics["downtime-ms"] ?? 0) > 0);
    assertEquals((await destination.qmp.execute("query-status")).status, "running");
  });
}, ANY_RELEASE);

testWithQemu("Ctrl-C ends the bench, and neither attached QEMUs nor their migration", async () => {
  await withTheirs(async (theirs) => {
    const steps = [...ENTER_POSTCOPY.slice(0, 3), "{ wait: 60s }"];
    const bench = await startBench(theirs, steps);
    const { qmp } = theirs.source;
    while ((await qmp.execute("query-migrate")).status !== "active") {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    bench.kill("SIGINT");
    const { code, said } = await endOf(bench);
    assertEquals(code, 130, said);
    assertEquals((await qmp.execute("query-migrate")).status, "active");
  });
}, ANY_RELEASE);

testWithQemu(
  "a QEMU that cannot be attached to is named, with what was expected of it",
  async () => {
    await withTheirs(async (theirs) => {
      const { source, destination, folder } = theirs;
      const swapped = await startBench({ source: destination, destination: source, folder }, []);
      const { code, said } = await endOf(swapped);
      assertEquals(code, 3, said);
      const place = `the source at ${formatAddress(destination.qmpAddress)}`;
      assertStringIncludes(
        said,
        `Cannot attach to ${place}: expected a QEMU that has a guest and does not migrate, ` +
          "received one whose guest is inmigrate and whose migration is none",
      );
      assert(source.qmpAddress.kind === "unix");
      await Deno.remove(source.qmpAddress.path);
      const missing = await endOf(await startBench(theirs, []));
      assertEquals(missing.code, 3, missing.said);
      assertStringIncludes(missing.said, "expected QEMU's QMP, received \"Cannot connect to unix:");
    });
  },
  ANY_RELEASE,
);
