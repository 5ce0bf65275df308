/**
 * Runs a plan against two real QEMUs: an operator who starts, recovers and waits, the plan's faults at their times, and eyes on both
 * sides. First faults may happen; then everything heals, and the migration must come to an end.
 *
 * @module
 */

import { deadline } from "@std/async";
import { unreachable } from "../../lib/invariant.ts";
import { isEvent } from "../../lib/qapi/events.ts";
import type { Side } from "../../lib/qapi/migration_status.ts";
import { formatVersion } from "../../lib/qapi/qemu_version.ts";
import { QmpError } from "../../lib/qapi/qmp_error.ts";
import { Buffer } from "node:buffer";
import { SeededRandom } from "../../lib/world/seeded_random.ts";
import { bootGuestOf, judgeBootMemory } from "../../lib/qemu/boot_sector_memory.ts";
import { QemuPair } from "../../lib/qemu/qemu_pair.ts";
import type { QemuProcess } from "../../lib/qemu/qemu_process.ts";
import { QmpClosedError } from "../../lib/qmp/qmp_client.ts";
import { readGuest } from "../../lib/ram/guest_spec.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { type QemuEntry, type QemuHistory, type QemuSideEnd, SIDES } from "./history.ts";
import { describeFault, lateOf, type QemuFault, type QemuPlan, shimOf } from "./plan.ts";

const RAM_BYTES = 16 << 20;
const GUEST = bootGuestOf(readGuest({ touches: 20_000 }), RAM_BYTES);

/** What the memory of a machine without a vCPU holds: no two pages are alike. */
const MEMORY = randomMemory();

/** How long a BIOS and the first pass of the guest take at most, in milliseconds. */
const BOOT_MS = 2500;
/** Faults happen for so long; then everything heals. */
const FAULTS_MS = 2500;
/** How long a healed migration may take to end. */
const HEALED_MS = 8000;
/** How often both sides are asked. */
const LOOK_MS = 20;
/** How long both sides are left alone before they are looked at for the last time. */
const LATE_MS = 200;
/** After that a question counts as unanswered. */
const SILENCE_MS = 4000;
/** A side that is still in postcopy so long after the other has paused is told to pause. */
const NOTICE_MS = 500;
/** Slow enough that a migration is still under way when its faults come. */
const BANDWIDTH = 6_000_000;
const RECOVERIES_MAX = 6;
/** A recovery that has got nowhere is tried again after so long. */
const RETRY_MS = 1000;

/** What a plan is run with. */
export interface ConductOptions {
  readonly programs: Readonly<Partial<Record<Side, string>>>;
  readonly signal: AbortSignal;
}

/** Runs it. @throws {QemuStartError} when a QEMU does not start. */
export async function conductQemu(plan: QemuPlan, options: ConductOptions): Promise<QemuHistory> {
  await using resources = new AsyncDisposableStack();
  const world = openRealtimeWorld({ seed: 1 });
  resources.defer(() => world.close());
  const entries: QemuEntry[] = [];
  const pair = resources.use(
    await QemuPair.start({
      world,
      ramBytes: RAM_BYTES,
      machine: plan.machine === "pc"
        ? { kind: "pc", guest: GUEST }
        : { kind: "none", memory: MEMORY },
      programs: options.programs,
      spec: shimOf(plan),
      log: (side, direction, line) => {
        if (!/query-(migrate|status)|"return": ?\{[^}]/.test(line)) {
          entries.push({ atUs: world.clock.now(), who: side, what: `${direction} ${line}` });
        }
      },
    }),
  );
  return await new Conduct(plan, world, pair, entries).run(options.signal);
}

/** What is known of a side. */
interface SideView {
  readonly process: QemuProcess;
  status: string;
  runState: string | null;
  silenceMs: number;
  sourceStatusAtEnd: string | null;
}

class Conduct {
  readonly #plan: QemuPlan;
  readonly #world: RealtimeWorld;
  readonly #pair: QemuPair;
  readonly #entries: QemuEntry[];
  readonly #sides: Readonly<Record<Side, SideView>>;
  readonly #done = new Set<QemuFault>();
  readonly #startUs: number;
  #strays: Deno.Conn[] = [];
  #phase = 0;
  #phaseStartUs = 0;
  #askedForPostcopy = false;
  #wasPostcopy = false;
  #pausedSinceUs: number | null = null;
  #isHealed = false;
  /** When the first phase began. */
  #zeroUs = 0;

  constructor(plan: QemuPlan, world: RealtimeWorld, pair: QemuPair, entries: QemuEntry[]) {
    this.#plan = plan;
    this.#world = world;
    this.#pair = pair;
    this.#entries = entries;
    this.#startUs = world.clock.now();
    const view = (process: QemuProcess): SideView => ({
      ...{ process, status: "none", runState: null, silenceMs: 0, sourceStatusAtEnd: null },
    });
    this.#sides = { source: view(pair.source), destination: view(pair.destination) };
  }

