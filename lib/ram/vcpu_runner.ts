/**
 * One vCPU: obeys the board's commands, paces the guest program, blocks on missing pages. It is a machine without a loop and
 * without a clock, so that the same code runs in a Worker that truly blocks and as a task in virtual time: `advance` does one
 * thing, then says what to wait for.
 *
 * Every `advance` looks at everything again, so a wait may end early for any reason. The order in which it looks is the
 * contract: a write that was begun is finished before a stop is even seen, and a vCPU that is blocked obeys a stop too and
 * keeps its fault.
 *
 * @module
 */

import { unreachable } from "../invariant.ts";
import { REGISTER_PAGE } from "./guest_page.ts";
import { GuestProgram } from "./guest_program.ts";
import type { GuestRam } from "./guest_ram.ts";
import type { GuestSpec } from "./guest_spec.ts";
import type { PageRequestEvent, PageRequestLog } from "./page_request_log.ts";
import type { VcpuBoard } from "./vcpu_board.ts";
import { VcpuPacer } from "./vcpu_pacer.ts";

/** What to do before the next `advance`. */
export type VcpuPause =
  /** Nothing. */
  | { readonly kind: "go-on" }
  /** Half of a write's bytes are stored: a world that has one thread lets others in here. */
  | { readonly kind: "halfway" }
  /** Wait for the vCPU's bell, for at most `forUs` microseconds (or Infinity). */
  | { readonly kind: "wait"; readonly forUs: number }
  /** There is none: the vCPU is closed. */
  | { readonly kind: "ended" };

const GO_ON: VcpuPause = { kind: "go-on" };
const HALFWAY: VcpuPause = { kind: "halfway" };
const WAIT: VcpuPause = { kind: "wait", forUs: Infinity };
const ENDED: VcpuPause = { kind: "ended" };

/** What a vCPU works with. */
export interface VcpuRunnerOptions {
  readonly spec: GuestSpec;
  readonly ram: GuestRam;
  readonly board: VcpuBoard;
  readonly log: PageRequestLog;
  readonly vcpu: number;
  /** The most of a CPU that this vCPU may use, above 0, at most 1. */
  readonly cpuShare: number;
  /** Rings the engine's bell. */
  readonly ringEngine: () => void;
}

/** One vCPU. */
export class VcpuRunner {
  readonly #vcpu: number;
  readonly #ram: GuestRam;
  readonly #board: VcpuBoard;
  readonly #log: PageRequestLog;
  readonly #ringEngine: () => void;
  readonly #program: GuestProgram;
  readonly #pacer: VcpuPacer;
  /** The registers were read since the last stop: the program knows where it is. */
  #arrived = false;
  /** The register page does not say where the program is. */
  #halted = false;
  #halfWritten = false;

  /** @throws {GuestSpecError} when the guest does not fit the RAM. */
  constructor(options: VcpuRunnerOptions) {
    this.#vcpu = options.vcpu;
    this.#ram = options.ram;
    this.#board = options.board;
    this.#log = options.log;
    this.#ringEngine = options.ringEngine;
    this.#program = new GuestProgram(options.spec, options.ram, options.vcpu);
    const phase = (options.vcpu + 1) / options.spec.vcpus;
    this.#pacer = new VcpuPacer({ phase, cpuShare: options.cpuShare });
  }

  /** Does one thing; `nowUs` is the shared clock. */
  advance(nowUs: number): VcpuPause {
    if (this.#halfWritten) return this.#finishWrite();
    const number = this.#board.commandNumber;
    const command = this.#board.commandOf(number);
    switch (command) {
      case "run":
        return this.#run(false, nowUs);
      case "run-missing":
        return this.#run(true, nowUs);
      case "stop":
        return this.#stop(number);
      case "close":
        this.#acknowledge(number);
        return ENDED;
      default:
        return unreachable(command);
    }
  }

  #run(missing: boolean, nowUs: number): VcpuPause {
    const blocked = this.#board.faultOf(this.#vcpu) !== null;
    if (!blocked) {
      if (this.#halted || (this.#arrived && this.#program.finished)) return WAIT;
      const forUs = this.#pacer.waitUs(nowUs, this.#board.touchesPerSecond);
      if (forUs > 0) return { kind: "wait", forUs };
    }
    const page = this.#arrived ? this.#program.page : REGISTER_PAGE;
    if (missing && !this.#ram.received.test(page)) {
      return blocked ? WAIT : this.#block(page, nowUs);
    }
    if (blocked) this.#unblock(page, nowUs);
    return this.#arrived ? this.#touch() : this.#arrive();
  }

  /** Opens a fault; the next `advance` looks at the received bit once more. */
  #block(page: number, nowUs: number): VcpuPause {
    this.#record("faulted", page, nowUs);
    this.#board.openFault(this.#vcpu, page, nowUs);
    this.#ringEngine();
    return GO_ON;
  }

  #unblock(page: number, nowUs: number): void {
    this.#board.closeFault(this.#vcpu, nowUs);
    this.#record("vcpu-runs", page, nowUs);
    this.#pacer.restart(nowUs);
  }

  #arrive(): VcpuPause {
    const violation = this.#program.arrive();
    if (violation !== null) {
      this.#board.violations.add(violation);
      this.#halted = true;
      return GO_ON;
    }
    this.#arrived = true;
    this.#tell();
    return GO_ON;
  }

  #touch(): VcpuPause {
    const violation = this.#program.check();
    if (violation !== null) this.#board.violations.add(violation);
    if (this.#program.isWrite) {
      this.#program.writeFirstHalf();
      this.#halfWritten = true;
      return HALFWAY;
    }
    this.#step();
    return GO_ON;
  }

  #finishWrite(): VcpuPause {
    this.#program.writeSecondHalfAndMark();
    this.#halfWritten = false;
    this.#step();
    return GO_ON;
  }

  #step(): void {
    this.#program.advance();
    this.#pacer.touched();
    this.#tell();
  }

  /** Tells how far the program is. */
  #tell(): void {
    this.#board.setProgress(this.#vcpu, this.#program.steps, this.#program.finished);
  }

  /** Saves the registers, unless they were never read: then guest memory holds them as they are. */
  #stop(number: number): VcpuPause {
    if (this.#board.hasAcknowledged(this.#vcpu, number)) return WAIT;
    if (this.#arrived) this.#program.saveRegisters();
    if (this.#board.faultOf(this.#vcpu) === null) this.#arrived = false;
    this.#halted = false;
    this.#pacer.reset();
    this.#acknowledge(number);
    return WAIT;
  }

  #acknowledge(number: number): void {
    this.#board.acknowledge(this.#vcpu, number);
    this.#ringEngine();
  }

  #record(event: PageRequestEvent, page: number, timeUs: number): void {
    this.#log.record(event, { session: this.#board.session, page, vcpu: this.#vcpu, timeUs });
  }
}
