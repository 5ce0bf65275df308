/**
 * A source and a destination, ready to migrate: what bench and chaos drive and measure. Two kinds: in virtual time, and in real time
 * with Workers and sockets. Both are controlled by QMP alone.
 *
 * Whoever drives a pair follows the World's rule: it awaits one promise of the pair at a time, so that it runs in virtual time too.
 *
 * @module
 */

import type { LatencyFigures } from "../measure/histogram.ts";
import type { LoopResponsiveness } from "../measure/loop_stalls.ts";
import type { BlamedPageRequest, PageRequestSummary } from "../measure/preempt_blame.ts";
import type { QmpResponsiveness } from "../measure/query_silence.ts";
import type { PlacedStall, StatusSpan } from "../measure/stall_phases.ts";
import type { ConnectRecord } from "../netem/connect_record.ts";
import type { ShimSpec } from "../netem/conditions.ts";
import type { MigrationInfo } from "../qapi/migration_info.ts";
import type { Side } from "../qapi/migration_status.ts";
import type { QmpClient } from "../qmp/qmp_client.ts";
import type { GuestRam } from "../ram/guest_ram.ts";
import type { RamBlockSize } from "../ram/ram_block.ts";
import type { GuestSpec } from "../ram/guest_spec.ts";
import type { QemuMachineKind } from "../qemu/qemu_machine.ts";
import type { Address } from "../world/address.ts";
import type { World } from "../world/world.ts";

/** Which engine a side is. */
export type EngineChoice =
  | { readonly kind: "embedded" }
  | {
    readonly kind: "qemu";
    /** Name or path of the program. @default {"qemu-system-x86_64"} */
    readonly program?: string;
    /** More arguments, behind our own. */
    readonly extraArguments?: readonly string[];
  }
  /** A QEMU of this host that somebody else started. Then the other side is one, too. */
  | {
    readonly kind: "attached";
    /** Its QMP, for the operator. */
    readonly qmp: Address;
    /** Another QMP of it, for the prober, since one serves one client at a time; `null`: QMP's silence is not measured. */
    readonly probed: Address | null;
  };

/** The engines of a pair. */
export type EngineChoices = Readonly<Record<Side, EngineChoice>>;

/** Two of our own. */
export const EMBEDDED_PAIR: EngineChoices = {
  source: { kind: "embedded" },
  destination: { kind: "embedded" },
};

/** What a pair is made of. */
export interface PairOptions {
  /** Of everything that is left to chance: network jitter, schedule. The guest has its own. */
  readonly seed: number;
  readonly ram: readonly RamBlockSize[];
  readonly guest: GuestSpec;
  readonly shim: ShimSpec;
  /** What the migration channels run over. Virtual time makes no difference between them. */
  readonly transport: "unix" | "tcp";
  /**
   * Whether the shim may be changed while channels are open: where a QEMU is one of the sides they pass the proxy from the start, then.
   *
   * @default {false}
   */
  readonly shimChanges?: boolean;
  /** In real time only. @default {EMBEDDED_PAIR} */
  readonly engines?: EngineChoices;
  /**
   * The machine of QEMU's side where ours is the other: `pc` moves RAM alone. Two QEMUs are always `pc`, whose guest they can run.
   *
   * @default {"none"}
   */
  readonly machine?: QemuMachineKind;
  /**
   * Time between two ticks of the main loop probe, and between two queries of the QMP prober. `null`: neither is there, which takes three
   * Workers less of a machine whose throughput or memory is measured.
   */
  readonly probes: { readonly loopIntervalUs: number; readonly qmpIntervalUs: number } | null;
  /**
   * How long an engine may leave its operator or prober without an answer until it is given up, in microseconds.
   *
   * @default {150000000} Linux gives a connect up after 127 s, and one that holds the main loop for so long is a figure.
   */
  readonly answerTimeoutUs?: number;
  /** Takes every QMP line of the operator's connections, e.g. to keep them in a file. */
  readonly log?: (side: Side, direction: "sent" | "received", line: string) => void;
}

/** See `PairOptions.answerTimeoutUs`. */
export const ANSWER_TIMEOUT_US = 150_000_000;

