/**
 * What a probed loop answers: how many ticks it found waiting, and its clock's stamp. Twelve bytes: be32 count, float64 stamp
 * in microseconds (exact up to 2^53).
 *
 * @module
 */

/** Bytes of one answer. */
export const PROBE_ANSWER_BYTES = 12;

/** `count` ticks, at least 1, were read at `stampUs`. */
export interface ProbeAnswer {
  readonly count: number;
  readonly stampUs: number;
}

export function encodeProbeAnswer(answer: ProbeAnswer, into: Uint8Array): void {
  const view = new DataView(into.buffer, into.byteOffset, PROBE_ANSWER_BYTES);
  view.setUint32(0, answer.count);
  view.setFloat64(4, answer.stampUs);
}

/** Reads answers out of chunks of any size: `push` returns those that are complete. */
export class ProbeAnswerDecoder {
  readonly #partial = new Uint8Array(PROBE_ANSWER_BYTES);
  readonly #view = new DataView(this.#partial.buffer);
  #filled = 0;

  push(chunk: Uint8Array): ProbeAnswer[] {
    const answers: ProbeAnswer[] = [];
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + PROBE_ANSWER_BYTES - this.#filled);
      this.#partial.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < PROBE_ANSWER_BYTES) break;
      answers.push({ count: this.#view.getUint32(0), stampUs: this.#view.getFloat64(4) });
      this.#filled = 0;
    }
    return answers;
  }
}
