/**
 * An engine's main loop in virtual time.
 *
 * @module
 */

import { invariant, InvariantError } from "../../invariant.ts";
import type {
  Condition,
  ConnectOperation,
  ConnectResult,
  MainLoop,
  Thread,
  Work,
} from "../world.ts";
import type { Loop } from "./loop.ts";
import { type Operation, PENDING, Task, WAIT } from "./task.ts";
import { VirtualCondition } from "./virtual_condition.ts";
import { VirtualConnect } from "./virtual_connect.ts";

/** The face that a loop shows to its threads. */
export class VirtualMainLoop implements MainLoop {
  readonly #loop: Loop;
  readonly #nextTaskId: () => number;

  constructor(loop: Loop, nextTaskId: () => number) {
    this.#loop = loop;
    this.#nextTaskId = nextTaskId;
  }

  spawn(name: string, thread: () => Promise<void>): VirtualThread {
    const task = new Task(this.#nextTaskId(), name, this.#loop);
    this.#loop.scheduler.start(task, thread);
    return new VirtualThread(task);
  }

  condition(): Condition {
    return new VirtualCondition(this.#loop.scheduler);
  }

  spend(work: Work, count = 1): void {
    this.#loop.spend(work, count);
  }

  turn(): Promise<void> {
    this.#checkCaller();
    return this.#loop.scheduler.turn();
  }

  hold(operation: ConnectOperation): Promise<ConnectResult> {
    this.#checkCaller();
    invariant(operation instanceof VirtualConnect, "a held connect is one of this network");
    return this.#loop.scheduler.wait(new Hold(this.#loop, operation.taken()));
  }

  #checkCaller(): void {
    const { loop } = this.#loop.scheduler.current;
    if (loop === this.#loop) return;
    throw new InvariantError(`A thread of "${loop.name}" uses the loop of "${this.#loop.name}"`);
  }
}

/** A thread of virtual time. */
export class VirtualThread implements Thread {
  constructor(readonly task: Task) {}

  get name(): string {
    return this.task.name;
  }

  join(): Promise<void> {
    return this.task.loop.scheduler.wait(new Join(this.task));
  }
}

class Join implements Operation<void> {
  readonly kind = WAIT.join;
  readonly #thread: Task;

  constructor(thread: Task) {
    this.#thread = thread;
  }

  poll(task: Task): void | typeof PENDING {
    if (this.#thread.ended) return;
    if (!this.#thread.joiners.includes(task)) this.#thread.joiners.push(task);
    return PENDING;
  }

  subject(): string {
    return `"${this.#thread.name}" of "${this.#thread.loop.name}"`;
  }
}

/** A wait for a connect that owns its loop as long as it lasts. */
class Hold implements Operation<ConnectResult> {
  readonly kind = WAIT.connect;
  readonly #loop: Loop;
  readonly #operation: Operation<ConnectResult>;

  constructor(loop: Loop, operation: Operation<ConnectResult>) {
    this.#loop = loop;
    this.#operation = operation;
  }

  poll(task: Task): ConnectResult | typeof PENDING {
    const result = this.#operation.poll(task);
    if (result === PENDING) this.#loop.own(task);
    return result;
  }

  subject(): string {
    return `${this.#operation.subject()}, holding the loop`;
  }
}
