/**
 * `--keep DIR`: what a run leaves behind for whoever wants to look closer, in a folder of its own: the operator's QMP lines of both sides,
 * the statuses and the main loop's stalls, and the page requests with their timelines; beside them the scenario as it was read.
 *
 * @module
 */

import { formatArm } from "../lib/report/arm.ts";
import type { Metrics } from "./metrics_of_run.ts";
import type { ArmRun } from "./run_on_pair.ts";
import type { RunOptions } from "./pair_options.ts";
import type { Job } from "./run_suite.ts";

/** The details of one run, as they come. */
export interface KeptRun {
  readonly log: RunOptions["log"];
  /** Writes them down. */
  write(run: ArmRun, metrics: Metrics): void;
}

/** A folder for the details of runs. */
export class RunKeeper {
  readonly folder: string;

  /** @param folder made when the first run is written. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** Begins to keep a run. */
  open({ scenario, arm, seed }: Job): KeptRun {
    const scenarioFolder = `${this.folder}/${fileName(scenario.name)}`;
    const runFolder = `${scenarioFolder}/${fileName(formatArm(arm.arm))}/seed-${seed}`;
    const lines = { source: [] as string[], destination: [] as string[] };
    return {
      log: (side, direction, line) =>
        lines[side].push(`${direction === "sent" ? "->" : "<-"} ${line}\n`),
      write: ({ record, outcome, failure }, metrics) => {
        Deno.mkdirSync(runFolder, { recursive: true });
        Deno.writeTextFileSync(`${scenarioFolder}/scenario.yaml`, scenario.text);
        for (const side of ["source", "destination"] as const) {
          const { statuses, stalls } = record.measurements[side];
          Deno.writeTextFileSync(`${runFolder}/${side}.qmp`, lines[side].join(""));
          writeJson(`${runFolder}/${side}.json`, { statuses, stalls });
        }
        writeJson(
          `${runFolder}/page-requests.json`,
          record.measurements.requests,
        );
        writeJson(`${runFolder}/run.json`, { metrics, outcome, failure });
      },
    };
  }
}

/** A name without what separates folders, or that shells make something of. */
function fileName(name: string): string {
  return name.replaceAll(/[/\s,]+/g, "_") || "only";
}

function writeJson(path: string, value: unknown): void {
  Deno.writeTextFileSync(path, `${JSON.stringify(value, null, 1)}\n`);
}
