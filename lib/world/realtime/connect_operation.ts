/**
 * An outgoing connect that a connect Worker makes, as the World that asked for it sees it.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";
import type { ConnectResult } from "../world.ts";
import type { HoldableConnect } from "./conditioned_network.ts";
import type { ConnectOutcome, ConnectSlot } from "./connect_slot.ts";

/** How often a blocked thread looks whether it shall go on waiting. */
const BLOCK_US = 50_000;

const ABORTED: ConnectResult = { kind: "failed", cause: "aborted" };

/** What a connect needs of its network. */
export interface ConnectOwner {
  /**
   * What the outcome is to the engine: makes a channel of a descriptor. Called once, unless the outcome is discarded.
   */
  resultOf(outcome: ConnectOutcome): ConnectResult;
  /** Closes what a connect brought that nobody wants. */
  discard(outcome: ConnectOutcome): void;
  /** Whether a thread that blocks must give up, since somebody outside ends this World. */
  isStopped(): boolean;
}

/** A connect that is under way in a connect Worker. */
export class WorkerConnect implements HoldableConnect {
  readonly #slot: ConnectSlot;
  readonly #owner: ConnectOwner;
  /** The slot is this connect's own only until then. */
  #result: ConnectResult | null = null;
  #waited = false;

  constructor(slot: ConnectSlot, owner: ConnectOwner) {
    this.#slot = slot;
    this.#owner = owner;
  }

  async wait(): Promise<ConnectResult> {
    invariant(!this.#waited, "a connect was waited for twice");
    this.#waited = true;
    await this.#slot.waitWhilePending(() => this.#result === null);
    return this.#result ??= this.#owner.resultOf(this.#slot.take());
  }

  block(): void {
    while (this.#result === null && this.#slot.isPending) {
      if (this.#owner.isStopped()) this.abort();
      else this.#slot.blockWhilePending(BLOCK_US);
    }
  }

  abort(): void {
    if (this.#result !== null) return;
    this.#result = ABORTED;
    if (!this.#slot.abort()) this.#owner.discard(this.#slot.take());
  }
}

/** A connect that ended before it began, its address being none that can be connected to. */
export class EndedConnect implements HoldableConnect {
  readonly #result: ConnectResult;

  constructor(result: ConnectResult) {
    this.#result = result;
  }

  wait(): Promise<ConnectResult> {
    return Promise.resolve(this.#result);
  }

  block(): void {}

  abort(): void {}
}
