/**
 * Floors: what this machine, this kernel and Deno's sockets can do at best, measured in the same run as what is compared with
 * them. Absolute times vary from run to run and from machine to machine; the ratio to a floor does not. The hard thing is to
 * measure what can be compared: the round trip is paced as the guest is, for back to back it is bimodal (6 us on the same CPU,
 * 45-80 us across CPUs). Paced it can be so still (on an AMD EPYC 26 or 60 us from run to run, presumably for the same reason),
 * while a page request wakes four threads on two CPUs: there the ratio to the floor says less than the latency does. And the
 * stream goes over memory as large as a guest's, for one buffer again and again never leaves the cache (measured: 3.7 GiB/s, and
 * 2.9 out of memory).
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import type { FloorReply, FloorRequest } from "../worker/floor_worker.ts";
import { WorkerClient } from "../worker/worker_client.ts";
import { type LatencyFigures, summarizeLatencies } from "./histogram.ts";

/** How much is measured. */
export interface FloorOptions {
  /** Bytes of the stream, sent in whole writes of 64 KiB. @default {512 MiB}, 0.4 s */
  readonly streamBytes?: number;
  /** Memory on each side that the stream comes out of and goes into. @default {256 MiB}, more than caches hold */
  readonly memoryBytes?: number;
  /** Round trips of 8 bytes answered by 4 KiB. @default {400} */
  readonly rounds?: number;
  /** Time from one answer to the next request: as the guest's vCPUs are paced. @default {1000}, so that 400 take 0.5 s */
  readonly intervalUs?: number;
}

/** What plain sockets between two Workers did. */
export interface Floors {
  /** Streaming over TCP with writes of 64 KiB, out of memory and into memory of the size of a guest's. */
  readonly streamMibPerS: number;
  /** 8 bytes answered by 4 KiB over TCP. */
  readonly roundTrip: LatencyFigures;
}

/** Measures both floors, one after the other, in two Workers of its own. Takes about a second by default. */
export async function measureFloors(options: FloorOptions = {}): Promise<Floors> {
  const { streamBytes = 512 * 2 ** 20, memoryBytes = 256 * 2 ** 20 } = options;
  const { rounds = 400, intervalUs = 1000 } = options;
  await using server = floorWorker("floor-server");
  await using client = floorWorker("floor-client");
  const listening = await server.ask({ kind: "listen" });
  invariant(listening.kind === "listening", `a floor Worker replied ${listening.kind} to listen`);
  await both(server.ask({ kind: "accept" }), client.ask({ kind: "connect", port: listening.port }));

  const allocate = { kind: "allocate", bytes: memoryBytes } as const;
  await both(server.ask(allocate), client.ask(allocate));
  const streamed = await both(
    server.ask({ kind: "receive-stream", bytes: streamBytes }),
    client.ask({ kind: "send-stream", bytes: streamBytes }),
  );
  invariant(streamed.kind === "streamed", `a floor Worker replied ${streamed.kind} to send-stream`);
  const answered = await both(
    server.ask({ kind: "answer-requests", rounds }),
    client.ask({ kind: "send-requests", rounds, intervalUs }),
  );
  invariant(answered.kind === "answered", `a floor Worker replied ${answered.kind} to requests`);
  const roundTrip = summarizeLatencies(answered.roundTripsUs);
  invariant(roundTrip !== null, "the round trip floor needs at least one round");
  return { streamMibPerS: streamBytes / 2 ** 20 / (streamed.us / 1e6), roundTrip };
}

function floorWorker(name: string): WorkerClient<FloorRequest, FloorReply> {
  const module = new URL("../worker/floor_worker.ts", import.meta.url);
  return new WorkerClient(module, { name, last: { kind: "close" } });
}

/** Waits for both ends of a job; what the client says is the result. */
async function both(server: Promise<FloorReply>, client: Promise<FloorReply>): Promise<FloorReply> {
  const [, reply] = await Promise.all([server, client]);
  return reply;
}
