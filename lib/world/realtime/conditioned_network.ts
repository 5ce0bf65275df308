/**
 * A Network whose connects can be made to misbehave: what the shim decorates. The hard thing is that a condition must
 * act where a slow network acts, inside the connect and not on the engine's loop, so it travels to the connect Worker
 * with the request.
 *
 * @module
 */

import type { ConnectCondition } from "../../netem/conditions.ts";
import type { Address } from "../address.ts";
import type { ChannelRole, ConnectOperation, Network } from "../world.ts";

/**
 * A connect that a thread can wait for without its loop. A decorator of Network passes `block` on, or `MainLoop.hold`
 * has nothing to hold on to.
 */
export interface HoldableConnect extends ConnectOperation {
  /** Blocks the calling thread until the connect has ended: `wait()` then resolves without a turn of the loop. */
  block(): void;
}

/** The Network of the real-time World. */
export interface ConditionedNetwork extends Network {
  /**
   * Starts a connect in a connect Worker; returns at once. `delay` begins now, not when the Worker looks at it;
   * `hang` ends only by `abort()`; `refuse` fails as a port does that nobody listens at; `reset` connects, then
   * resets: the listener may accept the connection, and both sides read and write "reset".
   */
  connect(address: Address, role: ChannelRole, condition?: ConnectCondition): HoldableConnect;
}
