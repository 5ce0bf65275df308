/**
 * The engine's side of the vCPUs: gives commands, waits for acknowledgements, takes faults. What differs between Workers and
 * virtual time is only how the two sides wake each other, so that is all a world has to supply (`VcpuBells`).
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import { MAX_TOUCHES_PER_SECOND } from "./guest_spec.ts";
import type { GuestViolation } from "./guest_violation.ts";
import type { VcpuBoard } from "./vcpu_board.ts";
import type { Vcpus } from "./vcpus.ts";

/** How the engine and its vCPUs wake each other. A ring that nobody waits for may be forgotten. */
export interface VcpuBells {
  /** Wakes a vCPU from its wait. */
  ringVcpu(vcpu: number): void;
  /** Wakes whoever waits in `engineRung`. */
  ringEngine(): void;
  /** How often the engine's bell has rung. */
  readonly engineRings: number;
  /**
   * Resolves once it has rung more than `seen` times. Awaited at once, as everything of a World.
   *
   * @throws {InvariantError} when a vCPU has failed.
   */
  engineRung(seen: number): Promise<void>;
  /** Frees what ran the vCPUs, which have all ended. */
  release(): Promise<void>;
}

/** The vCPUs of one machine, and what can be asked about them. */
export class GuestVcpus implements Vcpus {
  readonly #board: VcpuBoard;
  readonly #bells: VcpuBells;
  readonly #nowUs: () => number;
  #faultsEnded = false;
  #closed = false;

  constructor(board: VcpuBoard, bells: VcpuBells, nowUs: () => number) {
    this.#board = board;
    this.#bells = bells;
    this.#nowUs = nowUs;
  }

  get count(): number {
    return this.#board.vcpus;
  }

  run({ missing }: { readonly missing: boolean }): void {
    invariant(!this.#closed, "Cannot run vCPUs that were closed");
    this.#command(missing ? "run-missing" : "run");
  }

  async stop(): Promise<void> {
    if (!this.#closed) await this.#acknowledged(this.#command("stop"));
  }

  async nextFault(): Promise<number | null> {
    for (;;) {
      const rings = this.#bells.engineRings;
      if (this.#faultsEnded) return null;
      const page = this.#board.takeFault();
      if (page !== null) return page;
      await this.#bells.engineRung(rings);
    }
  }

  endFaults(): void {
    this.#faultsEnded = true;
    this.#bells.ringEngine();
  }

  beginFaults(): void {
    this.#faultsEnded = false;
  }

  wake(page: number): void {
    for (let vcpu = 0; vcpu < this.count; vcpu++) {
      if (this.#board.faultOf(vcpu) === page) this.#bells.ringVcpu(vcpu);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.endFaults();
    try {
      await this.#acknowledged(this.#command("close"));
    } finally {
      await this.#bells.release();
    }
  }

  setTouchesPerSecond(rate: number): void {
    invariant(
      Number.isInteger(rate) && rate >= 0 && rate <= MAX_TOUCHES_PER_SECOND,
      `${rate} touches a second`,
    );
    this.#board.touchesPerSecond = rate;
    this.#ringVcpus();
  }

  setSession(session: number): void {
    this.#board.session = session;
  }

  get finished(): boolean {
    for (let vcpu = 0; vcpu < this.count; vcpu++) {
      if (!this.#board.isFinished(vcpu)) return false;
    }
    return true;
  }

  steps(vcpu: number): number {
    return this.#board.stepsOf(vcpu);
  }

  blockedUs(vcpu: number): number {
    return this.#board.blockedUs(vcpu, this.#nowUs());
  }

  get violationCount(): number {
    return this.#board.violations.count;
  }

  firstViolations(): readonly GuestViolation[] {
    return this.#board.violations.first();
  }

  #command(command: "stop" | "run" | "run-missing" | "close"): number {
    const number = this.#board.command(command);
    this.#ringVcpus();
    return number;
  }

  #ringVcpus(): void {
    for (let vcpu = 0; vcpu < this.count; vcpu++) this.#bells.ringVcpu(vcpu);
  }

  /** Waits until every vCPU has acknowledged a command, or another one was given. */
  async #acknowledged(number: number): Promise<void> {
    for (;;) {
      const rings = this.#bells.engineRings;
      if (this.#board.commandNumber !== number || this.#allAcknowledged(number)) return;
      await this.#bells.engineRung(rings);
    }
  }

  #allAcknowledged(number: number): boolean {
    for (let vcpu = 0; vcpu < this.count; vcpu++) {
      if (!this.#board.hasAcknowledged(vcpu, number)) return false;
    }
    return true;
  }
}
