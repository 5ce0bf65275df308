import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  encodeProbeAnswer,
  PROBE_ANSWER_BYTES,
  type ProbeAnswer,
  ProbeAnswerDecoder,
} from "../../lib/measure/probe_answer.ts";

const answers = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 2 ** 32 - 1 }), fc.maxSafeNat())
    .map(([count, stampUs]): ProbeAnswer => ({ count, stampUs })),
);

function encode(values: readonly ProbeAnswer[]): Uint8Array {
  const bytes = new Uint8Array(values.length * PROBE_ANSWER_BYTES);
  for (const [index, value] of values.entries()) {
    encodeProbeAnswer(value, bytes.subarray(index * PROBE_ANSWER_BYTES));
  }
  return bytes;
}

Deno.test("ProbeAnswerDecoder push() gives back what was encoded, in chunks of any size", () => {
  fc.assert(fc.property(answers, fc.integer({ min: 1, max: 40 }), (values, chunkBytes) => {
    const bytes = encode(values);
    const decoder = new ProbeAnswerDecoder();
    const decoded: ProbeAnswer[] = [];
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      decoded.push(...decoder.push(bytes.subarray(at, at + chunkBytes)));
    }
    assertEquals(decoded, values);
  }));
});
