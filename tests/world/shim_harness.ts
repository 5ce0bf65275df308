/**
 * What shim tests share: a shim over a network in memory on each side, and channels that are connected through both.
 *
 * @module
 */

import { invariant } from "../../lib/invariant.ts";
import type { ShimRole, ShimSpec } from "../../lib/netem/conditions.ts";
import { parseNetem } from "../../lib/netem/grammar.ts";
import type { Address } from "../../lib/world/address.ts";
import { ShimmedNetwork } from "../../lib/world/realtime/shim.ts";
import type { Channel } from "../../lib/world/world.ts";
import { FakeClock, FakeRandom, MemoryChannel, MemoryNetwork } from "./fake_world.ts";

const ADDRESS: Address = { kind: "unix", path: "/destination" };

/** A spec with one rule for each role, in the grammar's text; an empty one is no rule. */
export function specOf(texts: Partial<Record<ShimRole, string>>): ShimSpec {
  return Object.entries(texts).map(([role, text]) => ({
    role: role as ShimRole,
    ...parseNetem(text),
  }));
}

/** A channel with the source's end as the engine sees it, and both ends as the network sees them. */
export interface Connected {
  /** What the source's engine has. */
  readonly source: Channel;
  /** What the destination's engine has. */
  readonly destination: Channel;
  /** The destination's end without its shim: what arrived there, and when. */
  readonly wire: MemoryChannel;
}

/** Two engines' networks, each with its shim. */
export class ShimPair {
  readonly clock = new FakeClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly source: ShimmedNetwork;
  readonly destination: ShimmedNetwork;
  phase = 0;

  constructor(spec: ShimSpec, options: { readonly grainUs?: number } = { grainUs: 0 }) {
    const make = () =>
      new ShimmedNetwork({
        inner: this.network,
        clock: this.clock,
        random: new FakeRandom(),
        phase: () => this.phase,
        spec,
        ...options,
      });
    this.source = make();
    this.destination = make();
  }

  async connect(role: ShimRole): Promise<Connected> {
    const listener = this.destination.listen(ADDRESS, "main");
    const result = await this.source.connect(ADDRESS, role).wait();
    const destination = await listener.accept();
    listener.close();
    invariant(result.kind === "connected" && destination !== null, "not connected");
    const wire = this.network.accepted.at(-1);
    invariant(wire !== undefined, "nothing was accepted");
    return { source: result.channel, destination, wire };
  }
}
