/**
 * The Network of the real-time World: sockets. Incoming connections are Deno's own, outgoing ones are made by connect
 * Workers.
 *
 * @module
 */

import type { ConnectCondition } from "../../netem/conditions.ts";
import { invariant } from "../../invariant.ts";
import type { Address } from "../address.ts";
import type { Channel, ChannelRole, ConnectResult, Listener } from "../world.ts";
import type { ConditionedNetwork, HoldableConnect } from "./conditioned_network.ts";
import { ConnCarrier } from "./conn_carrier.ts";
import { EndedConnect } from "./connect_operation.ts";
import type { ConnectOutcome } from "./connect_slot.ts";
import { ConnectWorkers } from "./connect_workers.ts";
import { DescriptorCarrier } from "./descriptor_carrier.ts";
import { Libc } from "./libc.ts";
import { abstractPath, encodeSocketAddress } from "./socket_address.ts";
import { BROKEN_CARRIER, type SocketCarrier } from "./socket_carrier.ts";
import { SocketChannel } from "./socket_channel.ts";
import { type Accepted, SocketListener } from "./socket_listener.ts";
import type { WorkerPool } from "./worker_pool.ts";

/** What the network is opened with. */
export interface RealtimeNetworkOptions {
  /** The process clock. */
  readonly nowUs: () => number;
  /** Its origin, for the connect Workers. */
  readonly originMs: number;
  /** Whether a held loop must give up. */
  readonly isStopped: () => boolean;
  /** The slot's memory of a connect Worker that was started elsewhere. */
  readonly connectWorker?: SharedArrayBuffer | undefined;
  /** Where other connect Workers come from and go back to. */
  readonly pool?: WorkerPool | undefined;
}

/** Sockets, and all of them that are open. */
export class RealtimeNetwork implements ConditionedNetwork {
  readonly #libc = new Libc();
  readonly #options: RealtimeNetworkOptions;
  readonly #connects: ConnectWorkers;
  readonly #open = new Set<{ close(): void }>();

  constructor(options: RealtimeNetworkOptions) {
    this.#options = options;
    this.#connects = new ConnectWorkers(options);
  }

  listen(address: Address, role: ChannelRole): Listener {
    const adopt = (conn: Accepted) =>
      this.#channel(role, conn === null ? BROKEN_CARRIER : new ConnCarrier(conn, this.#libc));
    const listener = new SocketListener(address, adopt, (closed) => this.#open.delete(closed));
    this.#open.add(listener);
    return listener;
  }

  connect(address: Address, role: ChannelRole, condition?: ConnectCondition): HoldableConnect {
    const encoded = encodeSocketAddress(address, this.#libc);
    if (encoded.kind === "unusable") {
      return new EndedConnect({ kind: "failed", cause: encoded.cause });
    }
    const { nowUs, isStopped } = this.#options;
    const request = {
      kind: condition?.kind === "refuse" || condition?.kind === "reset"
        ? condition.kind
        : "connect",
      address: encoded.bytes,
      notBeforeUs: nowUs() + addedDelayUs(condition),
    } as const;
    return this.#connects.start(request, {
      resultOf: (outcome) => this.#resultOf(outcome, role),
      discard: (outcome) => this.#discard(outcome),
      isStopped,
    });
  }

  /** Makes one connect, to itself, that pays for what only the first one costs. */
  async prepareConnects(): Promise<void> {
    const listener = this.listen({ kind: "unix", path: abstractPath() }, "probe");
    const result = await this.connect(listener.address, "probe").wait();
    invariant(result.kind === "connected", `a connect to itself failed: ${JSON.stringify(result)}`);
    const accepted = await listener.accept();
    await result.channel.write(new Uint8Array(1));
    await accepted?.read(new Uint8Array(1));
    result.channel.close();
    accepted?.close();
    listener.close();
  }

  /** Closes what is open, aborts the connects under way, and joins the connect Workers. */
  async close(): Promise<void> {
    for (const open of this.#open) open.close();
    await this.#connects.close();
    this.#libc.close();
  }

  #channel(role: ChannelRole, carrier: SocketCarrier): Channel {
    const channel = new SocketChannel(role, carrier, (closed) => this.#open.delete(closed));
    this.#open.add(channel);
    return channel;
  }

  #resultOf(outcome: ConnectOutcome, role: ChannelRole): ConnectResult {
    switch (outcome.kind) {
      case "failed":
        return { kind: "failed", cause: this.#libc.errorText(outcome.errno) };
      case "reset":
        return { kind: "connected", channel: this.#channel(role, BROKEN_CARRIER) };
      case "connected":
        return this.#adopt(outcome.fd, role);
    }
  }

  #adopt(fd: number, role: ChannelRole): ConnectResult {
    const copy = this.#libc.duplicate(fd);
    if (copy < 0) {
      this.#libc.closeDescriptor(fd);
      return { kind: "failed", cause: this.#libc.errorText(-copy) };
    }
    const channel = this.#channel(role, new DescriptorCarrier(fd, copy, this.#libc));
    return { kind: "connected", channel };
  }

  #discard(outcome: ConnectOutcome): void {
    if (outcome.kind === "connected") this.#libc.closeDescriptor(outcome.fd);
  }
}

function addedDelayUs(condition: ConnectCondition | undefined): number {
  switch (condition?.kind) {
    case "delay":
      return condition.delayUs;
    case "hang":
      return Infinity;
    default:
      return 0;
  }
}
