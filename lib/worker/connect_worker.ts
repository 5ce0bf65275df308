/**
 * The connect Worker: makes the outgoing connects of one World, one at a time, with the blocking connect(2). The hard
 * thing is to be able to stop: a connect that hangs is asked to come back every 50 ms, so that it can be given up or
 * go on, which the kernel allows on the same socket without starting again.
 *
 * @module
 */

import {
  type ConnectOutcome,
  type ConnectRequest,
  ConnectSlot,
} from "../world/realtime/connect_slot.ts";
import type { ConnectWorkerStart } from "../world/realtime/connect_workers.ts";
import { runJoinedLoop } from "../world/realtime/joined_worker.ts";
import { Errno, Family, Libc } from "../world/realtime/libc.ts";
import { processClock } from "../world/realtime/process_clock.ts";

/** How long connect(2) may block before it is asked whether anybody still wants it. */
const ATTEMPT_US = 50_000;

/**
 * What TCP may hold back for the receiver. Left to itself the kernel takes 4 MB, which then come from memory instead of a cache:
 * measured, precopy costs 10-15 % less CPU on both sides with this.
 */
const SEND_BUFFER_BYTES = 512 * 1024;

/** What connect(2) says of a connect that it has not finished. */
const UNFINISHED: readonly number[] = [
  Errno.EAGAIN,
  Errno.EINPROGRESS,
  Errno.EALREADY,
  Errno.EINTR,
];

runJoinedLoop<ConnectWorkerStart>(({ memory, originMs }) => {
  using libc = new Libc();
  const slot = new ConnectSlot(memory);
  const nowUs = processClock(originMs);
  for (;;) {
    const request = slot.nextRequest();
    if (request === null) return;
    const wanted = slot.sleepUntil(request.notBeforeUs, nowUs);
    const outcome = wanted ? carryOut(request, slot, libc) : null;
    if (outcome !== null && slot.finish(outcome)) continue;
    if (outcome?.kind === "connected") libc.closeDescriptor(outcome.fd);
    slot.release();
  }
});

/** Ends with an outcome, or `null` when the connect was given up. */
function carryOut(request: ConnectRequest, slot: ConnectSlot, libc: Libc): ConnectOutcome | null {
  if (request.kind === "refuse") return { kind: "failed", errno: Errno.ECONNREFUSED };
  const { address } = request;
  const family = new Uint16Array(address.buffer, 0, 1)[0]!;
  const fd = libc.openStream(family);
  if (fd < 0) return { kind: "failed", errno: -fd };
  if (family !== Family.unix) {
    libc.setNoDelay(fd);
    libc.setSendBuffer(fd, SEND_BUFFER_BYTES);
  }
  libc.setSendTimeout(fd, ATTEMPT_US);
  const errno = connectWhileWanted(fd, address, slot, libc);
  if (errno === 0 && request.kind === "connect") return { kind: "connected", fd };
  if (errno === 0) libc.disconnect(fd);
  libc.closeDescriptor(fd);
  if (errno === null) return null;
  return errno === 0 ? { kind: "reset" } : { kind: "failed", errno };
}

/** Connects. @returns 0, the errno that ended it, or `null` when it was given up. */
function connectWhileWanted(
  fd: number,
  address: Uint8Array<ArrayBuffer>,
  slot: ConnectSlot,
  libc: Libc,
): number | null {
  while (slot.isPending) {
    const errno = libc.connect(fd, address);
    // A connect that was finished between two attempts says so.
    if (errno === Errno.EISCONN) return 0;
    if (!UNFINISHED.includes(errno)) return errno;
  }
  return null;
}