  async run(signal: AbortSignal): Promise<QemuHistory> {
    await this.#begin();
    for (let isOver = false; !isOver && !signal.aborted;) {
      await this.#world.clock.sleep(1000 * LOOK_MS);
      await Promise.all(SIDES.map((side) => this.#look(side)));
      const ageMs = (this.#world.clock.now() - this.#zeroUs) / 1000;
      if (ageMs > FAULTS_MS && !this.#isHealed) await this.#heal();
      await this.#act();
      isOver = this.#isSettled || ageMs > FAULTS_MS + HEALED_MS || this.#isAnyDead;
    }
    // A connect that hangs comes about now, late: whoever has given it up must live through it.
    if (!this.#isHealed) await this.#heal();
    await this.#world.clock.sleep(1000 * LATE_MS);
    await Promise.all(SIDES.map((side) => this.#look(side)));
    return await this.#history();
  }

  async #begin(): Promise<void> {
    const { preempt, machine } = this.#plan;
    if (machine === "pc") await this.#world.clock.sleep(1000 * BOOT_MS);
    const capability = preempt ? ["postcopy-preempt" as const] : [];
    await this.#try(
      "capabilities",
      () => this.#pair.setCapabilities("postcopy-ram", ...capability),
    );
    await this.#try("limit", () => this.#pair.setBandwidth(BANDWIDTH));
    await this.#pair.proxy.setLate(lateOf(this.#plan));
    this.#zeroUs = this.#phaseStartUs = this.#world.clock.now();
    await this.#try("migrate", () => this.#pair.migrate());
  }

  /** Asks a side how it is. */
  async #look(side: Side): Promise<void> {
    const view = this.#sides[side];
    const { process } = view;
    if (process.end === null) {
      const askedUs = this.#world.clock.now();
      try {
        const asked = Promise.all([
          process.qmp.execute("query-migrate"),
          process.qmp.execute("query-status"),
        ]);
        const [{ status = "none" }, { status: runState }] = await deadline(asked, SILENCE_MS);
        if (status !== view.status) this.#note(side, `is ${status}`);
        view.status = status;
        view.runState = runState;
      } catch (error) {
        if (!(error instanceof QmpClosedError || error instanceof DOMException)) throw error;
        view.runState = null;
      }
      view.silenceMs = Math.max(view.silenceMs, (this.#world.clock.now() - askedUs) / 1000);
    }
    if (process.end !== null && view.sourceStatusAtEnd === null) {
      view.runState = null;
      view.sourceStatusAtEnd = this.#sides.source.status;
      this.#note(side, process.describe());
    }
  }

  /** What the plan and the operator do now. */
  async #act(): Promise<void> {
    const { source, destination } = this.#sides;
    const phaseMs = (this.#world.clock.now() - this.#phaseStartUs) / 1000;
    this.#wasPostcopy ||= source.status.startsWith("postcopy");
    if (!this.#isHealed) await this.#doFaults(phaseMs);
    const { postcopyAtMs } = this.#plan;
    const isDue = postcopyAtMs !== null && phaseMs >= postcopyAtMs;
    if (source.status === "active" && !this.#askedForPostcopy && isDue) {
      this.#askedForPostcopy = true;
      await this.#command("source", "migrate-start-postcopy");
    }
    if (source.status !== "postcopy-paused") this.#pausedSinceUs = null;
    else if (destination.status === "postcopy-paused") await this.#recover();
    else await this.#awaitPause();
  }

  async #doFaults(phaseMs: number): Promise<void> {
    for (const fault of this.#plan.faults) {
      if (!("atMs" in fault) || this.#done.has(fault)) continue;
      if (fault.phase !== this.#phase || phaseMs < fault.atMs) continue;
      this.#done.add(fault);
      this.#note("fault", describeFault(fault));
      await this.#do(fault);
    }
  }

  async #do(fault: Extract<QemuFault, { atMs: number }>): Promise<void> {
    switch (fault.kind) {
      case "cut":
        return await this.#pair.proxy.resetConnections(fault.role ?? undefined);
      case "pause":
        return await this.#command("source", "migrate-pause");
      case "cancel":
        return await this.#command("source", "migrate_cancel");
      case "stray-connection":
        return await this.#connectStray(fault.says);
      default:
        return unreachable(fault);
    }
  }

  /** What connects stays until everything heals. */
  async #connectStray(says: "nothing" | "noise"): Promise<void> {
    const stray = await this.#pair.connectStray();
    if (stray === null) return this.#note("fault", "nobody listens for a stray connection");
    this.#strays.push(stray);
    if (says === "noise") await stray.write(new Uint8Array(16).fill(0x5a)).catch(() => {});
  }

  async #recover(): Promise<void> {
    const nowUs = this.#world.clock.now();
    const isEarly = this.#phase > 0 && nowUs - this.#phaseStartUs < 1000 * RETRY_MS;
    if (this.#phase >= RECOVERIES_MAX || isEarly) return;
    this.#phase++;
    this.#phaseStartUs = nowUs;
    this.#pausedSinceUs = null;
    await this.#try(`recovery ${this.#phase}`, () => this.#pair.recover(this.#phase));
  }

  /** The source has paused, the destination has not noticed. */
  async #awaitPause(): Promise<void> {
    const nowUs = this.#world.clock.now();
    this.#pausedSinceUs ??= nowUs;
    if (nowUs - this.#pausedSinceUs < 1000 * NOTICE_MS) return;
    this.#pausedSinceUs = nowUs;
    await this.#command("destination", "migrate-pause");
  }

  async #heal(): Promise<void> {
    this.#isHealed = true;
    this.#note("fault", "everything heals");
    this.#closeStrays();
    await this.#pair.proxy.setShim([]);
    await this.#pair.proxy.setLate([]);
    await this.#try("no limit", () => this.#pair.setBandwidth(0));
  }

  #closeStrays(): void {
    for (const stray of this.#strays.splice(0)) stray.close();
  }

  async #command(
    side: Side,
    command: "migrate-start-postcopy" | "migrate-pause" | "migrate_cancel",
  ): Promise<void> {
    await this.#try(command, () => this.#sides[side].process.qmp.execute(command));
  }

  /** A command that may be refused, or never answered. */
  async #try(what: string, act: () => Promise<unknown>): Promise<void> {
    this.#note("operator", what);
    try {
      await deadline(act(), SILENCE_MS);
    } catch (error) {
      const isExpected = error instanceof QmpError || error instanceof QmpClosedError ||
        error instanceof DOMException;
      if (!isExpected) throw error;
      this.#note("operator", `${what}: ${error.message}`);
    }
  }

  get #isAnyDead(): boolean {
    const { source, destination } = this.#sides;
    if (source.process.end !== null) return true;
    const end = destination.process.end;
    return end !== null && (end.kind === "killed" || this.#wasPostcopy);
  }

  get #isSettled(): boolean {
    const { source, destination } = this.#sides;
    if (source.status === "completed") return destination.status === "completed";
    return (source.status === "failed" || source.status === "cancelled") &&
      source.runState === "running";
  }

  /** What is wrong with the memory of a guest that has arrived. */
  async #memoryProblem(): Promise<string | null> {
    const { source, destination } = this.#sides;
    if (source.status !== "completed" || destination.status !== "completed") return null;
    try {
      return await this.#judgeMemory(destination.process);
    } catch (error) {
      if (!(error instanceof QmpClosedError)) throw error;
      return `the destination's memory cannot be read: ${error.message}`;
    }
  }

  async #judgeMemory(destination: QemuProcess): Promise<string | null> {
    await destination.qmp.execute("stop");
    if (this.#plan.machine === "none") {
      const memory = await destination.readMemory(0, RAM_BYTES);
      const isSame = Buffer.compare(memory, MEMORY) === 0;
      return isSame ? null : "the destination's memory is not the source's";
    }
    const bytes = GUEST.pages * PAGE_SIZE;
    return judgeBootMemory(GUEST, await destination.readMemory(GUEST.start, bytes));
  }

