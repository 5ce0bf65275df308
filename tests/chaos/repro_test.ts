import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { experimentOf, recordExperiment, withChoices } from "../../chaos/experiment.ts";
import {
  formatRepro,
  parseRepro,
  type Repro,
  REPRO_BYTES_MAX,
  ReproError,
} from "../../chaos/repro.ts";
import { seedOfRun } from "../../chaos/seed.ts";

/** What a failure of a seed would leave. */
async function reproOf(run: number): Promise<Repro> {
  const seed = seedOfRun(6n, run);
  const found = experimentOf(seed, "random");
  const { history, choices } = await recordExperiment(found);
  return {
    schema: "faultline/repro/1",
    oracle: "settles-after-heal",
    message: "It did not",
    commit: "unknown",
    code: "0123456789abcdef",
    seed: String(seed),
    ...withChoices(found.plan, choices),
    traceHash: history.traceHash,
    found,
    shrinking: { tries: 1, seconds: 0.5, minimal: false },
  };
}

Deno.test("a repro is read back as it was written, and fits its bound with a whole run's choices", async () => {
  for (let run = 0; run < 20; run++) {
    const repro = await reproOf(run);
    const text = formatRepro(repro);
    assertEquals(parseRepro(text, "r.json"), repro);
    assertEquals(text.length <= REPRO_BYTES_MAX, true);
  }
});

Deno.test("a repro that was cut or altered anywhere is refused with a sentence, or still one", async () => {
  const text = formatRepro(await reproOf(0));
  const place = fc.nat({ max: text.length - 1 });
  fc.assert(fc.property(place, fc.string({ maxLength: 3 }), fc.boolean(), (at, insert, cuts) => {
    const altered = text.slice(0, at) + insert + (cuts ? "" : text.slice(at + 1));
    try {
      parseRepro(altered, "r.json");
    } catch (error) {
      assertEquals(error instanceof ReproError, true, String(error));
    }
  }));
  assertThrows(() => parseRepro(text.slice(0, 500), "r.json"), ReproError, "expected JSON");
});

const WRONG: readonly (readonly [string, (text: string) => string, string])[] = [
  [
    "of a bench",
    (text) => text.replace("faultline/repro/1", "faultline/result/1"),
    "schema: expected",
  ],
  ["of no oracle", (text) => text.replace("settles-after-heal", "luck"), "oracle: expected one of"],
  [
    "with a fault that is none",
    (text) => text.replace(/"kind": "[a-z]+-[a-z]+",/, `"kind": "rain",`),
    "",
  ],
  [
    "that is far too long",
    (text) => text + " ".repeat(REPRO_BYTES_MAX),
    "expected at most 65536 bytes",
  ],
];

for (const [which, change, message] of WRONG) {
  Deno.test(`a repro ${which} is refused`, async () => {
    const text = change(formatRepro(await reproOf(1)));
    assertThrows(() => parseRepro(text, "r.json"), ReproError, message);
  });
}

Deno.test("a repro whose choices are damaged is refused", async () => {
  const repro = await reproOf(0);
  const damaged = { ...repro, schedule: { kind: "recorded", choices: "AAAA" } as const };
  assertThrows(
    () => parseRepro(formatRepro(damaged), "r.json"),
    ReproError,
    "schedule: Cannot read choices",
  );
});
