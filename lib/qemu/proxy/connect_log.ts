/**
 * Notes the connects that a proxy lets through, as their client saw them: from when it was seen to wait until it could go on.
 *
 * @module
 */

import type { ConnectRecord } from "../../netem/connect_record.ts";
import type { RouteEvent } from "./route.ts";

/** See the module. */
export class ConnectLog {
  readonly #records: { -readonly [Field in keyof ConnectRecord]: ConnectRecord[Field] }[] = [];

  get records(): readonly ConnectRecord[] {
    return this.#records;
  }

  note(event: RouteEvent, nowUs: number): void {
    const { role, phase } = event.place;
    switch (event.kind) {
      case "accepted":
        this.#records.push({
          ...{ role, phase, endUs: nowUs, failure: null },
          beginUs: nowUs - event.waitedUs,
        });
        break;
      case "reset":
        this.#records.push({
          role,
          phase,
          beginUs: nowUs,
          endUs: nowUs,
          failure: "reset by the shim",
        });
        break;
      case "lost": {
        const record = this.#records.findLast((one) => one.role === role && one.phase === phase);
        if (record !== undefined) record.failure = event.cause;
      }
    }
  }
}
