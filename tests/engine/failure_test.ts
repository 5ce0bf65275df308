import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ConnectCondition } from "../../lib/netem/conditions.ts";
import { PREEMPT_CONNECT_POLICIES } from "../../lib/qapi/parameters.ts";
import { QmpError } from "../../lib/qapi/qmp_error.ts";
import { parseAddress } from "../../lib/world/address.ts";
import {
  assertArrived,
  assertStayed,
  enterPostcopy,
  migrate,
  type Operator,
  pauseBoth,
  preemptConnect,
  recover,
  runPair,
  setCapabilities,
  setPreempt,
  statusesOf,
  waitForStatus,
} from "./virtual_run.ts";

const HANG: ConnectCondition = { kind: "hang" };
const REFUSE: ConnectCondition = { kind: "refuse" };

// -- The failure table of the preempt channel --

for (const policy of PREEMPT_CONNECT_POLICIES) {
  for (const kind of ["refuse", "reset"] as const) {
    const fails = kind === "refuse" ? "fails cleanly" : "pauses, recoverably,";
    Deno.test(`postcopyStart() ${fails} when the preempt connect meets ${kind}, policy ${policy}`, async () => {
      await runPair(async (operator) => {
        await setPreempt(operator, policy);
        await operator.pair.setShim(preemptConnect({ kind }, 0));
        await migrate(operator);
        await waitForStatus(operator, "source", "active");
        await operator.pair.source.qmp.execute("migrate-start-postcopy");
        if (kind === "refuse") {
          await waitForStatus(operator, "source", "failed");
          const { events } = operator.pair.source.qmp;
          assertEquals(events.filter(({ event }) => event === "STOP"), [], "the guest noticed");
          await assertStayed(operator);
        } else {
          await waitForStatus(operator, "source", "postcopy-paused");
          await waitForStatus(operator, "destination", "postcopy-paused");
          await recover(operator, 1);
          await assertArrived(operator);
        }
      });
    });
  }

  Deno.test(`postcopyRecover() pauses again when the preempt connect is refused, policy ${policy}`, async () => {
    await runPair(async (operator) => {
      await setPreempt(operator, policy);
      await enterPostcopy(operator);
      await operator.pair.setShim([{ role: "preempt", connect: REFUSE }]);
      for (let phase = 1; phase <= 3; phase++) {
        await pauseOrPaused(operator);
        await recover(operator, phase);
        await waitForStatus(operator, "source", "postcopy-paused");
        await waitForStatus(operator, "destination", "postcopy-paused");
      }
      await operator.pair.setShim([]);
      await recover(operator, 4);
      await assertArrived(operator);
    });
  });
}

for (const policy of ["async-at-setup", "async-after-main"] as const) {
  Deno.test(`precopyComplete() does not care for a preempt channel that hangs, policy ${policy}`, async () => {
    await runPair(async (operator) => {
      await setPreempt(operator, policy);
      await operator.pair.setShim(preemptConnect(HANG, 0));
      await operator.pair.source.qmp.execute("migrate-set-parameters", { "max-bandwidth": 0 });
      await migrate(operator);
      await assertArrived(operator);
    });
  });
}

async function pauseOrPaused(operator: Operator): Promise<void> {
  const { status } = await operator.pair.source.qmp.execute("query-migrate");
  if (status !== "postcopy-paused") await pauseBoth(operator);
}

Deno.test("the main loop stands still for the connect under blocking, and only there", async () => {
  const stallOf = async (policy: typeof PREEMPT_CONNECT_POLICIES[number]) => {
    let stallUs = 0;
    await runPair(async (operator) => {
      await setPreempt(operator, policy);
      await operator.pair.setShim(preemptConnect({ kind: "delay", delayUs: 1_000_000 }, 0));
      await operator.pair.startMeasuring();
      await enterPostcopy(operator);
      await assertArrived(operator);
      const { source } = await operator.pair.measure();
      stallUs = source.loop!.lateness!.maxUs;
    });
    return stallUs;
  };
  assert(await stallOf("blocking") > 990_000);
  assert(await stallOf("async-at-setup") < 10_000);
  assert(await stallOf("async-after-main") < 10_000);
});

// -- Cancel and pause interrupt every wait --