  async #history(): Promise<QemuHistory> {
    const endOf = ({ process, status, runState, silenceMs, sourceStatusAtEnd }: SideView) => ({
      version: formatVersion(process.qmp.version),
      command: process.command,
      end: process.end,
      errors: process.errors,
      sourceStatusAtEnd: sourceStatusAtEnd ?? "",
      status,
      runState,
      silenceMs,
    } satisfies QemuSideEnd);
    const sides = {
      source: endOf(this.#sides.source),
      destination: endOf(this.#sides.destination),
    };
    const isSettled = this.#isSettled;
    const memoryProblem = await this.#memoryProblem();
    const wire = (await this.#pair.proxy.report())?.events ?? [];
    const entries = this.#entries.map((one) => ({ ...one, atUs: one.atUs - this.#startUs }));
    const wasPostcopy = this.#wasPostcopy || this.#sawPostcopyEvent;
    return { plan: this.#plan, sides, wasPostcopy, isSettled, memoryProblem, entries, wire };
  }

  /** Statuses may pass between two looks. */
  get #sawPostcopyEvent(): boolean {
    return this.#pair.source.qmp.events.some((event) =>
      isEvent(event, "MIGRATION") && event.data.status.startsWith("postcopy")
    );
  }

  #note(who: QemuEntry["who"], what: string): void {
    this.#entries.push({ atUs: this.#world.clock.now(), who, what });
  }
}

function randomMemory(): Uint8Array {
  const random = new SeededRandom(1).fork("memory");
  const words = new Uint32Array(RAM_BYTES / 4);
  for (let word = 0; word < words.length; word++) words[word] = random.integer(2 ** 31);
  return new Uint8Array(words.buffer);
}
