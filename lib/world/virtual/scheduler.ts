/**
 * Virtual time: one task runs at a time, and when none is runnable time jumps to the next timer.
 *
 * A thread that waits is parked: the promise it awaits is stored with its resolver, and control goes to the next runnable
 * task by resolving that one's promise. The hard thing is that JavaScript never says that a thread is done running for now:
 * this rests on the rule that a World promise is awaited at once, so that asking for one *is* the end of the thread's slice.
 * Microtasks of async helper functions in between belong to the slice and need no help.
 *
 * What breaks the rule is found: the whole drain is microtasks, so a macrotask that comes while a task is running means that
 * this task awaits a promise from elsewhere, which nothing here will ever resolve. The same macrotask is how the drain pauses
 * now and then, without any change in order, for Ctrl-C to get through.
 *
 * @module
 */

import { clearImmediate, setImmediate } from "node:timers";
import { invariant, InvariantError } from "../../invariant.ts";
import type { Loop } from "./loop.ts";
import type { Schedule } from "./schedule.ts";
import { type Operation, PENDING, type Task, WAIT, type Wait } from "./task.ts";
import { TaskQueue } from "./task_queue.ts";
import { TimerHeap } from "./timer_heap.ts";
import { TraceHash } from "./trace_hash.ts";

/** How a run ended. `livelock`: tasks went on without end at one instant. */
export type Ending = "returned" | "deadlock" | "time-limit" | "step-limit" | "livelock";

/** What a scheduler is made of. */
export interface SchedulerOptions {
  readonly schedule: Schedule;
  /** Steps between two pauses; 1 gives every step a macrotask of its own. */
  readonly stepsPerPause: number;
  /** Time does not go beyond. */
  readonly limitNs: number;
  /** No more steps than that are taken. */
  readonly limitSteps: number;
}

/** More steps than any engine takes without letting time pass: 1 GiB of pages, one by one, are 262144. */
const STEPS_PER_INSTANT_MAX = 500_000;

