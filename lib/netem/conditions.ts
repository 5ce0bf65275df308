/**
 * Link conditions as data, in tc-netem's words: what a shim does to connects and to traffic, per channel role, direction and connect phase.
 *
 * @module
 */

/** What happens to a connect. `delay`: it takes `delayUs` longer; `hang`: it never ends; `refuse`: it fails; `reset`: accepted, then reset. */
export type ConnectCondition =
  | { readonly kind: "delay"; readonly delayUs: number }
  | { readonly kind: "hang" }
  | { readonly kind: "refuse" }
  | { readonly kind: "reset" };

/** How the jitter around a delay is distributed, as tc-netem's tables do. */
export type Distribution = "uniform" | "normal" | "pareto";

/** What happens to the bytes of one direction. An absent field means: not conditioned. */
export interface TrafficCondition {
  readonly delay?: {
    readonly timeUs: number;
    readonly jitterUs: number;
    readonly distribution: Distribution;
  };
  /** Rate in bytes per second, and what it belongs to: this channel alone, or the link that all channels with `of: "link"` share fairly. */
  readonly rate?: { readonly bytesPerSecond: number; readonly of: "channel" | "link" };
  /** Bytes that may wait in the buffer of one channel before a writer waits. Default of a conditioned channel: 1 MiB. */
  readonly limitBytes?: number;
}

/** Whose traffic. A connect condition belongs to the connecting side and has no direction. */
export type Direction = "source-to-destination" | "destination-to-source";

/** The channels that a migration connects, and that a shim may condition. */
export type ShimRole = "main" | "preempt";

/** One condition and where it applies. */
export interface ShimRule {
  readonly role: ShimRole;
  /** Absent: both directions. */
  readonly direction?: Direction;
  /** Connect phase: 0 = start of the migration, k = k-th recovery. Absent: every phase. */
  readonly phase?: number;
  readonly connect?: ConnectCondition;
  readonly traffic?: TrafficCondition;
}

/** A shim's whole specification. Where several rules fit, the first with a connect (or traffic) condition wins. */
export type ShimSpec = readonly ShimRule[];
