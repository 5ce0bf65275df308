/**
 * A pair leaves nothing behind, however often it is opened and wherever its migration is when it is closed.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { deadline } from "@std/async";
import type { PairOptions } from "../../lib/pair/pair.ts";
import { openRealtimePair } from "../../lib/pair/realtime_pair.ts";
import { readGuest } from "../../lib/ram/guest_spec.ts";
import { WorkerPool } from "../../lib/world/realtime/worker_pool.ts";
import { assertNothingLeft, holdings, TempRoot } from "./leftovers.ts";
import { Operator, PAIR } from "./operator.ts";

/** The shortest scenario is done so many times in a row. */
const ROUNDS = 12;

/** Whatever takes so long hangs. */
const HANGS_MS = 60_000;

const SMALL: PairOptions = {
  ...PAIR,
  ram: [{ name: "ram", bytes: 1 << 20 }],
  guest: readGuest({ vcpus: 1, touches: 500 }),
};

/** Runs one pair to its close. */
async function withPair(
  options: PairOptions,
  script: (operator: Operator) => Promise<void>,
  pool?: WorkerPool,
): Promise<void> {
  const pair = await openRealtimePair(options, pool);
  try {
    await deadline(script(new Operator(pair)), HANGS_MS);
  } finally {
    await deadline(pair.close(), HANGS_MS);
  }
}

async function migrateByPrecopy(operator: Operator): Promise<void> {
  await operator.pair.startMeasuring();
  await operator.migrate();
  await operator.reach("completed", "source", "destination");
  await operator.pair.measure();
  assertEquals(await operator.pair.verifyRam("destination"), { verdict: "identical" });
}

Deno.test(`openRealtimePair() leaves nothing behind of ${ROUNDS} migrations in a row`, async () => {
  using root = new TempRoot();
  // What Deno opens once and keeps is open then.
  await withPair(SMALL, migrateByPrecopy);
  const before = await holdings(root);
  for (let round = 0; round < ROUNDS; round++) await withPair(SMALL, migrateByPrecopy);
  await assertNothingLeft(before, root);
});

Deno.test("openRealtimePair() on the Workers of a pool leaves nothing behind, in them or of them", async () => {
  using root = new TempRoot();
  await withPair(SMALL, migrateByPrecopy);
  const before = await holdings(root);
  {
    using pool = new WorkerPool();
    // The Workers of a pair that was closed in the middle serve the next one, whatever that is.
    for (const { shim = [], script } of Object.values(PHASES)) {
      await withPair({ ...PAIR, shim }, script, pool);
      await withPair(SMALL, migrateByPrecopy, pool);
    }
    const { workers, descriptors } = await holdings(root);
    await withPair(SMALL, migrateByPrecopy, pool);
    await assertNothingLeft({ workers, descriptors, files: before.files }, root);
  }
  await assertNothingLeft(before, root);
});

/** A preempt connect that never ends. */
const HANG = { role: "preempt", connect: { kind: "hang" } } as const;

/** Where a migration is when its pair is closed. */
const PHASES: Readonly<
  Record<string, {
    readonly shim?: PairOptions["shim"];
    readonly script: (operator: Operator) => Promise<void>;
  }>
> = {
  "before a migration": { script: async () => {} },
  "while it is measured": { script: ({ pair }) => pair.startMeasuring() },
  "in setup, held by a connect that hangs": {
    shim: [HANG],
    script: async (operator) => {
      await operator.preparePreempt("blocking");
      await operator.migrate();
      await operator.reach("active", "destination");
    },
  },
  "held by a connect that hangs, with a query and a new shim under way": {
    shim: [HANG],
    script: async (operator) => {
      await operator.preparePreempt("blocking");
      await operator.migrate();
      await operator.reach("active", "destination");
      operator.pair.setShim([]).catch(() => {});
      operator.pair.source.qmp.execute("query-migrate").catch(() => {});
    },
  },
  "in setup, waiting for a connect that hangs": {
    shim: [HANG],
    script: async (operator) => {
      await operator.preparePreempt("async-after-main");
      await operator.migrate();
      await operator.reach("active", "source");
      await operator.pair.source.qmp.execute("migrate-start-postcopy");
    },
  },
  "in precopy": {
    script: async (operator) => {
      await operator.preparePreempt("async-at-setup");
      await operator.migrate();
      await operator.reach("active", "source", "destination");
    },
  },
  "in postcopy": {
    script: async (operator) => {
      await operator.preparePreempt("async-at-setup");
      await operator.enterPostcopy();
    },
  },
  "while it is paused": {
    script: async (operator) => {
      await operator.preparePreempt("async-after-main");
      await operator.enterPostcopy();
      await operator.pause();
    },
  },
  "recovering, waiting for a connect that hangs": {
    shim: [{ ...HANG, phase: 1 }],
    script: async (operator) => {
      await operator.preparePreempt("async-after-main");
      await operator.enterPostcopy();
      await operator.pause();
      await operator.recover();
      await operator.reach("postcopy-recover", "source", "destination");
    },
  },
  "recovering, held by a connect that hangs": {
    shim: [{ ...HANG, phase: 1 }],
    script: async (operator) => {
      await operator.preparePreempt("blocking");
      await operator.enterPostcopy();
      await operator.pause();
      await operator.recover();
      await operator.reach("postcopy-recover", "destination");
    },
  },
};

for (const [where, { shim = [], script }] of Object.entries(PHASES)) {
  Deno.test(`EnginePair.close() ${where} ends everything`, async () => {
    using root = new TempRoot();
    const before = await holdings(root);
    await withPair({ ...PAIR, shim }, script);
    await assertNothingLeft(before, root);
  });
}
