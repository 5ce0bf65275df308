import { assertEquals, assertThrows } from "@std/assert";
import {
  changeParameters,
  DEFAULT_PARAMETERS,
  DOWNTIME_LIMIT_MS_MAX,
  PARAMETER_MEMBERS,
} from "../../lib/qapi/parameters.ts";
import { QmpError } from "../../lib/qapi/qmp_error.ts";

Deno.test("DEFAULT_PARAMETERS are QEMU's, with the policy of QEMU 8.0 and later", () => {
  assertEquals(DEFAULT_PARAMETERS, {
    "max-bandwidth": 134217728,
    "max-postcopy-bandwidth": 0,
    "downtime-limit": 300,
    "x-preempt-connect": "async-after-main",
  });
});

Deno.test("PARAMETER_MEMBERS makes every parameter optional", () => {
  assertEquals(
    Object.keys(PARAMETER_MEMBERS),
    Object.keys(DEFAULT_PARAMETERS).map((name) => `*${name}`),
  );
});

Deno.test("changeParameters() changes what is given, and leaves the rest and the old value alone", () => {
  const next = changeParameters(DEFAULT_PARAMETERS, {
    "max-bandwidth": 0,
    "x-preempt-connect": "blocking",
  });
  assertEquals(next, {
    ...DEFAULT_PARAMETERS,
    "max-bandwidth": 0,
    "x-preempt-connect": "blocking",
  });
  assertEquals(DEFAULT_PARAMETERS["max-bandwidth"], 134217728);
});

Deno.test("changeParameters() takes a downtime-limit of 2000 seconds, and refuses one above", () => {
  const most = { "downtime-limit": DOWNTIME_LIMIT_MS_MAX };
  assertEquals(changeParameters(DEFAULT_PARAMETERS, most)["downtime-limit"], 2_000_000);
  assertThrows(
    () => changeParameters(DEFAULT_PARAMETERS, { "downtime-limit": DOWNTIME_LIMIT_MS_MAX + 1 }),
    QmpError,
    "Parameter 'downtime-limit' expects an integer in the range of 0 to 2000000 ms",
  );
});
