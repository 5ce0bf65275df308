/**
 * How far a bench is, on stderr, so that stdout holds results alone. On a terminal it is one line that is written over; elsewhere a line for
 * each scenario, since a log that grows by a line a second is read by nobody.
 *
 * @module
 */

import { formatArm } from "../lib/report/arm.ts";
import type { Job, RunPurpose } from "./run_suite.ts";

/** Letters of the line on a terminal. */
const WIDTH = 100;

/** Progress over so many jobs. */
export class Progress {
  readonly #jobs: number;
  readonly #write: (text: string) => void;
  readonly #isTerminal: boolean;
  #begun = 0;
  #scenario = "";

  constructor(
    jobs: number,
    output: { readonly isTerminal: boolean; write(text: string): void },
  ) {
    this.#jobs = jobs;
    this.#isTerminal = output.isTerminal;
    this.#write = (text) => output.write(text);
  }

  /** A job begins. One to warm up is not counted. */
  begin({ scenario, arm, seed }: Job, purpose: RunPurpose): void {
    if (purpose === "measurement") this.#begun++;
    const number = purpose === "warm-up" ? "[warm-up]" : `[${this.#begun}/${this.#jobs}]`;
    if (this.#isTerminal) {
      const line = `${number} ${scenario.name} ${formatArm(arm.arm)} (seed ${seed})`;
      this.#write(`\r\x1b[K${line.slice(0, WIDTH)}`);
    } else if (this.#scenario !== scenario.name) {
      this.#write(`${number} ${scenario.name}\n`);
    }
    this.#scenario = scenario.name;
  }

  /** Makes way for a result. */
  clear(): void {
    if (this.#isTerminal) this.#write("\r\x1b[K");
  }
}
