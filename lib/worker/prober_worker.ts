/**
 * The QMP prober Worker: asks the monitors of both engines as a user would, each on a connection of its own. It is apart from
 * the probe Worker, whose many small ticks would make its queries late.
 *
 * @module
 */

import { type QmpProber, startQmpProber } from "../measure/qmp_prober.ts";
import type { QmpResponsiveness } from "../measure/query_silence.ts";
import { QmpClient, QmpClosedError } from "../qmp/qmp_client.ts";
import { type Address, formatAddress } from "../world/address.ts";
import { Libc } from "../world/realtime/libc.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../world/realtime/realtime_world.ts";
import type { SharedTimer } from "../world/realtime/shared_timer.ts";
import { connectHere } from "./connect_here.ts";
import { serveRequests } from "./serve_requests.ts";

/** What a prober Worker can be asked: `start` once, and `stop` last; then `start` again. */
export type ProberRequest =
  | {
    readonly kind: "start";
    /** QMP servers, the embedded engines' or QEMU's. */
    readonly monitors: readonly { readonly name: string; readonly address: Address }[];
    readonly intervalUs: number;
    readonly answerTimeoutUs: number;
    readonly timer: SharedTimer;
  }
  | { readonly kind: "stop" };

export type ProberReply =
  | { readonly kind: "started" }
  /** A server could not be reached, or does not speak QMP. `cause` is a sentence. */
  | { readonly kind: "refused"; readonly cause: string }
  /** By name; none if nothing was started. */
  | { readonly kind: "measured"; readonly monitors: ReadonlyMap<string, QmpResponsiveness> };

let world: RealtimeWorld | undefined;
const probers = new Map<string, QmpProber>();
let libc: Libc | undefined;

serveRequests<ProberRequest, ProberReply>(async (request) => {
  switch (request.kind) {
    case "start":
      world = openRealtimeWorld({ seed: 0, timer: request.timer });
      libc = new Libc();
      for (const { name, address } of request.monitors) {
        const client = await connectMonitor(world, libc, request, address);
        if (typeof client === "string") {
          return {
            kind: "refused",
            cause: `Cannot probe ${name} at ${formatAddress(address)}: ${client}`,
          };
        }
        probers.set(name, startQmpProber(world, client, request));
      }
      return { kind: "started" };
    case "stop": {
      const monitors = new Map<string, QmpResponsiveness>();
      for (const [name, prober] of probers) monitors.set(name, await prober.stop());
      await world?.close();
      libc?.close();
      probers.clear();
      [world, libc] = [undefined, undefined];
      return { kind: "measured", monitors };
    }
  }
});

/** A client that is ready for commands, or why there is none. */
async function connectMonitor(
  world: RealtimeWorld,
  libc: Libc,
  { answerTimeoutUs }: Pick<Extract<ProberRequest, { kind: "start" }>, "answerTimeoutUs">,
  address: Address,
): Promise<QmpClient | string> {
  const connected = await connectHere(address, "qmp", libc);
  if (connected.kind === "failed") return connected.cause;
  try {
    return await QmpClient.open(world, connected.channel, { answerTimeoutUs });
  } catch (error) {
    if (error instanceof QmpClosedError) return error.message;
    throw error;
  }
}