const CANCELS: Record<string, (operator: Operator) => Promise<void>> = {
  "the main connect": async (operator) => {
    await setPreempt(operator);
    await operator.pair.setShim([{ role: "main", connect: HANG }]);
    await migrate(operator);
  },
  "the preempt connect": async (operator) => {
    await setPreempt(operator);
    await operator.pair.setShim(preemptConnect(HANG, 0));
    await migrate(operator);
    await waitForStatus(operator, "source", "active");
    await operator.pair.source.qmp.execute("migrate-start-postcopy");
  },
  "precopy on a link that moves nothing": async (operator) => {
    await setPreempt(operator);
    await migrate(operator);
    await waitForStatus(operator, "source", "active");
    const rate = { bytesPerSecond: 1, of: "channel" } as const;
    await operator.pair.setShim([{ role: "main", traffic: { rate, limitBytes: 4096 } }]);
  },
  "pre-switchover": async (operator) => {
    await setCapabilities(operator, "return-path", "pause-before-switchover");
    await migrate(operator);
    await waitForStatus(operator, "source", "pre-switchover");
  },
};

for (const [wait, enter] of Object.entries(CANCELS)) {
  Deno.test(`migrate_cancel interrupts ${wait}, and the guest goes on`, async () => {
    await runPair(async (operator) => {
      await enter(operator);
      await operator.world.clock.sleep(500_000);
      const beganUs = operator.world.clock.now();
      await operator.pair.source.qmp.execute("migrate_cancel");
      await waitForStatus(operator, "source", "cancelled");
      assert(operator.world.clock.now() - beganUs < 10_000, "cancel waited for something");
      await operator.pair.setShim([]);
      await assertStayed(operator);
    });
  });
}

Deno.test("migrate_cancel interrupts the wait for a peer that accepts and says nothing", async () => {
  await runPair(async (operator) => {
    await setPreempt(operator);
    const { network } = operator.world;
    const listener = network.listen(parseAddress("unix:/silent"), "main");
    await operator.pair.source.qmp.execute("migrate", { uri: "unix:/silent" });
    await waitForStatus(operator, "source", "active");
    await operator.pair.source.qmp.execute("migrate-start-postcopy");
    await operator.world.clock.sleep(5_000_000);
    await waitForStatus(operator, "source", "active");
    await operator.pair.source.qmp.execute("migrate_cancel");
    await waitForStatus(operator, "source", "cancelled");
    listener.close();
    await assertStayed(operator);
  });
});

Deno.test("migrate_cancel is refused once the guest may run on the destination", async () => {
  await runPair(async (operator) => {
    await setPreempt(operator);
    await enterPostcopy(operator);
    const { qmp } = operator.pair.source;
    await assertRejects(() => qmp.execute("migrate_cancel"), QmpError, "cannot cancel");
    await pauseBoth(operator);
    await assertRejects(() => qmp.execute("migrate_cancel"), QmpError, "cannot cancel");
    await assertRejects(() => qmp.execute("cont"), QmpError, "cannot run here");
    await recover(operator, 1);
    await assertArrived(operator);
  });
});

for (const role of ["main", "preempt"] as const) {
  for (const side of ["source", "destination"] as const) {
    Deno.test(`migrate-pause on the ${side} interrupts a recovery whose ${role} connect hangs`, async () => {
      await runPair(async (operator) => {
        await setPreempt(operator);
        await enterPostcopy(operator);
        await pauseBoth(operator);
        await operator.pair.setShim([{ role, phase: 1, connect: HANG }]);
        await recover(operator, 1);
        await operator.world.clock.sleep(500_000);
        await operator.pair[side].qmp.execute("migrate-pause");
        await operator.world.clock.sleep(10_000);
        for (const other of [operator.pair.source, operator.pair.destination]) {
          const { status } = await other.qmp.execute("query-migrate");
          if (status !== "postcopy-paused") await other.qmp.execute("migrate-pause");
        }
        await operator.world.clock.sleep(10_000);
        await endListening(operator);
        await recover(operator, 2);
        await assertArrived(operator);
      });
    });
  }
}

/** A destination that still listens for the recovery that never came stops doing so. */
async function endListening(operator: Operator): Promise<void> {
  try {
    await operator.pair.destination.qmp.execute("migrate-pause");
    await operator.world.clock.sleep(10_000);
  } catch (error) {
    assert(error instanceof QmpError);
  }
}

// -- What must not be left over --

Deno.test("a second migration waits for its own preempt channel, not for a leftover of the first", async () => {
  await runPair(async (operator) => {
    await setPreempt(operator, "async-at-setup");
    await migrate(operator);
    await waitForStatus(operator, "source", "active");
    await operator.pair.source.qmp.execute("migrate_cancel");
    await waitForStatus(operator, "source", "cancelled");
    await waitForStatus(operator, "destination", "failed");
    await operator.pair.setShim([{ role: "preempt", connect: REFUSE }]);
    await migrate(operator);
    await waitForStatus(operator, "source", "active");
    await operator.pair.source.qmp.execute("migrate-start-postcopy");
    await waitForStatus(operator, "source", "failed");
    await waitForStatus(operator, "destination", "failed");
    await operator.pair.setShim([]);
    await enterPostcopy(operator);
    await assertArrived(operator);
  });
});

