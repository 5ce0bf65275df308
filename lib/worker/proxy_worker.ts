/**
 * The proxy's Worker: waits in poll(2) for sockets, and for the bell, which says that a request lies in the Worker's queue. The loop
 * of the Worker turns only then.
 *
 * @module
 */

import type { ShimRole, ShimSpec } from "../netem/conditions.ts";
import type { ConnectRecord } from "../netem/connect_record.ts";
import { ProxyLoop } from "../qemu/proxy/proxy_loop.ts";
import { rehearse } from "../qemu/proxy/rehearsal.ts";
import type { WatchedRequest } from "../qemu/tap/page_watch.ts";
import { WireTap } from "../qemu/tap/wire_tap.ts";
import type { TapReport } from "../qemu/tap/tap_report.ts";
import type { LateAccept, RouteOptions } from "../qemu/proxy/route.ts";
import { type Address, AddressError } from "../world/address.ts";
import { processClock } from "../world/realtime/process_clock.ts";

/** What a proxy Worker can be asked: `start` first and once, `stop` last. The bell is rung for each but the first. */
export type ProxyRequest =
  | {
    readonly kind: "start";
    readonly originMs: number;
    readonly seed: number | bigint;
    readonly spec: ShimSpec;
    readonly bell: number;
    /** Whether what passes is read. */
    readonly tap: boolean;
  }
  | { readonly kind: "open"; readonly route: RouteOptions }
  | { readonly kind: "set-spec"; readonly spec: ShimSpec }
  | { readonly kind: "set-late"; readonly late: readonly LateAccept[] }
  | { readonly kind: "reset"; readonly role?: ShimRole }
  | { readonly kind: "report"; readonly brief: boolean }
  | { readonly kind: "requests" }
  | { readonly kind: "connects" }
  | { readonly kind: "stop" };

export type ProxyReply =
  | { readonly kind: "report"; readonly report: TapReport | null }
  | { readonly kind: "requests"; readonly requests: readonly WatchedRequest[] }
  | { readonly kind: "connects"; readonly connects: readonly ConnectRecord[] }
  | { readonly kind: "done" }
  | { readonly kind: "opened"; readonly address: Address }
  /** An address cannot be bound. `cause` is a sentence. */
  | { readonly kind: "refused"; readonly cause: string };

/** What a dedicated Worker's global scope has, which the type of `self` in a module does not say. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ProxyRequest>) => void) | null;
  postMessage(message: ProxyReply): void;
}

const scope = globalThis as unknown as WorkerScope;
let loop: ProxyLoop | undefined;
let tap: WireTap | undefined;

scope.onmessage = ({ data: request }) => {
  scope.postMessage(answer(request));
  if (request.kind === "start") prepare(request);
  // The queue of the Worker is looked at again when this returns.
  if (request.kind !== "stop") loop?.run();
};

function answer(request: ProxyRequest): ProxyReply {
  switch (request.kind) {
    case "start": {
      const nowUs = processClock(request.originMs);
      if (request.tap) tap = new WireTap(nowUs);
      loop = new ProxyLoop({ ...request, nowUs, ...tap && { observer: tap } });
      break;
    }
    case "report":
      return { kind: "report", report: tap?.report(request.brief) ?? null };
    case "requests":
      return { kind: "requests", requests: tap?.requests() ?? [] };
    case "connects":
      return { kind: "connects", connects: loop?.connects() ?? [] };
    case "open":
      return open(request.route);
    case "set-spec":
      loop?.setSpec(request.spec);
      break;
    case "set-late":
      loop?.setLate(request.late);
      break;
    case "reset":
      loop?.resetConnections(request.role);
      break;
    case "stop":
      loop?.close();
      break;
  }
  return { kind: "done" };
}

/** While whoever asked for the proxy starts what shall go through it. */
function prepare({ originMs, tap }: ProxyRequest & { readonly kind: "start" }): void {
  const nowUs = processClock(originMs);
  const observer = tap ? { observer: new WireTap(nowUs) } : {};
  rehearse(new ProxyLoop({ ...{ nowUs, seed: 0, spec: [], bell: -1 }, ...observer }));
}

function open(route: RouteOptions): ProxyReply {
  try {
    return { kind: "opened", address: loop!.open(route) };
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    return { kind: "refused", cause: error.message };
  }
}
