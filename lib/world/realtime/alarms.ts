/**
 * Alarms: the one thing that sleeping and waiting with a timeout are made of. A World has one list of them; what
 * wakes it in time is a source, which knows the earliest alone and may wake it too early: the list looks at the
 * clock.
 *
 * @module
 */

/** Calls back at a time of the process clock. */
export interface AlarmSource {
  /**
   * Replaces the time of the next call, which may come too early but must come; `null`: none, and the loop is not
   * kept alive.
   */
  setDeadline(deadlineUs: number | null): void;
  close(): Promise<void>;
}

interface Alarm {
  readonly deadlineUs: number;
  readonly ring: () => void;
}

/** Rings in the order of the deadlines, equal ones in the order in which they were set. */
export class Alarms {
  readonly #nowUs: () => number;
  readonly #source: AlarmSource;
  readonly #alarms: Alarm[] = [];

  /** @param openSource opens the source that calls what it is given. */
  constructor(nowUs: () => number, openSource: (onTime: () => void) => AlarmSource) {
    this.#nowUs = nowUs;
    this.#source = openSource(() => this.#ringDue());
  }

  /**
   * Calls `ring` once, at `deadlineUs` or later, never before `set` has returned.
   *
   * @returns a function that takes the alarm back, if it has not rung.
   */
  set(deadlineUs: number, ring: () => void): () => void {
    const alarm = { deadlineUs, ring };
    const before = this.#alarms.findLastIndex((other) => other.deadlineUs <= deadlineUs);
    this.#alarms.splice(before + 1, 0, alarm);
    if (this.#alarms[0] === alarm) this.#arm();
    return () => this.#takeBack(alarm);
  }

  /** Rings all alarms that are left, and ends. */
  async close(): Promise<void> {
    for (const { ring } of this.#alarms.splice(0)) ring();
    await this.#source.close();
  }

  #ringDue(): void {
    while (this.#alarms.length > 0 && this.#alarms[0]!.deadlineUs <= this.#nowUs()) {
      this.#alarms.shift()!.ring();
    }
    this.#arm();
  }

  #takeBack(alarm: Alarm): void {
    const index = this.#alarms.indexOf(alarm);
    if (index < 0) return;
    this.#alarms.splice(index, 1);
    if (index === 0) this.#arm();
  }

  #arm(): void {
    this.#source.setDeadline(this.#alarms[0]?.deadlineUs ?? null);
  }
}

/** What setTimeout takes at most. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** An alarm source without a timer Worker: 1.2 to 1.4 ms late, at times 1 ms early. */
export class TimeoutSource implements AlarmSource {
  readonly #nowUs: () => number;
  readonly #onTime: () => void;
  #timeout: ReturnType<typeof setTimeout> | undefined;

  constructor(nowUs: () => number, onTime: () => void) {
    this.#nowUs = nowUs;
    this.#onTime = onTime;
  }

  setDeadline(deadlineUs: number | null): void {
    clearTimeout(this.#timeout);
    if (deadlineUs === null) return;
    const leftMs = Math.ceil((deadlineUs - this.#nowUs()) / 1000);
    this.#timeout = setTimeout(this.#onTime, Math.min(Math.max(leftMs, 0), TIMEOUT_MS_MAX));
  }

  close(): Promise<void> {
    clearTimeout(this.#timeout);
    return Promise.resolve();
  }
}