/** One engine, as its operator sees it. */
export interface EngineSide {
  readonly kind: EngineChoice["kind"];
  readonly qmp: QmpClient;
  /** Its guest's RAM, to look at while the guest is stopped; `null` where it is in a QEMU's own memory. */
  readonly ram: GuestRam | null;
  /** What has become of it, as the end of a sentence: `was killed by SIGSEGV: ...`; `null` while it runs. */
  describeEnd(): Promise<string | null>;
}

/** How the guest's RAM compares with what its program must have left, byte by byte. */
export interface RamVerdict {
  /** `incomplete`: pages are missing, the guest's state is on both sides. `absent`: nobody knows what it must hold. */
  readonly verdict: "identical" | "different" | "incomplete" | "absent";
  /** What differs first, as a sentence; absent where nothing does. */
  readonly detail?: string;
}

/** What was seen of one engine. */
export interface SideMeasurements {
  /** `null` where the loop could not be probed. */
  readonly loop: LoopResponsiveness | null;
  /** The loop's stalls, each with the migration status and connect phase that it fell into. */
  readonly stalls: readonly PlacedStall[];
  readonly statuses: readonly StatusSpan[];
  /** `null` where there was no prober. */
  readonly qmp: QmpResponsiveness | null;
  /** The last query-migrate. */
  readonly migration: MigrationInfo;
  /** Microseconds that each vCPU was blocked in page faults; `null` where the engine does not say. */
  readonly vcpuBlockedUs: readonly number[] | null;
  /** What a vCPU read that it must not have read, as sentences. Empty in a run without a bug. */
  readonly violations: readonly string[];
}

/** One request; it does not matter in which session it began. */
export type MeasuredRequest = Omit<BlamedPageRequest, "session">;

/** Page requests as the wire tap saw them. */
export interface WireRequests {
  /** Those that the destination sent, without repetitions of one that waits. */
  readonly count: number;
  /** Of those whose page came after them; `null` where there was none. */
  readonly latency: LatencyFigures | null;
}

/** What was seen from `startMeasuring` on. */
export interface PairMeasurements {
  readonly source: SideMeasurements;
  readonly destination: SideMeasurements;
  /** A loop that does nothing, probed alike: what of a stall is the machine's doing. `null` in virtual time, where it is 0. */
  readonly idleLoop: LoopResponsiveness | null;
  /** Each by itself. Where the wire tells of them: the latest 100,000 that were answered, whose pages count from the begin of their block. */
  readonly requests: readonly MeasuredRequest[];
  /** `null` where neither side keeps a log of them. */
  readonly pageRequests: PageRequestSummary | null;
  /** The same as the wire shows them; `null` where the destination keeps a log, no proxy is between, or the tap could not read all. */
  readonly wireRequests: WireRequests | null;
  /** The source's connects of both channels, by when they began. Of a QEMU's the proxy sees those that were not refused. */
  readonly connects: readonly ConnectRecord[];
  /** How much longer or shorter each delayed connect took than the shim was asked for, in microseconds, seen by a plain client. */
  readonly shimConnectErrorsUs: readonly number[];
  /** CPU time of the process since `startMeasuring`, in milliseconds; `null` in virtual time, and where a QEMU does a part of the work. */
  readonly cpuMs: number | null;
  /** `null` likewise. */
  readonly peakRssMib: number | null;
}

/** A running pair. */
export interface EnginePair {
  /** The operator's: clock and main loop. */
  readonly world: World;
  readonly source: EngineSide;
  readonly destination: EngineSide;
  /** A migration address that was not used before, for `migrate-incoming` or `migrate-recover`, and `migrate`. */
  newMigrationAddress(): string;
  /**
   * Where the source connects to for what the destination listens for at `address`: there, or at the proxy that carries the shim to a
   * QEMU. To be asked right before each `migrate`.
   */
  connectAddress(address: string): Promise<string>;
  /** Numbers the connects that follow: 0 = start, k = k-th recovery. Before each `migrate`. */
  setConnectPhase(phase: number): void;
  /** Replaces the shim's specification, also for channels that are open. */
  setShim(spec: ShimSpec): Promise<void>;
  startMeasuring(): Promise<void>;
  /** Ends the measurement. */
  measure(): Promise<PairMeasurements>;
  /** Compares one side's RAM with what the guest program must have left there. The guest is stopped for it, and stays so. */
  verifyRam(side: Side): Promise<RamVerdict>;
  /** Ends both engines, and everything that was started for them. */
  close(): Promise<void>;
}
