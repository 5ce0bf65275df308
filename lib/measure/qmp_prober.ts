/**
 * The QMP prober: what a user of an engine's monitor feels. It gives commands at intended times on a connection of its own,
 * without waiting for the replies, so that a monitor that freezes does not keep it from asking. Works with any QMP server, in
 * real and in virtual time.
 *
 * @module
 */

import type { QmpClient } from "../qmp/qmp_client.ts";
import { QmpClosedError } from "../qmp/qmp_client.ts";
import { QmpError } from "../qapi/qmp_error.ts";
import type { Thread, World } from "../world/world.ts";
import { pace } from "./pace.ts";
import { measureQueries, type ProbedQuery, type QmpResponsiveness } from "./query_silence.ts";

/** A running prober of one QMP server. */
export interface QmpProber {
  /** Ends the measurement and the connection, and resolves with what was felt. */
  stop(): Promise<QmpResponsiveness>;
}

/** Given in turn: the cheapest command that there is, and the one that management polls. */
const COMMANDS = ["query-status", "query-migrate"] as const;

/** Starts to give a command every `intervalUs` through `client`, which belongs to the prober from here on. */
export function startQmpProber(
  world: Pick<World, "clock" | "mainLoop">,
  client: QmpClient,
  options: { readonly intervalUs: number },
): QmpProber {
  const stopping = new AbortController();
  const queries: { -readonly [Field in keyof ProbedQuery]: ProbedQuery[Field] }[] = [];
  const threads = new Set<Thread>();
  let endUs: number | undefined;

  async function ask(query: typeof queries[number], command: typeof COMMANDS[number]) {
    try {
      await client.execute(command);
      query.answeredUs = world.clock.now();
    } catch (error) {
      if (error instanceof QmpError) query.answeredUs = world.clock.now();
      else if (error instanceof QmpClosedError) endUs ??= world.clock.now();
      else throw error;
    }
  }

  const pacer = world.mainLoop.spawn(
    "qmp-pacer",
    () =>
      pace(world.clock, { ...options, signal: stopping.signal }, (intendedUs, sentUs) => {
        // A server that has ended is silent for another reason than one that hangs: the measurement ends with it.
        if (client.closed !== null) return;
        for (const us of intendedUs) {
          const query = { intendedUs: us, sentUs, answeredUs: null };
          const command = COMMANDS[queries.length % COMMANDS.length] ?? "query-status";
          queries.push(query);
          const thread = world.mainLoop.spawn(
            "qmp-query",
            () => ask(query, command).finally(() => threads.delete(thread)),
          );
          threads.add(thread);
        }
      }),
  );
  return {
    stop: async () => {
      stopping.abort();
      endUs ??= world.clock.now();
      await client.close();
      await pacer.join();
      for (const thread of threads) await thread.join();
      return measureQueries(queries, endUs);
    },
  };
}
