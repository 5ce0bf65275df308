import { assert, assertEquals, assertRejects } from "@std/assert";
import { QmpError } from "../../lib/qapi/qmp_error.ts";
import {
  assertArrived,
  enterPostcopy,
  migrate,
  type Operator,
  pauseBoth,
  runPair,
  setCapabilities,
  setPreempt,
  statusesOf,
  waitForStatus,
} from "./virtual_run.ts";

/** A command that is refused where nothing migrates: on which side, and a part of the sentence. */
const REFUSED_AT_REST: readonly {
  readonly side: "source" | "destination";
  readonly command: string;
  readonly args?: Record<string, unknown>;
  readonly sentence: string;
}[] = [
  { side: "source", command: "migrate-pause", sentence: "only supported during postcopy" },
  {
    side: "source",
    command: "migrate-recover",
    args: { uri: "unix:/m" },
    sentence: "postcopy is paused",
  },
  {
    side: "source",
    command: "migrate-incoming",
    args: { uri: "unix:/m" },
    sentence: "was not specified",
  },
  {
    side: "source",
    command: "migrate",
    args: { uri: "unix:/m", resume: true },
    sentence: "no paused migration",
  },
  { side: "source", command: "migrate", args: { uri: "exec:cat" }, sentence: "expected unix:PATH" },
  { side: "source", command: "migrate-start-postcopy", sentence: "Enable postcopy" },
  {
    side: "source",
    command: "migrate-continue",
    args: { state: "pre-switchover" },
    sentence: "not in expected state",
  },
  {
    side: "source",
    command: "x-guest",
    args: { "touches-per-second": -1 },
    sentence: "expects an integer",
  },
  {
    side: "destination",
    command: "migrate",
    args: { uri: "unix:/m" },
    sentence: "waiting for an incoming",
  },
  { side: "destination", command: "cont", sentence: "waiting for an incoming" },
  {
    side: "source",
    command: "pmemsave",
    args: { val: 0, size: 1, filename: "/x" },
    sentence: "Could not open",
  },
  {
    side: "source",
    command: "pmemsave",
    args: { val: 0, size: 1 << 30, filename: "/x" },
    sentence: "Invalid addr",
  },
];

for (const { side, command, args, sentence } of REFUSED_AT_REST) {
  const given = args === undefined ? "" : ` ${JSON.stringify(args)}`;
  Deno.test(`${command}${given} is refused on a ${side} at rest`, async () => {
    await runPair(async ({ pair }) => {
      const error = await assertRejects(
        () => pair[side].qmp.execute(command, args ?? {}),
        QmpError,
        sentence,
      );
      assertEquals(error.errorClass, "GenericError");
    });
  });
}

Deno.test("migrate is refused while a migration is under way", async () => {
  await runPair(async (operator) => {
    await setPreempt(operator);
    await enterPostcopy(operator);
    await refuses(operator, "migrate", { uri: "unix:/other" }, "in progress");
    await pauseBoth(operator);
    await refuses(operator, "migrate", { uri: "unix:/other" }, "in progress");
    await refuses(operator, "migrate-set-capabilities", { capabilities: [] }, "in progress");
  });
});

Deno.test("migrate is refused once the guest has migrated away", async () => {
  await runPair(async (operator) => {
    await migrate(operator);
    await assertArrived(operator);
    await refuses(operator, "migrate", { uri: "unix:/other" }, "migrated away");
    await refuses(operator, "cont", {}, "cannot run here");
  });
});

Deno.test("with release-ram the source gives sent pages back, and a recovery is refused", async () => {
  await runPair(async (operator) => {
    await setPreempt(operator);
    await setCapabilities(operator, "release-ram");
    await enterPostcopy(operator);
    await operator.world.clock.sleep(50_000);
    await pauseBoth(operator);
    assertEquals((await operator.pair.verifyRam("source")).verdict, "different");
    await refuses(operator, "migrate", { uri: "unix:/m", resume: true }, "release-ram");
  });
});

Deno.test("without the capability events a migration is told of by nothing but query-migrate", async () => {
  await runPair(async (operator) => {
    const { source } = operator.pair;
    const capabilities = [{ capability: "events", state: false } as const];
    await source.qmp.execute("migrate-set-capabilities", { capabilities });
    await migrate(operator);
    await waitForStatus(operator, "source", "completed");
    assertEquals(statusesOf(source), []);
    assert(source.qmp.events.some(({ event }) => event === "STOP"));
  });
});

Deno.test("query-migrate accounts for every page and byte", async () => {
  await runPair(async (operator) => {
    await setPreempt(operator);
    await enterPostcopy(operator);
    await assertArrived(operator);
    const { ram } = await operator.pair.source.qmp.execute("query-migrate");
    assert(ram !== undefined);
    assertEquals(ram.total, 2 << 20);
    assertEquals(ram.remaining, 0);
    assertEquals(
      ram.transferred,
      ram["precopy-bytes"] + ram["downtime-bytes"] + ram["postcopy-bytes"],
    );
    assert(ram.normal + ram.duplicate >= 512, "every page was sent at least once");
    assert(ram["postcopy-requests"] > 0);
  });
});

async function refuses(
  { pair }: Operator,
  command: string,
  args: Record<string, unknown>,
  sentence: string,
): Promise<void> {
  await assertRejects(() => pair.source.qmp.execute(command, args), QmpError, sentence);
}
