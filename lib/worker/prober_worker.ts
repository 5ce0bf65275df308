/**
 * The QMP prober Worker: asks the monitors of both engines as a user would, each on a connection of its own. It is apart from the probe
 * Worker, whose many small ticks would make its queries late.
 *
 * @module
 */

import { type QmpProber, startQmpProber } from "../measure/qmp_prober.ts";
import type { QmpResponsiveness } from "../measure/query_silence.ts";
import { connectQmp, QmpClosedError } from "../qmp/qmp_client.ts";
import type { Address } from "../world/address.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../world/realtime/realtime_world.ts";
import type { SharedTimer } from "../world/realtime/shared_timer.ts";
import { serveRequests } from "./serve_requests.ts";

/** What a prober Worker can be asked: `start` once, and `stop` last. */
export type ProberRequest =
  | {
    readonly kind: "start";
    /** QMP servers, the embedded engines' or QEMU's. */
    readonly monitors: readonly { readonly name: string; readonly address: Address }[];
    readonly intervalUs: number;
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

serveRequests<ProberRequest, ProberReply>(async (request) => {
  switch (request.kind) {
    case "start":
      world = openRealtimeWorld({ seed: 0, timer: request.timer });
      try {
        for (const { name, address } of request.monitors) {
          const client = await connectQmp(world, address);
          probers.set(name, startQmpProber(world, client, request));
        }
      } catch (error) {
        if (!(error instanceof QmpClosedError)) throw error;
        return { kind: "refused", cause: error.message };
      }
      return { kind: "started" };
    case "stop": {
      const monitors = new Map<string, QmpResponsiveness>();
      for (const [name, prober] of probers) monitors.set(name, await prober.stop());
      await world?.close();
      return { kind: "measured", monitors };
    }
  }
});