Deno.test("a failed start ends with an event and a description", async () => {
  await runPair(async (operator) => {
    await operator.pair.source.qmp.execute("migrate", { uri: "unix:/nobody" });
    await waitForStatus(operator, "source", "failed");
    const info = await operator.pair.source.qmp.execute("query-migrate");
    assert(info["error-desc"]?.startsWith("Cannot connect the main channel: "));
    assertEquals(statusesOf(operator.pair.source), ["setup", "failed"]);
    await assertStayed(operator);
  });
});

Deno.test("a recovery to a wrong address pauses again, with an event, and the next one works", async () => {
  await runPair(async (operator) => {
    await setPreempt(operator);
    await enterPostcopy(operator);
    await pauseBoth(operator);
    const { qmp } = operator.pair.source;
    await qmp.execute("migrate", { uri: "unix:/nobody", resume: true });
    await waitForStatus(operator, "source", "postcopy-paused");
    assertEquals(statusesOf(operator.pair.source).slice(-2), [
      "postcopy-recover-setup",
      "postcopy-paused",
    ]);
    await recover(operator, 1);
    await assertArrived(operator);
  });
});

// -- Stray and swapped connections --

const STRAYS: Record<string, Uint8Array | null> = {
  "is silent": null,
  "sends garbage": new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"),
};

for (const [does, bytes] of Object.entries(STRAYS)) {
  Deno.test(`a stray connection that ${does} before main costs nothing, and is told of once`, async () => {
    await runPair(async (operator) => {
      await setPreempt(operator);
      const uri = operator.pair.newMigrationAddress();
      await operator.pair.destination.qmp.execute("migrate-incoming", { uri });
      const connected = await operator.world.network.connect(parseAddress(uri), "qmp").wait();
      assert(connected.kind === "connected");
      if (bytes !== null) await connected.channel.write(bytes);
      await operator.pair.source.qmp.execute("migrate", { uri });
      await waitForStatus(operator, "source", "active");
      await operator.pair.source.qmp.execute("migrate-start-postcopy");
      await assertArrived(operator);
      connected.channel.close();
      const { events } = operator.pair.destination.qmp;
      assertEquals(events.filter(({ event }) => event === "X_CHANNEL_CLOSED").length, 1);
    });
  });

  Deno.test(`a stray connection that ${does} between main and preempt costs nothing`, async () => {
    await runPair(async (operator) => {
      await setPreempt(operator);
      const uri = await migrate(operator);
      await waitForStatus(operator, "source", "active");
      const connected = await operator.world.network.connect(parseAddress(uri), "qmp").wait();
      assert(connected.kind === "connected");
      if (bytes !== null) await connected.channel.write(bytes);
      await operator.pair.source.qmp.execute("migrate-start-postcopy");
      await assertArrived(operator);
      connected.channel.close();
    });
  });
}

Deno.test("the preempt channel may be accepted before the main channel's bytes arrive", async () => {
  await runPair(async (operator) => {
    await setPreempt(operator, "async-at-setup");
    await operator.pair.setShim([{
      role: "main",
      traffic: { delay: { timeUs: 300_000, jitterUs: 0, distribution: "uniform" } },
    }]);
    await enterPostcopy(operator);
    await assertArrived(operator);
  });
});

// -- The commit --

Deno.test("the switch is not undone by stop and cont while it waits in pre-switchover", async () => {
  await runPair(async (operator) => {
    await setCapabilities(operator, "return-path", "pause-before-switchover");
    await migrate(operator);
    await waitForStatus(operator, "source", "pre-switchover");
    const { qmp } = operator.pair.source;
    await qmp.execute("stop");
    assertEquals((await qmp.execute("query-status")).status, "finish-migrate");
    await assertRejects(() => qmp.execute("cont"), QmpError, "cannot run here");
    await qmp.execute("migrate-continue", { state: "pre-switchover" });
    await assertArrived(operator);
  });
});

Deno.test("a precopy that breaks behind its commit runs the guest on the destination alone", async () => {
  await runPair(async (operator) => {
    await setCapabilities(operator, "return-path");
    // What the destination says comes too late: the source has gone by then.
    await operator.pair.setShim([{
      role: "main",
      direction: "destination-to-source",
      traffic: { delay: { timeUs: 2_000_000, jitterUs: 0, distribution: "uniform" } },
    }]);
    await migrate(operator);
    await waitForStatus(operator, "destination", "completed");
    const { faults } = operator.simulation;
    for (const { id, role } of faults.connections()) if (role === "main") faults.reset(id);
    await waitForStatus(operator, "source", "failed");
    const { source, destination } = operator.pair;
    assertEquals((await source.qmp.execute("query-status")).status, "paused");
    assertEquals((await destination.qmp.execute("query-status")).status, "running");
  });
});
