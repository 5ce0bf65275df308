/**
 * The proxy as its user sees it: a thread of its own that carries the shim to real QEMU's connects and bytes, so that a busy harness
 * does not slow it. A migration through it has two addresses: the destination is told to listen at the real one, the source to
 * connect to the one that `open` returns.
 *
 * @module
 */

import type { ConnectRecord } from "../../netem/connect_record.ts";
import type { ShimRole, ShimSpec } from "../../netem/conditions.ts";
import { type Address, AddressError } from "../../world/address.ts";
import type { ProxyReply, ProxyRequest } from "../../worker/proxy_worker.ts";
import { WorkerClient } from "../../worker/worker_client.ts";
import type { WatchedRequest } from "../tap/page_watch.ts";
import type { TapReport } from "../tap/tap_report.ts";
import { Bell } from "./bell.ts";
import type { LateAccept, RouteOptions } from "./route.ts";

/** What a proxy is started with. */
export interface ProxyOptions {
  /** The origin of the process clock (a `performance.timeOrigin`). */
  readonly originMs: number;
  /** The chance behind jitter. */
  readonly seed: number | bigint;
  readonly spec: ShimSpec;
  /** Whether what passes is read. @default {false} */
  readonly tap?: boolean;
}

/** A running proxy. Close it. */
export class Proxy implements AsyncDisposable {
  readonly #bell = new Bell();
  readonly #client = new WorkerClient<ProxyRequest, ProxyReply>(
    new URL("../../worker/proxy_worker.ts", import.meta.url),
    { name: "proxy", last: { kind: "stop" } },
  );
  /** Requests are made one at a time, in the order of the calls. */
  #last: Promise<unknown>;
  #closed: Promise<void> | null = null;

  private constructor(options: ProxyOptions) {
    this.#last = this.#client.ask({
      ...{ kind: "start", tap: false, ...options },
      bell: this.#bell.descriptor,
    });
  }

  /** Starts one, best on the main thread: a Worker that a Worker starts takes a second. */
  static async start(options: ProxyOptions): Promise<Proxy> {
    const proxy = new Proxy(options);
    await proxy.#last;
    return proxy;
  }

  /**
   * Listens for one migration's, or one recovery's, connections: the first is main, the second preempt. What connected before stays
   * connected.
   *
   * @returns the address as bound.
   * @throws {AddressError} when it cannot be bound.
   */
  async open(route: RouteOptions): Promise<Address> {
    const reply = await this.#ask({ kind: "open", route });
    if (reply.kind === "opened") return reply.address;
    throw new AddressError(reply.kind === "refused" ? reply.cause : reply.kind);
  }

  /** Replaces the shim's specification. Connects that wait and bytes that are held follow the new one; an empty one heals. */
  async setShim(spec: ShimSpec): Promise<void> {
    await this.#ask({ kind: "set-spec", spec });
  }

  /** Replaces the rules for connections that are handed on later than they came, or in another order. Those that wait follow them. */
  async setLate(late: readonly LateAccept[]): Promise<void> {
    await this.#ask({ kind: "set-late", late });
  }

  /** Breaks the connections that are open, in one role or all of them. */
  async resetConnections(role?: ShimRole): Promise<void> {
    await this.#ask({ kind: "reset", ...role !== undefined && { role } });
  }

  /** What the tap has seen so far, or, `brief`, its figures alone; `null` without one. */
  async report({ brief = false } = {}): Promise<TapReport | null> {
    const reply = await this.#ask({ kind: "report", brief });
    return reply.kind === "report" ? reply.report : null;
  }

  /** The latest page requests that the tap saw answered, in that order, in microseconds of the process clock. */
  async requests(): Promise<readonly WatchedRequest[]> {
    const reply = await this.#ask({ kind: "requests" });
    return reply.kind === "requests" ? reply.requests : [];
  }

  /** The connects that came so far, by when they ended; those that wait last. Who was refused is not seen. */
  async connects(): Promise<readonly ConnectRecord[]> {
    const reply = await this.#ask({ kind: "connects" });
    return reply.kind === "connects" ? reply.connects : [];
  }

  /** Closes every gate, resets what is connected, and ends the thread. Idempotent. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await this.#last.catch(() => {});
    const ended = this.#client.end();
    this.#bell.ring();
    await ended;
    this.#bell[Symbol.dispose]();
  }

  #ask(request: ProxyRequest): Promise<ProxyReply> {
    const reply = this.#last.then(() => {
      const asked = this.#client.ask(request);
      this.#bell.ring();
      return asked;
    });
    this.#last = reply;
    return reply;
  }
}
