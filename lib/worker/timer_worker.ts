/**
 * The timer Worker: one for a process, it wakes the Worlds of all its Workers in time. `Atomics.wait` until shortly
 * before a deadline, then spinning, is the most exact wait there is here; it needs a thread of its own, since it
 * blocks.
 *
 * @module
 */

import { runJoinedLoop } from "../world/realtime/joined_worker.ts";
import { serveTimer, type SharedTimer } from "../world/realtime/shared_timer.ts";

runJoinedLoop<SharedTimer>(serveTimer);
