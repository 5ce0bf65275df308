/**
 * A gate: the address that a QEMU connects to, where the connect itself can be made to wait, to go on or to fail. The hard thing is
 * that a connect cannot be held once it was accepted, so what the next one meets must be settled before it comes, although two may
 * come one right after the other.
 *
 * @module
 */

import type { Address } from "../../world/address.ts";
import type { SocketCalls } from "./socket_calls.ts";
import { TcpGate } from "./tcp_gate.ts";
import { UnixGate } from "./unix_gate.ts";

/** What the next connect meets: it gets through (one does), it waits in connect(2), or it is refused. */
export type GateState = "open" | "full" | "refusing";

/** A bound address. */
export interface Gate {
  /** As bound: a TCP port 0 is resolved. */
  readonly address: Address;
  /** Whether `hasWaiter` can tell. */
  readonly seesWaiters: boolean;
  /** The descriptor that is readable once a connection has come; -1 while none can. */
  readonly fd: number;
  /** Changes what the next connect meets, and those that wait already. */
  turn(state: GateState): void;
  /** Takes the connection that has come, and leaves `next` for the one behind it. @returns its descriptor, or `null`: it is gone. */
  take(next: GateState): number | null;
  /** Whether a connect waits at a full gate. */
  hasWaiter(): boolean;
  /** Connects that wait are refused. */
  close(): void;
}

/**
 * Opens a gate at an address, full at first.
 *
 * @throws {AddressError} when it cannot be bound.
 */
export function openGate(address: Address, calls: SocketCalls): Gate {
  return address.kind === "unix"
    ? new UnixGate(address, calls)
    : new TcpGate({ host: address.host, port: address.port }, calls);
}
