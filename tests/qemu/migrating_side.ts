/**
 * One side of a migration as its operator follows it: by MIGRATION events, so that a status that lasts a moment is seen too.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { isEvent } from "../../lib/qapi/events.ts";
import { isTerminal, type MigrationStatus } from "../../lib/qapi/migration_status.ts";
import { type QmpClient, QmpClosedError } from "../../lib/qmp/qmp_client.ts";

/** How long a status may take, in microseconds: far longer than any takes, since a loaded machine is slow. */
const TIMEOUT_US = 60_000_000;

/** A side; the capability `events` must be on. */
export class MigratingSide {
  readonly qmp: QmpClient;
  readonly #describe: () => string;
  /** Place in the log of events behind the last one that `reach` took. */
  #next = 0;

  /** @param describe what has become of the side, for when its QMP ends. */
  constructor(qmp: QmpClient, describe: () => string) {
    this.qmp = qmp;
    this.#describe = describe;
  }

  /** The statuses that it went through. */
  get statuses(): readonly MigrationStatus[] {
    return this.qmp.events.flatMap((event) =>
      isEvent(event, "MIGRATION") ? [event.data.status] : []
    );
  }

  /** Waits until it comes, or came since the last call, to this status. Fails when it ends in another one. */
  async reach(wanted: MigrationStatus): Promise<void> {
    const event = await this.#nextEvent(wanted);
    const query = await this.qmp.execute("query-migrate");
    assertEquals(event, wanted, `${JSON.stringify(query)} after ${this.statuses.join(", ")}`);
  }

  async #nextEvent(wanted: MigrationStatus): Promise<unknown> {
    try {
      const event = await this.qmp.waitForEvent(
        (one) => {
          if (!isEvent(one, "MIGRATION")) return false;
          return one.data.status === wanted || isTerminal(one.data.status);
        },
        { after: this.#next, timeoutUs: TIMEOUT_US },
      );
      if (event !== null) this.#next = event.index + 1;
      return event?.data.status ?? "none in time";
    } catch (error) {
      if (!(error instanceof QmpClosedError)) throw error;
      throw new Error(`Cannot reach ${wanted}: the peer ${this.#describe()}`, { cause: error });
    }
  }
}
