/**
 * Connects a session's channels, as the policy says, and starts its return-path thread.
 *
 * The main channel's first bytes go out before anything else is waited for: from 10.1 on QEMU's destination looks at them in its main
 * loop, and stands still until they come.
 *
 * @module
 */

import { unreachable } from "../../invariant.ts";
import { SessionError } from "../session.ts";
import type { MigrationState } from "./migration_state.ts";
import { returnPathThread } from "./return_path_thread.ts";
import { encodeBitmapRequests, encodeSetup, send } from "./stream.ts";

/** Connects for a start: main channel, setup, and the preempt channel unless its policy is to wait for need. */
export async function connectChannels(migration: MigrationState): Promise<void> {
  await connectMain(migration);
  await send(migration, encodeSetup(migration));
  startReturnPath(migration);
  await connectPreemptAtSetup(migration);
  migration.stats.setupEndedUs = migration.context.world.clock.now();
  migration.advance("active");
}

/** Connects for a recovery: main channel, the question for every block's received bitmap, the preempt channel likewise. */
export async function reconnectChannels(migration: MigrationState): Promise<void> {
  await connectMain(migration);
  migration.advance("postcopy-recover");
  await send(migration, encodeBitmapRequests(migration));
  startReturnPath(migration);
  await connectPreemptAtSetup(migration);
  if (!migration.current.preempt.isIdle) await waitForPreemptChannel(migration);
}

/**
 * `postcopy_preempt_wait_channel()`: with the capability off there is nothing to wait for; else waits until the connect has ended, and
 * looks whether it brought a channel. A connect that was left until it is needed (`async-after-main`) starts here.
 *
 * @throws {SessionError} when there is no channel, or the session ended.
 */
export async function waitForPreemptChannel(migration: MigrationState): Promise<void> {
  const { capabilities, world } = migration.context;
  if (!capabilities["postcopy-preempt"]) return;
  const { preempt, session } = migration.current;
  if (preempt.isIdle) preempt.startConnect();
  const wait = migration.noteWait(world.clock.now());
  try {
    await session.until(() => preempt.settled);
  } finally {
    wait.endUs = world.clock.now();
  }
  preempt.requireConnected();
}

async function connectMain(migration: MigrationState): Promise<void> {
  const { session, address } = migration.current;
  const operation = session.connect(address, "main");
  const result = session.settle(operation, await operation.wait());
  if (result.kind === "failed") {
    throw new SessionError(session.failure ?? `Cannot connect the main channel: ${result.cause}`);
  }
  session.throwIfEnded();
  migration.current.main = result.channel;
}

function startReturnPath(migration: MigrationState): void {
  const { current } = migration;
  if (!migration.usesReturnPath) return;
  current.session.spawn(
    "return-path",
    () => returnPathThread(migration, current, migration.main),
  );
}

async function connectPreemptAtSetup(migration: MigrationState): Promise<void> {
  const { capabilities, parameters, world } = migration.context;
  if (!capabilities["postcopy-preempt"]) return;
  const policy = parameters["x-preempt-connect"];
  switch (policy) {
    case "blocking": {
      const wait = migration.noteWait(world.clock.now());
      await migration.current.preempt.connectBlocking();
      wait.endUs = world.clock.now();
      return;
    }
    case "async-at-setup":
      return migration.current.preempt.startConnect();
    case "async-after-main":
      return;
    default:
      unreachable(policy);
  }
}
