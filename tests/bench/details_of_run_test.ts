import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { detailRequests, REQUESTS_MAX } from "../../bench/detail_requests.ts";
import { detailsOfRun } from "../../bench/details_of_run.ts";
import type { ScenarioArm } from "../../bench/scenario.ts";
import type { BlamedPageRequest } from "../../lib/measure/preempt_blame.ts";
import { parseGuest } from "../../lib/ram/guest_arguments.ts";
import { eventAt, recordOf } from "./runs.ts";

const ARM: ScenarioArm = {
  arm: {},
  guest: parseGuest("touches=0"),
  ram: [{ name: "ram", bytes: 4096 }],
  shim: [{ role: "preempt", phase: 1, connect: { kind: "delay", delayUs: 250_000 } }],
  transport: "unix",
  probes: null,
  capabilities: {},
  parameters: {},
  steps: [],
};

/** A request of these parts: asked, served, running again. */
function request(page: number, beginUs: number, [sent, served, run]: readonly number[]) {
  const parts = [
    { from: "faulted", to: "request-sent", us: sent! },
    { from: "request-sent", to: "placed", us: served! },
    { from: "placed", to: "vcpu-runs", us: run! },
  ] as const;
  const latencyUs = sent! + served! + run!;
  return {
    ...{ page, vcpu: 0, session: 0, channel: "preempt", servedBy: "request", latencyUs, parts },
    points: {
      "faulted": beginUs,
      "request-sent": beginUs + sent!,
      "placed": beginUs + sent! + served!,
      "vcpu-runs": beginUs + latencyUs,
    },
    blame: { awaitingChannelUs: 0, inChannelUs: served!, shimUs: 0, totalUs: served! },
  } as const satisfies BlamedPageRequest;
}

const requests = fc.array(
  fc.tuple(fc.nat(10_000_000), fc.tuple(fc.nat(50), fc.nat(100_000), fc.nat(50))),
  { maxLength: 60 },
).map((drawn) => drawn.map(([beginUs, parts], page) => request(page, beginUs, parts)));

Deno.test("detailRequests() gives percentiles that rise from the shortest latency to the longest", () => {
  fc.assert(fc.property(requests, (requests) => {
    const { quantiles } = detailRequests(requests, (us) => us);
    const latencies = requests.map(({ latencyUs }) => latencyUs).sort((a, b) => a - b);
    assertEquals(quantiles.length === 0, latencies.length === 0);
    if (latencies.length > 1) assertEquals(quantiles.at(0), [0, latencies[0]!]);
    assertEquals(quantiles.at(-1)?.[1], latencies.at(-1));
    for (const [share, us] of quantiles) {
      assert(
        latencies.filter((latency) => latency <= us).length >= share * latencies.length - 1e-9,
      );
    }
  }));
});

Deno.test("detailRequests() cuts latencies into parts that sum to them", () => {
  fc.assert(fc.property(requests, (requests) => {
    for (const { latencyUs, parts, blame } of detailRequests(requests, (us) => us).anatomy) {
      assertAlmostEquals(parts.reduce((sum, { us }) => sum + us, 0), latencyUs, 1e-6);
      assert(blame!.inChannelUs <= latencyUs + 1e-6);
    }
  }));
});

Deno.test("detailRequests() leaves out requests where there are too many, and never the slowest", () => {
  const many = Array.from(
    { length: 100_000 },
    (_, page) => request(page, page * 100, [5, page === 77_777 ? 900_000 : page % 251, 5]),
  );
  const { requests, quantiles, anatomy } = detailRequests(many, (us) => us);
  assertEquals(requests.total, 100_000);
  assertEquals(requests.latencyUs.length, REQUESTS_MAX);
  assertEquals(Math.max(...requests.latencyUs), 900_010);
  assertEquals(requests.page[requests.latencyUs.indexOf(900_010)], 77_777);
  assert(requests.kept.startsWith("1000 of 100000: "));
  assertEquals(quantiles.at(-1), [1, 900_010]);
  assertEquals(anatomy.at(-1)?.latencyUs, 900_010);
});

Deno.test("detailsOfRun() counts time from the first migrate, and knows where the guest ran", () => {
  const details = detailsOfRun(
    { arm: ARM, seed: 7 },
    recordOf({
      beginUs: 900,
      endUs: 9000,
      commands: [{ on: "source", name: "migrate", resumes: false, atUs: 1000 }],
      events: {
        source: [eventAt("RESUME", 10), eventAt("STOP", 3000)],
        destination: [eventAt("RESUME", 4000)],
      },
      source: { statuses: [{ fromUs: 1100, status: "setup", phase: 0 }] },
    }),
  );
  assertEquals([details.seed, details.beginUs, details.endUs], [7, -100, 8000]);
  assertEquals(details.shim, ["preempt, phase 1: connect delay 250ms"]);
  assertEquals(details.guest, [
    { fromUs: -100, on: "source" },
    { fromUs: 2000, on: "none" },
    { fromUs: 3000, on: "destination" },
  ]);
  assertEquals(details.sides.source, {
    statuses: [{ fromUs: 100, status: "setup", phase: 0 }],
    stalls: null,
    silences: null,
  });
});

Deno.test("detailsOfRun() keeps the longest standstills, and says how many there were", () => {
  const silences = Array.from(
    { length: 1000 },
    (_, k) => ({ beginUs: 5000 * k, lengthUs: 1000 + k }),
  );
  const qmp = { roundTrip: null, longestSilenceUs: 1999, silences, sendLateness: null };
  const details = detailsOfRun({ arm: ARM, seed: 7 }, recordOf({ source: { qmp } }));
  const kept = details.sides.source.silences!;
  assertEquals([kept.total, kept.longest.length], [1000, 200]);
  assertEquals(kept.longest.at(-1), [5000 * 999, 1999, null]);
});
