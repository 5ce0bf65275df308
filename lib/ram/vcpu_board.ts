/**
 * The words through which an engine and its vCPUs talk: a command and what each vCPU made of it, the page each is blocked on, its
 * counters. Everything is a level that may be looked at again at any time, never an event that could be missed: bells
 * (`VcpuBells`) only say that looking is worth it.
 *
 * The hard case is a page that is placed while a vCPU is about to block on it. The vCPU opens the fault, **then** looks at the
 * received bit once more; the engine sets the bit, **then** looks for open faults. One of them sees the other.
 *
 * @module
 */

import type { GuestSpec } from "./guest_spec.ts";
import { ViolationLog } from "./violation_log.ts";

/** What the vCPUs are told to do. `run-missing`: pages may be missing, so look before every touch. */
export const VCPU_COMMANDS = ["stop", "run", "run-missing", "close"] as const;

export type VcpuCommand = (typeof VCPU_COMMANDS)[number];

/** A board as it travels to another Worker. */
export interface SharedVcpuBoard {
  readonly vcpus: number;
  readonly buffer: SharedArrayBuffer;
  readonly violations: SharedArrayBuffer;
}

/** Words of all vCPUs together: the first block of BLOCK_WORDS. */
const COMMAND = 0;
const ENGINE_BELL = 1;
const TOUCHES_PER_SECOND = 2;
const SESSION = 3;
/** Words of each vCPU. A block of 64 bytes for each, so that they do not slow each other down. */
const BELL = 0;
const ACKNOWLEDGED = 1;
const FAULT = 2;
const STEPS = 3;
const FINISHED = 4;
const BLOCK_WORDS = 16;
/** Float64 places within a vCPU's block, behind its words: time blocked in ended faults, and since when in an open one. */
const BLOCKED_US = 6;
const BLOCKED_SINCE_US = 7;

/** A command's number is its place in VCPU_COMMANDS, plus this for each command before it: each is a number of its own. */
const COMMAND_STEP = VCPU_COMMANDS.length;

/** The shared words of one machine's vCPUs. New: stopped, at the guest's own rate. */
export class VcpuBoard {
  readonly vcpus: number;
  readonly violations: ViolationLog;
  /** For those who wait on a bell: `Atomics.wait(board.words, board.bellOf(k), seen)`. */
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly #times: Float64Array<SharedArrayBuffer>;
  /** Where the next scan for faults begins, so that no vCPU comes first always. */
  #scanFrom = 0;

  private constructor({ vcpus, buffer, violations }: SharedVcpuBoard) {
    this.vcpus = vcpus;
    this.violations = ViolationLog.attach(violations);
    this.words = new Int32Array(buffer);
    this.#times = new Float64Array(buffer);
  }

  static allocate(spec: GuestSpec): VcpuBoard {
    const board = new VcpuBoard({
      vcpus: spec.vcpus,
      buffer: new SharedArrayBuffer((1 + spec.vcpus) * BLOCK_WORDS * 4),
      violations: ViolationLog.allocate().shared,
    });
    board.touchesPerSecond = spec.touchesPerSecond;
    return board;
  }

  /** The same board, seen from another Worker. */
  static attach(shared: SharedVcpuBoard): VcpuBoard {
    return new VcpuBoard(shared);
  }

  get shared(): SharedVcpuBoard {
    return {
      vcpus: this.vcpus,
      buffer: this.words.buffer,
      violations: this.violations.shared,
    };
  }

  // -- Bells --

  /** The word that counts a vCPU's rings. */
  bellOf(vcpu: number): number {
    return this.#at(vcpu, BELL);
  }

  /** The word that counts the engine's rings. */
  get engineBell(): number {
    return ENGINE_BELL;
  }

  // -- Commands --

  /** Gives a command; returns its number. */
  command(command: VcpuCommand): number {
    const before = Atomics.load(this.words, COMMAND);
    const turn = Math.floor(before / COMMAND_STEP) + 1;
    const number = turn * COMMAND_STEP + VCPU_COMMANDS.indexOf(command);
    Atomics.store(this.words, COMMAND, number);
    return number;
  }

  /** The number of the command that holds. */
  get commandNumber(): number {
    return Atomics.load(this.words, COMMAND);
  }

