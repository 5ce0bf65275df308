/**
 * The inside of a vCPU's Worker. A vCPU that touches a missing page truly blocks, in `Atomics.wait`, so each needs a Worker of
 * its own; and since `terminate()` does not stop a Worker there, every wait is bounded and ends in a look at the board, which
 * says when to return.
 *
 * @module
 */

import { unreachable } from "../invariant.ts";
import { GuestRam, type SharedGuestRam } from "../ram/guest_ram.ts";
import type { GuestSpec } from "../ram/guest_spec.ts";
import { PageRequestLog, type SharedPageRequestLog } from "../ram/page_request_log.ts";
import { type SharedVcpuBoard, VcpuBoard } from "../ram/vcpu_board.ts";
import { VcpuRunner } from "../ram/vcpu_runner.ts";
import { processClock } from "../world/realtime/process_clock.ts";

/** What a vCPU's Worker is started with. */
export interface VcpuWorkerStart {
  readonly vcpu: number;
  readonly spec: GuestSpec;
  readonly ram: SharedGuestRam;
  readonly board: SharedVcpuBoard;
  readonly log: SharedPageRequestLog;
  readonly cpuShare: number;
  readonly originMs: number;
}

/** What it says: that it obeys the board, and that it has ended. */
export type VcpuWorkerMessage = "ready" | "ended";

/** What a dedicated Worker's global scope has, which the type of `self` in a module does not say. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<VcpuWorkerStart>) => void) | null;
  postMessage(message: VcpuWorkerMessage): void;
}

/** The longest wait without a look at the board. */
const WAIT_MS_MAX = 1000;

const scope = globalThis as unknown as WorkerScope;
scope.onmessage = (event) => {
  const start = event.data;
  const board = VcpuBoard.attach(start.board);
  const runner = new VcpuRunner({
    vcpu: start.vcpu,
    spec: start.spec,
    ram: GuestRam.attach(start.ram),
    board,
    log: PageRequestLog.attach(start.log),
    cpuShare: start.cpuShare,
    ringEngine: () => ring(board.words, board.engineBell),
  });
  scope.postMessage("ready");
  runUntilClosed(runner, board, start);
  scope.postMessage("ended");
};

function runUntilClosed(runner: VcpuRunner, board: VcpuBoard, start: VcpuWorkerStart): void {
  const nowUs = processClock(start.originMs);
  const bell = board.bellOf(start.vcpu);
  for (;;) {
    // Read before `advance` looks at anything, so that a ring after that look ends the wait at once.
    const rings = Atomics.load(board.words, bell);
    const pause = runner.advance(nowUs());
    switch (pause.kind) {
      case "go-on":
      case "halfway":
        break;
      case "wait":
        Atomics.wait(board.words, bell, rings, Math.min(pause.forUs / 1000, WAIT_MS_MAX));
        break;
      case "ended":
        return;
      default:
        unreachable(pause);
    }
  }
}

function ring(words: Int32Array, bell: number): void {
  Atomics.add(words, bell, 1);
  Atomics.notify(words, bell);
}
