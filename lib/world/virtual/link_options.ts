/**
 * What the virtual network is made of where no shim says otherwise. Results print it.
 *
 * @module
 */

import { SEGMENT_BYTES } from "../../netem/traffic.ts";

/** The link between any two loops: the same in both directions, full duplex. */
export interface LinkOptions {
  /**
   * Time of a byte from one end to the other, in microseconds, at least 0.
   *
   * @default {30}
   */
  readonly latencyUs?: number;
  /**
   * What all main and preempt channels have together in one direction, shared fairly; `null` is unlimited.
   *
   * @default {null}
   */
  readonly bytesPerSecond?: number | null;
  /**
   * The most that a limited link sends for one channel before another has its turn.
   *
   * @default {1500}
   */
  readonly segmentBytes?: number;
  /**
   * Bytes that one direction of a channel takes before a writer waits: all that the peer has not read yet, wherever they are.
   *
   * @default {4194304}
   */
  readonly bufferBytes?: number;
  /**
   * Connections that wait to be accepted before a connect waits too.
   *
   * @default {128}
   */
  readonly backlog?: number;
}

/** Half of the round trip of 64 bytes over loopback TCP, without the wake-ups (with them 36-118 us were measured). */
const LATENCY_US = 30;

/** The kernel takes 4.2 MB before a write waits. */
const BUFFER_BYTES = 4 << 20;

/** What `Deno.listen` asks for. */
const BACKLOG = 128;

/** The options with every default filled in. */
export function completeLinkOptions(options: LinkOptions): Required<LinkOptions> {
  return {
    latencyUs: LATENCY_US,
    bytesPerSecond: null,
    segmentBytes: SEGMENT_BYTES,
    bufferBytes: BUFFER_BYTES,
    backlog: BACKLOG,
    ...options,
  };
}

/** Latency of a Unix socket on the same machine, which QMP and probe channels have, without limit or shim. */
export const LOCAL_LATENCY_US = 15;
