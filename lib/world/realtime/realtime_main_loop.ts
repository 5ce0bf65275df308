/**
 * The MainLoop of the real-time World: the event loop of the Worker that the World was opened in.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";
import type { Condition, ConnectOperation, ConnectResult, MainLoop, Thread } from "../world.ts";
import type { HoldableConnect } from "./conditioned_network.ts";
import { LoopTurn } from "./loop_turn.ts";
import { RealtimeCondition, type SetTimer } from "./realtime_condition.ts";

/** One engine's event loop. */
export class RealtimeMainLoop implements MainLoop {
  readonly #setTimer: SetTimer;
  readonly #onBug: (error: unknown) => void;
  readonly #loopTurn = new LoopTurn();

  /** @param onBug told what a thread threw. */
  constructor(setTimer: SetTimer, onBug: (error: unknown) => void) {
    this.#setTimer = setTimer;
    this.#onBug = onBug;
  }

  spawn(name: string, thread: () => Promise<void>): Thread {
    const ended = Promise.resolve().then(thread).catch(this.#onBug);
    return { name, join: () => ended };
  }

  condition(): Condition {
    return new RealtimeCondition(this.#setTimer);
  }

  spend(): void {}

  turn(): Promise<void> {
    return this.#loopTurn.turn();
  }

  hold(operation: ConnectOperation): Promise<ConnectResult> {
    invariant(isHoldable(operation), "a loop can only be held on a connect of its own network");
    operation.block();
    return operation.wait();
  }

  /** Ends after the turn that is under way. */
  close(): Promise<void> {
    return this.#loopTurn.close();
  }
}

function isHoldable(operation: ConnectOperation): operation is HoldableConnect {
  return "block" in operation;
}