  commandOf(number: number): VcpuCommand {
    return VCPU_COMMANDS[number % COMMAND_STEP]!;
  }

  acknowledge(vcpu: number, number: number): void {
    Atomics.store(this.words, this.#at(vcpu, ACKNOWLEDGED), number);
  }

  hasAcknowledged(vcpu: number, number: number): boolean {
    return Atomics.load(this.words, this.#at(vcpu, ACKNOWLEDGED)) === number;
  }

  // -- Faults --

  /** A vCPU blocks on a page. It must look at the received bit once more afterwards. */
  openFault(vcpu: number, page: number, nowUs: number): void {
    this.#times[this.#timeAt(vcpu, BLOCKED_SINCE_US)] = nowUs;
    Atomics.store(this.words, this.#at(vcpu, FAULT), faultWord(page));
  }

  /** A vCPU's page is there. */
  closeFault(vcpu: number, nowUs: number): void {
    this.#times[this.#timeAt(vcpu, BLOCKED_US)] = this.blockedUs(vcpu, nowUs);
    Atomics.store(this.words, this.#at(vcpu, FAULT), 0);
  }

  /** The page that a vCPU blocks on, or `null`. */
  faultOf(vcpu: number): number | null {
    return pageOfFault(Atomics.load(this.words, this.#at(vcpu, FAULT)));
  }

  /** The page of a fault that was not taken before, or `null`. Engine only. */
  takeFault(): number | null {
    for (let count = 0; count < this.vcpus; count++) {
      const vcpu = (this.#scanFrom + count) % this.vcpus;
      const at = this.#at(vcpu, FAULT);
      const word = Atomics.load(this.words, at);
      if (word === 0 || isTaken(word)) continue;
      if (Atomics.compareExchange(this.words, at, word, word | TAKEN) !== word) continue;
      this.#scanFrom = vcpu + 1;
      return pageOfFault(word);
    }
    return null;
  }

  /** How long a vCPU was blocked in all, an open fault included, in microseconds. */
  blockedUs(vcpu: number, nowUs: number): number {
    const ended = this.#times[this.#timeAt(vcpu, BLOCKED_US)]!;
    if (this.faultOf(vcpu) === null) return ended;
    return ended + Math.max(0, nowUs - this.#times[this.#timeAt(vcpu, BLOCKED_SINCE_US)]!);
  }

  // -- What else the engine sets, and the vCPUs tell --

  /** Touches a second of each vCPU; an integer. */
  get touchesPerSecond(): number {
    return Atomics.load(this.words, TOUCHES_PER_SECOND);
  }

  set touchesPerSecond(rate: number) {
    Atomics.store(this.words, TOUCHES_PER_SECOND, rate);
  }

  /** The connect phase that faults are logged under. */
  get session(): number {
    return Atomics.load(this.words, SESSION);
  }

  set session(session: number) {
    Atomics.store(this.words, SESSION, session);
  }

  /** A vCPU tells how far it is. */
  setProgress(vcpu: number, steps: number, finished: boolean): void {
    Atomics.store(this.words, this.#at(vcpu, STEPS), steps);
    Atomics.store(this.words, this.#at(vcpu, FINISHED), finished ? 1 : 0);
  }

  stepsOf(vcpu: number): number {
    return Atomics.load(this.words, this.#at(vcpu, STEPS));
  }

  isFinished(vcpu: number): boolean {
    return Atomics.load(this.words, this.#at(vcpu, FINISHED)) === 1;
  }

  #at(vcpu: number, word: number): number {
    return (1 + vcpu) * BLOCK_WORDS + word;
  }

  #timeAt(vcpu: number, place: number): number {
    return (1 + vcpu) * (BLOCK_WORDS / 2) + place;
  }
}

/** A fault word holds page + 1 and, in its lowest bit, whether the engine has taken it; 0 is no fault. */
const TAKEN = 1;

function faultWord(page: number): number {
  return (page + 1) * 2;
}

function pageOfFault(word: number): number | null {
  return word === 0 ? null : (word >>> 1) - 1;
}

function isTaken(word: number): boolean {
  return (word & TAKEN) !== 0;
}