/** Runs tasks. */
export class Scheduler {
  readonly timers = new TimerHeap();
  readonly trace = new TraceHash();
  /** Now, in integer nanoseconds since the start. */
  nowNs = 0;
  /** Steps taken so far: a task was given the loop. */
  steps = 0;
  readonly #options: SchedulerOptions;
  readonly #ready = new TaskQueue();
  readonly #run = Promise.withResolvers<Ending>();
  #current: Task | null = null;
  #main: Task | null = null;
  #state: "idle" | "running" | "paused" | "ended" = "idle";
  #stepsLeft = 0;
  #stepsAtInstant = 0;
  #limitSteps: number;
  #macrotask: ReturnType<typeof setImmediate> | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#limitSteps = options.limitSteps;
  }

  /** No more than `count` further steps are taken. */
  allowSteps(count: number): void {
    this.#limitSteps = Math.min(this.#limitSteps, this.steps + count);
  }

  /** The task that runs, for a call that only a running thread may make. */
  get current(): Task {
    invariant(this.#current !== null, "a World promise was asked for outside of a running thread");
    return this.#current;
  }

  /** Runs until `main` has returned and nothing else is runnable at that instant, or until nothing can go on. Called once. */
  run(main: Task): Promise<Ending> {
    invariant(this.#state === "idle", "a simulation runs once");
    this.#main = main;
    this.#resume();
    return this.#run.promise;
  }

  /** Starts a thread: makes `task` runnable, and runs `thread` when it is its turn. */
  start(task: Task, thread: () => Promise<void>): void {
    const turn = new Promise<unknown>((resolve, reject) => {
      task.resolve = resolve;
      task.reject = reject;
    });
    turn.then(thread).then(() => this.#returned(task)).catch((error) => this.#threw(task, error));
    task.loop.tasks.add(task);
    this.wake(task);
  }

  /** The running thread waits for `operation`, and first pays for the work that its loop has done. */
  wait<T>(operation: Operation<T>): Promise<T> {
    const task = this.current;
    if (task.loop.owes) {
      task.loop.pay(task, true);
    } else {
      let value: T | typeof PENDING;
      try {
        value = operation.poll(task);
      } catch (error) {
        return Promise.reject(error);
      }
      if (value !== PENDING) {
        if (this.#options.schedule.yieldsWhenReady !== true) return Promise.resolve(value);
        return this.#yield().then(() => value as T);
      }
    }
    return this.#park(task, operation, operation.kind) as Promise<T>;
  }

  /** The running thread lets everything else of its loop go first that is runnable when that has paid, whatever the schedule says. */
  turn(): Promise<void> {
    this.current.turns = true;
    return this.#yield();
  }

  /** The running thread stays runnable: the schedule chooses anew. */
  #yield(): Promise<void> {
    const task = this.current;
    task.parked = true;
    if (task.loop.owes) task.loop.pay(task, false);
    else this.wake(task);
    return this.#park(task, null, WAIT.turn) as Promise<void>;
  }

  /** What `task` waits for may have changed. */
  wake(task: Task): void {
    if (!task.parked || task.ready || task.paying) return;
    task.ready = true;
    this.queue(task);
  }

  /** Puts a runnable task into the queue, or has its loop keep it. */
  queue(task: Task): void {
    const { loop } = task;
    if (loop.owner !== null && loop.owner !== task) {
      loop.holdBack(task);
    } else {
      loop.readyCount++;
      this.#ready.push(task);
    }
  }

  /** Takes the loop's tasks out of the queue. */
  unqueue(loop: Loop): readonly Task[] {
    loop.readyCount = 0;
    return this.#ready.takeAll((task) => task.loop === loop);
  }

  /** The task is no more: it has returned, or its loop was killed. */
  end(task: Task): void {
    invariant(task !== this.#current, "a running thread is not ended");
    task.parked = false;
    task.ended = true;
    task.loop.tasks.delete(task);
    this.timers.clear(task);
    for (const joiner of task.joiners) this.wake(joiner);
  }

  #park(task: Task, operation: Operation<unknown> | null, wait: Wait): Promise<unknown> {
    task.operation = operation;
    task.wait = wait;
    task.parked = true;
    const promise = new Promise<unknown>((resolve, reject) => {
      task.resolve = resolve;
      task.reject = reject;
    });
    this.#current = null;
    this.#next();
    return promise;
  }

  /** Begins a stretch of steps. */
  #resume(): void {
    this.#state = "running";
    this.#stepsLeft = this.#options.stepsPerPause;
    this.#macrotask = setImmediate(() => this.#onMacrotask());
    this.#next();
  }

  #onMacrotask(): void {
    if (this.#state === "paused") {
      this.#resume();
      return;
    }
    const task = this.#current;
    invariant(task !== null, "the drain stopped without a running task");
    this.#fail(
      new InvariantError(
        `Thread "${task.name}" of "${task.loop.name}" awaits a promise that no World gave it, ` +
          `at ${this.nowNs / 1000} us`,
      ),
    );
  }

  /** Gives the next task its turn. Nothing else runs tasks. */
  #next(): void {
    try {
      while (this.#state === "running") {
        if (this.#ready.length === 0) this.#advance();
        else if (this.#stepsLeft === 0) this.#state = "paused";
        else if (this.#step()) return;
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** One step; whether a task is running now. */
  #step(): boolean {
    const task = this.#ready.take(this.#ready.length === 1 ? 0 : this.#choose());
    const { loop } = task;
    loop.readyCount--;
    task.ready = false;
    if (loop.owner === task) loop.release();
    this.steps++;
    this.#stepsLeft--;
    this.trace.mix(this.nowNs, task.id, task.wait);
    if (++this.#stepsAtInstant > STEPS_PER_INSTANT_MAX) {
      this.#end("livelock");
      return false;
    }
    if (this.steps > this.#limitSteps) {
      this.#end("step-limit");
      return false;
    }
    return this.#goOn(task);
  }

  readonly #taskAt = (index: number): number => this.#ready.at(index).id;

  #choose(): number {
    const { length } = this.#ready;
    const index = this.#options.schedule.choose(length, this.#taskAt);
    if (Number.isInteger(index) && index >= 0 && index < length) return this.#firstBefore(index);
    throw new InvariantError(`A schedule chose task ${index} of ${length}`);
  }

  /** In place of a task that takes its turn, the one of its loop that has been runnable for longest. */
  #firstBefore(index: number): number {
    const { turns, loop } = this.#ready.at(index);
    let first = turns ? 0 : index;
    while (this.#ready.at(first).loop !== loop) first++;
    return first;
  }

  /** Lets the task go on if what it waits for is there. */
  #goOn(task: Task): boolean {
    if (task.outcome !== null) return this.#resolve(task, task.outcome.value);
    let value: unknown;
    try {
      value = task.operation === null ? undefined : task.operation.poll(task);
    } catch (error) {
      this.#unpark(task);
      task.reject(error);
      return true;
    }
    if (value === PENDING) return false;
    if (this.#isHeardOfLater(task)) {
      task.outcome = { value };
      this.wake(task);
      return false;
    }
    return this.#resolve(task, value);
  }

  /** Whether others may go between the end of what the task waits for and the task. */
  #isHeardOfLater({ operation }: Task): boolean {
    return operation?.isKernels === true && this.#ready.length > 0 &&
      this.#options.schedule.yieldsWhenReady === true;
  }

  #resolve(task: Task, value: unknown): true {
    task.outcome = null;
    this.#unpark(task);
    task.resolve(value);
    return true;
  }

  #unpark(task: Task): void {
    task.parked = false;
    task.turns = false;
    this.#current = task;
  }

  /** Nothing is runnable: time goes to the next timer, and everything that is due then comes true. */
  #advance(): void {
    if (this.#main?.ended === true) return this.#end("returned");
    const first = this.timers.first;
    if (first === undefined) return this.#end("deadlock");
    const { dueNs } = first;
    if (dueNs > this.#options.limitNs) return this.#end("time-limit");
    invariant(dueNs >= this.nowNs, "a timer is set for a time that has passed");
    if (dueNs > this.nowNs) this.#stepsAtInstant = 0;
    this.nowNs = dueNs;
    for (let timer = this.timers.first; timer?.dueNs === dueNs; timer = this.timers.first) {
      this.timers.clear(timer);
      timer.fire();
    }
  }

  #returned(task: Task): void {
    if (this.#state === "ended") return;
    invariant(this.#current === task, "a thread returns while it runs");
    this.#current = null;
    this.end(task);
    this.#next();
  }

  #threw(task: Task, error: unknown): void {
    if (task === this.#main || error instanceof InvariantError) return this.#fail(error);
    const message = `Thread "${task.name}" of "${task.loop.name}" threw at ${
      this.nowNs / 1000
    } us: ${error}`;
    this.#fail(new InvariantError(message, { cause: error }));
  }

  #end(ending: Ending): void {
    this.#stop();
    this.#run.resolve(ending);
  }

  #fail(error: unknown): void {
    this.#stop();
    this.#run.reject(error);
  }

  #stop(): void {
    this.#state = "ended";
    this.#current = null;
    clearImmediate(this.#macrotask);
  }
}
