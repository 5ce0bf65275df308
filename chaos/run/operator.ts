/**
 * The operator: does what a management layer does, by what the engines tell him, one thing at a time.
 *
 * He reacts to statuses alone. So the same operator brings a migration to its end while faults last, when they are over, and in the
 * second migration; only his manner differs.
 *
 * @module
 */

import { isTerminal } from "../../lib/qapi/migration_status.ts";
import type { Side } from "../../lib/qapi/migration_status.ts";
import type { CommandRecord } from "../history.ts";
import type { ChaosEngine } from "./chaos_engine.ts";
import type { Stage } from "./stage.ts";

/** How he goes about it. */
export interface Manner {
  /** When he starts postcopy, in microseconds after `migrate`; `null`: never. */
  readonly postcopyAfterUs: number | null;
  /** How long he lets what waits for him wait. */
  readonly reactionUs: number;
  /** How long he lets a recovery take before he breaks it off. */
  readonly patienceUs: number;
  /** How long he lets a side stay in a status before he cancels or pauses; absent: for ever. */
  readonly standstillUs?: number;
}

/** How long he waits for an answer before he goes on without it. */
const ANSWER_US = 2_000_000;

/** He gives the same command again only after so long. */
const AGAIN_US = 300_000;

/** He looks at least so often. */
const LOOK_US = 10_000;

/** An operator of one migration. */
export class Operator {
  readonly #stage: Stage;
  #migratedUs = 0;
  /** When he last did something, by what it was. */
  readonly #lastUs = new Map<string, number>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Has the destination listen and the source migrate. */
  async begin(): Promise<void> {
    const uri = this.#stage.newListening();
    this.#stage.setPhase(0);
    await this.#destination.ask("migrate-incoming", { uri }, ANSWER_US);
    this.#migratedUs = this.#stage.clock.now();
    await this.#ask("source", "migrate", { uri });
  }

  /** Acts until `done`, for so long at most; whether it is. */
  async operate(manner: Manner, done: () => boolean, forUs: number): Promise<boolean> {
    const { clock, changed } = this.#stage;
    const deadlineUs = clock.now() + forUs;
    for (;;) {
      if (done()) return true;
      const leftUs = deadlineUs - clock.now();
      if (leftUs <= 0) return false;
      if (!await this.#act(manner)) await changed.wait(Math.min(leftUs, LOOK_US));
    }
  }

  /** Does what is to be done next. @returns whether there was something. */
  async #act(manner: Manner): Promise<boolean> {
    const [source, destination] = [this.#source, this.#destination];
    if (this.#wantsPostcopy(manner)) {
      await this.#ask("source", "migrate-start-postcopy", {});
      return true;
    }
    if (this.#hasWaited(source, "pre-switchover", manner.reactionUs) && this.#isTime("continue")) {
      await this.#ask("source", "migrate-continue", { state: "pre-switchover" });
      return true;
    }
    if (source.status === "postcopy-paused" && destination.status === "postcopy-paused") {
      return await this.#recover(manner);
    }
    return await this.#breakOff(manner) || await this.#endStandstill(manner);
  }

  #wantsPostcopy({ postcopyAfterUs }: Manner): boolean {
    return postcopyAfterUs !== null && this.#source.status === "active" &&
      this.#stage.clock.now() >= this.#migratedUs + postcopyAfterUs && this.#isTime("postcopy");
  }

  /** A paused pair: new channels at a new address. */
  async #recover({ reactionUs, patienceUs }: Manner): Promise<boolean> {
    const [source, destination] = [this.#source, this.#destination];
    const sinceUs = Math.max(source.sinceUs, destination.sinceUs);
    if (!source.alive || !destination.alive) return false;
    if (this.#stage.clock.now() < sinceUs + reactionUs || !this.#isTime("recover")) return false;
    const { error } = await this.#ask("destination", "migrate-recover", {
      uri: this.#stage.newListening(),
    });
    if (error !== null) {
      // It listens already, for a recovery that was begun and never came.
      if (this.#stage.clock.now() < sinceUs + patienceUs) return false;
      await this.#ask("destination", "migrate-pause", {});
      return true;
    }
    this.#stage.nextPhase();
    const uri = this.#stage.listeningText;
    await this.#ask("source", "migrate", { uri, resume: true });
    return true;
  }

