/**
 * What sets `blocking` apart from the other policies, on real sockets: while the preempt channel's connect hangs, the engine answers
 * nobody. First for a reason that the engine cannot know of and no shim is part of, a listener of somebody else whose backlog is
 * full; then with the shim.
 *
 * What is promised is an order of events, or a ratio to the length of the connect, never a time.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { EnginePair, SideMeasurements } from "../../lib/pair/pair.ts";
import { openRealtimePair } from "../../lib/pair/realtime_pair.ts";
import { isEvent } from "../../lib/qapi/events.ts";
import type { PreemptConnectPolicy } from "../../lib/qapi/parameters.ts";
import { FullListener } from "../world/full_listener.ts";
import { Operator, PAIR } from "./operator.ts";

/** Long enough for a loop that is not held to answer many times over. */
const SETTLE_US = 200_000;

/** How often a loop that shall be held may answer before it is: its main channel has to be connected first. */
const ANSWERS_MAX = 50;

/** What happened, in order. */
type Events = string[];

/** A query that is on its way. */
function query(pair: EnginePair, events: Events): Promise<void> {
  return pair.source.qmp.execute("query-status").then(() => void events.push("answer"));
}

/** Asks the source until it does not answer any more; resolves with the query that it owes an answer to. */
async function askUntilHeld(pair: EnginePair, events: Events): Promise<{ answer: Promise<void> }> {
  for (let asked = 1; asked <= ANSWERS_MAX; asked++) {
    const answer = query(pair, events);
    await pair.world.clock.sleep(SETTLE_US);
    if (events.length < asked) return { answer };
  }
  throw new Error(`the source answered ${ANSWERS_MAX} times`);
}

/** Has the source migrate to a listener that is none of Faultline's and takes the main channel, but not yet the preempt channel. */
async function withForeignListener(
  policy: PreemptConnectPolicy,
  body: (operator: Operator, foreign: FullListener) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "faultline-" });
  try {
    using foreign = new FullListener(`${folder}/foreign.sock`, { placeTaken: false });
    const pair = await openRealtimePair(PAIR);
    try {
      const operator = new Operator(pair);
      await operator.preparePreempt(policy);
      await pair.source.qmp.execute("migrate", { uri: `unix:${foreign.path}` });
      await body(operator, foreign);
    } finally {
      await pair.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("blocking: a foreign listener whose backlog is full keeps QMP silent until it has a place", () =>
  withForeignListener("blocking", async (operator, foreign) => {
    const events: Events = [];
    const { answer } = await askUntilHeld(operator.pair, events);
    events.length = 0;
    events.push("place");
    foreign.makeRoom();
    await answer;
    assertEquals(events, ["place", "answer"]);
    await operator.reach("active", "source");
  }));

Deno.test("async-at-setup: a foreign listener whose backlog is full leaves QMP as it is", () =>
  withForeignListener("async-at-setup", async (operator, foreign) => {
    const { pair } = operator;
    const events: Events = [];
    pair.source.qmp.subscribe((event) => {
      if (isEvent(event, "MIGRATION") && event.data.status === "device") events.push("switch");
    });
    await operator.reach("active", "source");
    await pair.source.qmp.execute("migrate-start-postcopy");
    // Nobody makes room meanwhile: a loop that were held would never answer.
    for (let asked = 0; asked < 3; asked++) {
      await query(pair, events);
      await pair.world.clock.sleep(SETTLE_US / 2);
    }
    events.push("place");
    foreign.makeRoom();
    await operator.reach("postcopy-active", "source");
    assertEquals(events, ["answer", "answer", "answer", "place", "switch"]);
  }));

// -- The same with the shim --

const CONNECT_DELAY_US = 600_000;

/** The source in a migration, and what of it an idle loop saw too, with a preempt connect that takes long in connect phase `phase`. */
async function measureSlowConnect(policy: PreemptConnectPolicy, phase: 0 | 1): Promise<{
  readonly source: SideMeasurements;
  /** The longest stall of a loop that does nothing: the machine's doing. */
  readonly idleUs: number;
}> {
  const connect = { kind: "delay", delayUs: CONNECT_DELAY_US } as const;
  const pair = await openRealtimePair({ ...PAIR, shim: [{ role: "preempt", phase, connect }] });
  try {
    const operator = new Operator(pair);
    await operator.preparePreempt(policy);
    await pair.startMeasuring();
    await operator.enterPostcopy();
    if (phase === 1) {
      await operator.pause();
      await operator.recover();
      await operator.reach("postcopy-active", "source");
    }
    const { source, idleLoop } = await pair.measure();
    return { source, idleUs: longestStallUs(idleLoop) };
  } finally {
    await pair.close();
  }
}

function longestStallUs(loop: SideMeasurements["loop"]): number {
  return Math.max(0, ...loop!.stalls.map(({ lengthUs }) => lengthUs));
}

for (const [phase, status] of [[0, "setup"], [1, "postcopy-recover"]] as const) {
  Deno.test(`blocking: a slow connect of the shim in connect phase ${phase} holds the loop for as long as it takes`, async () => {
    const { source } = await measureSlowConnect("blocking", phase);
    const [longest] = source.stalls.toSorted((a, b) => b.lengthUs - a.lengthUs);
    assert(longest!.lengthUs >= 0.9 * CONNECT_DELAY_US, `${longest!.lengthUs} us`);
    assertEquals([longest!.span?.status, longest!.span?.phase], [status, phase]);
    assert(source.qmp!.longestSilenceUs >= 0.9 * CONNECT_DELAY_US);
  });

  for (const policy of ["async-at-setup", "async-after-main"] as const) {
    Deno.test(`${policy}: a slow connect of the shim in connect phase ${phase} holds nothing`, async () => {
      const { source, idleUs } = await measureSlowConnect(policy, phase);
      const longestUs = longestStallUs(source.loop);
      assert(longestUs - idleUs < CONNECT_DELAY_US / 2, `${longestUs} us, idle ${idleUs} us`);
    });
  }
}
