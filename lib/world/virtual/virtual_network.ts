/**
 * The network as one loop sees it.
 *
 * @module
 */

import type { Address } from "../address.ts";
import type { ChannelRole, ConnectOperation, Listener, Network } from "../world.ts";
import type { Fabric } from "./fabric.ts";
import type { Loop } from "./loop.ts";

/** Listens and connects for one loop. */
export class VirtualNetwork implements Network {
  readonly #fabric: Fabric;
  readonly #loop: Loop;

  constructor(fabric: Fabric, loop: Loop) {
    this.#fabric = fabric;
    this.#loop = loop;
  }

  listen(address: Address, role: ChannelRole): Listener {
    return this.#fabric.listen(this.#loop, address, role);
  }

  connect(address: Address, role: ChannelRole): ConnectOperation {
    return this.#fabric.connect(this.#loop, address, role);
  }
}
