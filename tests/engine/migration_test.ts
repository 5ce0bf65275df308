import { assertEquals, assertNotEquals } from "@std/assert";
import { startVirtualEngine } from "../../lib/pair/virtual_engine.ts";
import { PREEMPT_CONNECT_POLICIES } from "../../lib/qapi/parameters.ts";
import { verifyRam } from "../../lib/ram/expected_ram.ts";
import { runTraced } from "./trace_script.ts";
import {
  assertArrived,
  enterPostcopy,
  GUEST,
  migrate,
  pauseBoth,
  recover,
  runPair,
  setCapabilities,
  setPreempt,
  statusesOf,
  waitForStatus,
} from "./virtual_run.ts";

const PRECOPY = ["setup", "active", "device", "completed"] as const;

Deno.test("migrate() moves a running guest by precopy alone", async () => {
  await runPair(async (operator) => {
    await setCapabilities(operator, "return-path");
    await migrate(operator);
    await assertArrived(operator);
    assertEquals(statusesOf(operator.pair.source), [...PRECOPY]);
    assertEquals(statusesOf(operator.pair.destination), ["setup", "active", "completed"]);
  });
});

Deno.test("migrate() completes without a return path", async () => {
  await runPair(async (operator) => {
    await migrate(operator);
    await assertArrived(operator);
  });
});

for (const policy of PREEMPT_CONNECT_POLICIES) {
  Deno.test(`postcopyStart() moves the guest while pages follow, policy ${policy}`, async () => {
    await runPair(async (operator) => {
      await setPreempt(operator, policy);
      await enterPostcopy(operator);
      await assertArrived(operator);
      const { source, destination } = operator.pair;
      assertEquals(statusesOf(source), [
        "setup",
        "active",
        "device",
        "postcopy-active",
        "completed",
      ]);
      assertEquals(statusesOf(destination), ["setup", "active", "postcopy-active", "completed"]);
      const requests = await destination.qmp.execute("x-query-page-requests");
      const placed = requests.entries.filter(({ event }) => event === "placed");
      assertEquals(placed.some(({ channel }) => channel === "preempt"), true);
    });
  });

  Deno.test(`postcopyRecover() goes on after a cut, three times, policy ${policy}`, async () => {
    await runPair(async (operator) => {
      await setPreempt(operator, policy);
      await enterPostcopy(operator);
      for (let phase = 1; phase <= 3; phase++) {
        await operator.world.clock.sleep(20_000);
        await pauseBoth(operator);
        await recover(operator, phase);
        await waitForStatus(operator, "source", "postcopy-active");
      }
      await assertArrived(operator);
    });
  });
}

Deno.test("postcopyStart() serves requests on the main channel when preempt is off", async () => {
  await runPair(async (operator) => {
    await setCapabilities(operator, "postcopy-ram");
    await operator.pair.source.qmp.execute("migrate-set-parameters", {
      "max-bandwidth": 2_000_000,
      "max-postcopy-bandwidth": 4_000_000,
    });
    await enterPostcopy(operator);
    await assertArrived(operator);
    const { entries } = await operator.pair.destination.qmp.execute("x-query-page-requests");
    const placed = entries.filter(({ event }) => event === "placed");
    assertEquals(placed.length > 0 && placed.every(({ channel }) => channel === "main"), true);
  });
});

Deno.test("a migration moves several RAM blocks, some of fewer pages than a byte has bits", async () => {
  const ram = [
    { name: "ram", bytes: 1 << 20 },
    { name: "vga.vram", bytes: 3 * 4096 },
    { name: "rom", bytes: 33 * 4096 },
  ];
  await runPair(async (operator) => {
    await setPreempt(operator);
    await enterPostcopy(operator);
    await pauseBoth(operator);
    await recover(operator, 1);
    await assertArrived(operator);
  }, { pair: { ram } });
});

for (const workload of ["uniform", "sequential"] as const) {
  Deno.test(`a guest with workload ${workload} arrives whole`, async () => {
    const guest = { ...GUEST, workload: { kind: workload }, touchesPerSecond: 2000 };
    await runPair(async (operator) => {
      await setPreempt(operator);
      await enterPostcopy(operator);
      await assertArrived(operator);
    }, { pair: { guest } });
  });
}

Deno.test("a guest of zero pages arrives whole, and its pages travel as ZERO records", async () => {
  await runPair(async (operator) => {
    await setCapabilities(operator, "return-path");
    await migrate(operator);
    await assertArrived(operator);
    const { ram } = await operator.pair.source.qmp.execute("query-migrate");
    assertEquals(ram!.duplicate > ram!.normal, true);
  }, { pair: { guest: { ...GUEST, fill: "zero" } } });
});

Deno.test("pause-before-switchover stops the guest and waits for migrate-continue", async () => {
  await runPair(async (operator) => {
    await setCapabilities(operator, "return-path", "pause-before-switchover");
    await migrate(operator);
    await waitForStatus(operator, "source", "pre-switchover");
    const { qmp } = operator.pair.source;
    assertEquals((await qmp.execute("query-status")).status, "finish-migrate");
    await operator.world.clock.sleep(1_000_000);
    await waitForStatus(operator, "source", "pre-switchover");
    await qmp.execute("migrate-continue", { state: "pre-switchover" });
    await assertArrived(operator);
  });
});

Deno.test("a destination becomes a source: the guest migrates on to a third engine", async () => {
  await runPair(async (operator) => {
    await setPreempt(operator);
    await enterPostcopy(operator);
    await assertArrived(operator);
    const third = await startVirtualEngine({
      simulation: operator.simulation,
      name: "third",
      operator: operator.world,
      ram: [{ name: "ram", bytes: 2 << 20 }],
      guest: GUEST,
      incoming: true,
    });
    const middle = operator.pair.destination;
    const capabilities = (["postcopy-ram", "postcopy-preempt"] as const)
      .map((capability) => ({ capability, state: true }));
    await third.qmp.execute("migrate-set-capabilities", { capabilities });
    await middle.qmp.execute("migrate-set-parameters", { "max-bandwidth": 2_000_000 });
    await middle.qmp.execute("cont");
    await third.qmp.execute("migrate-incoming", { uri: "unix:/third/migration" });
    await middle.qmp.execute("migrate", { uri: "unix:/third/migration" });
    await middle.qmp.execute("migrate-start-postcopy");
    for (let waited = 0; waited < 60_000_000; waited += 1000) {
      if ((await third.qmp.execute("query-migrate")).status === "completed") break;
      await operator.world.clock.sleep(1000);
    }
    await third.qmp.execute("stop");
    assertEquals(verifyRam(GUEST, third.ram.memory), null);
    await third.close();
  });
});

Deno.test("the same seed gives the same trace hash, whichever way the scheduler drains", async () => {
  const first = await runTraced();
  assertEquals(await runTraced(), first);
  assertEquals(await runTraced({ drain: "set-immediate" }), first);
});

Deno.test("another seed gives another trace hash", async () => {
  assertNotEquals((await runTraced({ seed: 2 })).traceHash, (await runTraced()).traceHash);
});

Deno.test("the same seed gives the same trace hash in another process", async () => {
  const script = new URL("./trace_script.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), { args: ["run", "--no-prompt", script] });
  const { stdout } = await child.output();
  const { traceHash, nowUs } = await runTraced();
  assertEquals(new TextDecoder().decode(stdout), `${traceHash} ${nowUs}`);
});
