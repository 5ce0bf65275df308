/**
 * Drives a pair by QMP, as a person would and in either world: it awaits one promise of the pair at a time.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { EnginePair, PairOptions } from "../../lib/pair/pair.ts";
import type { MigrationCapability } from "../../lib/qapi/capabilities.ts";
import { isEvent } from "../../lib/qapi/events.ts";
import { isTerminal, type MigrationStatus, type Side } from "../../lib/qapi/migration_status.ts";
import type { PreemptConnectPolicy } from "../../lib/qapi/parameters.ts";
import { readGuest } from "../../lib/ram/guest_spec.ts";

/** How long a status may take, in microseconds: far longer than any does, since a loaded machine is slow. */
const TIMEOUT_US = 60_000_000;

/** So slow that no migration of these tests ends before its operator has said what comes next. */
const SLOW_BYTES_PER_SECOND = 150_000;

/** A guest of 2 MiB that is never done, on a network that does what it should. */
export const PAIR: PairOptions = {
  seed: 1,
  ram: [{ name: "ram", bytes: 2 << 20 }],
  guest: readGuest({ vcpus: 2, touches: 500 }),
  shim: [],
  transport: "unix",
  probes: { loopIntervalUs: 1000, qmpIntervalUs: 5000 },
};

/** One pair's operator. */
export class Operator {
  readonly pair: EnginePair;
  /** Where in each side's log of events the next status is looked for. */
  readonly #seen: Record<Side, number> = { source: 0, destination: 0 };
  #phase = 0;

  constructor(pair: EnginePair) {
    this.pair = pair;
  }

  /** Switches capabilities on, on both sides. */
  async setCapabilities(...names: readonly MigrationCapability[]): Promise<void> {
    const capabilities = names.map((capability) => ({ capability, state: true }));
    for (const { qmp } of [this.pair.source, this.pair.destination]) {
      await qmp.execute("migrate-set-capabilities", { capabilities });
    }
  }

  /** Postcopy with a preempt channel, which ends only after `hurry`. @param policy `qemu`: the source is one, and has its own. */
  async preparePreempt(policy: PreemptConnectPolicy | "qemu"): Promise<void> {
    await this.setCapabilities("postcopy-ram", "postcopy-preempt");
    await this.pair.source.qmp.execute("migrate-set-parameters", {
      "max-bandwidth": SLOW_BYTES_PER_SECOND,
      "max-postcopy-bandwidth": SLOW_BYTES_PER_SECOND,
      ...(policy === "qemu" ? {} : { "x-preempt-connect": policy }),
    });
  }

  /** Lets the migration go as fast as it can. */
  async hurry(): Promise<void> {
    await this.pair.source.qmp.execute("migrate-set-parameters", {
      "max-bandwidth": 0,
      "max-postcopy-bandwidth": 0,
    });
  }

  /** Starts a migration. */
  async migrate(): Promise<void> {
    const uri = this.pair.newMigrationAddress();
    await this.pair.destination.qmp.execute("migrate-incoming", { uri });
    this.pair.setConnectPhase(0);
    await this.pair.source.qmp.execute("migrate", { uri: await this.pair.connectAddress(uri) });
  }

  /** Starts a migration and has it in postcopy. */
  async enterPostcopy(): Promise<void> {
    await this.migrate();
    await this.reach("active", "source");
    await this.pair.source.qmp.execute("migrate-start-postcopy");
    await this.reach("postcopy-active", "source", "destination");
  }

  /** Pauses a postcopy migration. */
  async pause(): Promise<void> {
    await this.pair.source.qmp.execute("migrate-pause");
    await this.reach("postcopy-paused", "source", "destination");
  }

  /** Starts the next recovery. */
  async recover(): Promise<void> {
    const uri = this.pair.newMigrationAddress();
    await this.pair.destination.qmp.execute("migrate-recover", { uri });
    this.pair.setConnectPhase(++this.#phase);
    await this.pair.source.qmp.execute("migrate", {
      uri: await this.pair.connectAddress(uri),
      resume: true,
    });
  }

  /** Waits for the sides to come to a status. Fails when their migration ends in another one. */
  async reach(wanted: MigrationStatus, ...sides: readonly Side[]): Promise<void> {
    for (const side of sides) {
      const { qmp } = this.pair[side];
      const event = await qmp.waitForEvent(
        (one) =>
          isEvent(one, "MIGRATION") && (one.data.status === wanted || isTerminal(one.data.status)),
        { after: this.#seen[side], timeoutUs: TIMEOUT_US },
      );
      if (event?.data["status"] !== wanted) {
        assertEquals(await qmp.execute("query-migrate"), { status: wanted }, `the ${side}`);
      }
      this.#seen[side] = event!.index + 1;
    }
  }

  /** Waits until a side's guest has done its quota. */
  async finishGuest(side: Side): Promise<void> {
    const { clock } = this.pair.world;
    const deadlineUs = clock.now() + TIMEOUT_US;
    while (!(await this.pair[side].qmp.execute("x-query-guest")).finished) {
      assert(clock.now() < deadlineUs, "the guest does not finish");
      await clock.sleep(10_000);
    }
  }

  /** The statuses that a side went through. */
  statusesOf(side: Side): MigrationStatus[] {
    const { events } = this.pair[side].qmp;
    return events.flatMap((event) => isEvent(event, "MIGRATION") ? [event.data.status] : []);
  }
}
