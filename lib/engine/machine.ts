/**
 * The machine that a migration moves: its RAM, its vCPUs and its run state (QEMU's softmmu/runstate.c and cpus.c).
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import type { EmitEvent } from "../qapi/events.ts";
import type { RunState } from "../qapi/run_state.ts";
import type { GuestRam } from "../ram/guest_ram.ts";
import type { Vcpus } from "../ram/vcpus.ts";

/** One machine. Only its own methods start or stop the vCPUs. */
export class Machine {
  /** Its type, as the stream names it. */
  readonly name: string;
  readonly ram: GuestRam;
  readonly vcpus: Vcpus;
  readonly #emit: EmitEvent;
  #runState: RunState;
  /** After the package of a postcopy switch is out, the destination may run the guest, so this side must not, ever again. */
  #guestGone = false;

  constructor(
    parts: {
      ram: GuestRam;
      vcpus: Vcpus;
      emit: EmitEvent;
      incoming: boolean;
      machineName?: string;
    },
  ) {
    this.name = parts.machineName ?? "none";
    this.ram = parts.ram;
    this.vcpus = parts.vcpus;
    this.#emit = parts.emit;
    this.#runState = parts.incoming ? "inmigrate" : "prelaunch";
  }

  get runState(): RunState {
    return this.#runState;
  }

  get isRunning(): boolean {
    return this.#runState === "running";
  }

  /** True once the guest's only state is, or may be, on the other side. */
  get guestGone(): boolean {
    return this.#guestGone;
  }

  /** Gives the guest up: from here on `start` is a bug. */
  giveUpGuest(): void {
    invariant(!this.isRunning, "Cannot give up the guest: it is running");
    this.#guestGone = true;
  }

  /** The guest is here: it arrived by an incoming migration, or the operator says so. */
  receiveGuest(): void {
    this.#guestGone = false;
  }

  /** `vm_start()`. @param missing pages may be missing (postcopy). */
  start(missing: boolean): void {
    invariant(!this.#guestGone, "Cannot start the guest: it may run on the other side");
    if (this.isRunning) return;
    this.#runState = "running";
    this.vcpus.run({ missing });
    this.#emit("RESUME");
  }

  /** `vm_stop()`: returns when every vCPU has acknowledged, so that the dirty bitmap is final. */
  async stop(state: RunState): Promise<void> {
    if (!this.isRunning) {
      this.#runState = state;
      return;
    }
    this.#runState = state;
    await this.vcpus.stop();
    this.#emit("STOP");
  }

  /** Changes the run state of a machine that does not run. */
  setRunState(state: RunState): void {
    invariant(!this.isRunning && state !== "running", `Cannot set run state ${state}`);
    this.#runState = state;
  }
}