  /** One side goes on although the other has paused, or a recovery does not come to its end. */
  async #breakOff({ patienceUs }: Manner): Promise<boolean> {
    for (const side of ["source", "destination"] as const) {
      const engine = this.#stage.on(side);
      const other = this.#stage.on(side === "source" ? "destination" : "source");
      const isRecovering = this.#hasWaited(engine, "postcopy-recover-setup", patienceUs) ||
        this.#hasWaited(engine, "postcopy-recover", patienceUs);
      const isAlone = this.#hasWaited(engine, "postcopy-active", patienceUs) &&
        this.#hasWaited(other, "postcopy-paused", patienceUs);
      if (!engine.alive || !(isRecovering || isAlone) || !this.#isTime(`pause ${side}`)) continue;
      await this.#ask(side, "migrate-pause", {});
      return true;
    }
    return false;
  }

  /** Nothing goes on although nothing is wrong with the network. */
  async #endStandstill({ standstillUs }: Manner): Promise<boolean> {
    if (standstillUs === undefined || !this.#source.alive) return false;
    const command = this.#hasWaited(this.#source, "postcopy-active", standstillUs)
      ? "migrate-pause"
      : this.#hasWaited(this.#source, "active", standstillUs)
      ? "migrate_cancel"
      : null;
    if (command === null || !this.#isTime(command)) return false;
    await this.#ask("source", command, {});
    return true;
  }

  #hasWaited(engine: ChaosEngine, status: ChaosEngine["status"], us: number): boolean {
    return engine.status === status && this.#stage.clock.now() >= engine.sinceUs + us;
  }

  /** Whether he may do it now; if so he does. */
  #isTime(what: string): boolean {
    const nowUs = this.#stage.clock.now();
    if (nowUs < (this.#lastUs.get(what) ?? -Infinity) + AGAIN_US) return false;
    this.#lastUs.set(what, nowUs);
    return true;
  }

  #ask(side: Side, ...command: AskArguments): Promise<CommandRecord> {
    const [name, args] = command;
    return this.#stage.on(side).ask(name, args, ANSWER_US);
  }

  get #source(): ChaosEngine {
    return this.#stage.on("source");
  }

  get #destination(): ChaosEngine {
    return this.#stage.on("destination");
  }
}

type AskArguments =
  | ["migrate", { uri: string; resume?: boolean }]
  | ["migrate-recover", { uri: string }]
  | ["migrate-continue", { state: "pre-switchover" }]
  | ["migrate-start-postcopy" | "migrate-pause" | "migrate_cancel" | "cont", Record<string, never>];

/** Whether nothing is left to do about a migration, and nothing will happen in it by itself. */
export function isSettled(stage: Stage): boolean {
  const [source, destination] = [stage.on("source"), stage.on("destination")];
  if (stage.unanswered > 0) return false;
  const sourceEnded = !source.alive || isTerminal(source.status) || source.status === "none";
  if (!destination.alive) return sourceEnded || source.status === "postcopy-paused";
  switch (destination.status) {
    case "completed":
      return sourceEnded || source.status === "postcopy-paused";
    case "failed":
      return sourceEnded || source.status === "postcopy-paused";
    case "none":
    case "setup":
      // Without a return path a source takes what it has written for read, and a dead connection takes everything.
      if (source.status === "completed") return !isTold(stage) && !isConnected(stage);
      return sourceEnded || source.status === "postcopy-paused";
    case "postcopy-paused":
      return !source.alive || isUnrecoverable(stage);
    default:
      return false;
  }
}

/** Whether the source hears what becomes of its destination. */
function isTold({ plan: { capabilities } }: Stage): boolean {
  return capabilities.includes("return-path") || capabilities.includes("postcopy-ram");
}

/** Whether a main channel is left that something could still arrive on. */
function isConnected({ simulation }: Stage): boolean {
  return simulation.faults.connections().some(({ role }) => role === "main");
}

/** Whether a pair cannot go on, and a resume was refused for that. */
function isUnrecoverable({ plan, recorder }: Stage): boolean {
  return plan.capabilities.includes("release-ram") &&
    recorder.commands.some(({ command, arguments: args, by, error }) =>
      command === "migrate" && args.resume === true && by === "operator" && error !== null
    );
}
