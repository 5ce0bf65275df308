import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  joinPageRequests,
  type PageRequest,
  type PageRequestHistories,
} from "../../lib/measure/page_requests.ts";
import { type PageFate, type PageHistory, pageHistory, shuffled } from "./page_histories.ts";

const fate: fc.Arbitrary<PageFate> = fc.record({
  servedBy: fc.constantFrom("request", "background"),
  vcpus: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 3 }),
  cuts: fc.nat(2),
  lostRecord: fc.boolean(),
  stepsUs: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 24, maxLength: 24 }),
});

const histories = fc.record({
  preempt: fc.boolean(),
  fates: fc.array(fate, { minLength: 1, maxLength: 12 }),
  order: fc.infiniteStream(fc.nat()),
}).map(({ preempt, fates, order }) => {
  const pages = fates.map((fate, page) => pageHistory(page, fate, preempt));
  const history = (side: "source" | "destination") => ({
    entries: shuffled(pages.flatMap((page) => page[side]), order),
    dropped: 0,
  });
  return {
    pages,
    logs: { source: history("source"), destination: history("destination"), preempt },
  };
});

function findRequest(requests: readonly PageRequest[], page: number, vcpu: number): PageRequest {
  const found = requests.filter((request) => request.page === page && request.vcpu === vcpu);
  assertEquals(found.length, 1);
  return found[0]!;
}

function forEachRequest(
  run: (truth: PageHistory["requests"][number], request: PageRequest, page: PageHistory) => void,
): void {
  fc.assert(fc.property(histories, ({ pages, logs }) => {
    const requests = joinPageRequests(logs);
    assertEquals(requests.length, pages.flatMap((page) => page.requests).length);
    for (const page of pages) {
      for (const truth of page.requests) {
        run(truth, findRequest(requests, truth.page, truth.vcpu), page);
      }
    }
  }));
}

Deno.test("joinPageRequests() gives back the truth from shuffled logs", () => {
  forEachRequest((truth, request, page) => {
    assertEquals(request.latencyUs, truth.latencyUs);
    assertEquals(request.session, 0);
    assertEquals(request.servedBy, page.fate.servedBy);
    assertEquals(request.channel, page.channel);
    assertEquals(request.points, truth.points);
  });
});

Deno.test("joinPageRequests() cuts a latency into parts that sum to it and follow each other", () => {
  forEachRequest((truth, { parts }) => {
    assertEquals(parts.reduce((sum, part) => sum + part.us, 0), truth.latencyUs);
    assertEquals(parts[0]?.from, "faulted");
    assertEquals(parts.at(-1)?.to, "vcpu-runs");
    for (const [index, part] of parts.entries()) {
      assert(part.us >= 0);
      if (index > 0) assertEquals(part.from, parts[index - 1]?.to);
    }
  });
});

Deno.test("joinPageRequests() takes a request that was sent again for the same request", () => {
  forEachRequest((_, { points, servedBy, parts }, page) => {
    assertEquals(points["request-sent-again"] !== undefined, page.fate.cuts > 0);
    if (page.fate.cuts === 0 || servedBy === "background") return;
    const [, waited] = parts;
    assertEquals([waited?.from, waited?.to], ["request-sent", "request-sent-again"]);
  });
});

const PAGE = pageHistory(0, {
  servedBy: "request",
  vcpus: [1, 2],
  cuts: 0,
  lostRecord: false,
  stepsUs: Array.from({ length: 24 }, () => 10),
}, true);

function joinOf(logs: Partial<PageRequestHistories>): PageRequest[] {
  return joinPageRequests({ source: null, destination: null, preempt: true, ...logs });
}

Deno.test("joinPageRequests() leaves the source's points absent with QEMU there", () => {
  const requests = joinOf({ destination: { entries: PAGE.destination, dropped: 0 } });
  assertEquals(requests.map((request) => request.vcpu), [1, 2]);
  for (const [index, request] of requests.entries()) {
    assertEquals(request.latencyUs, PAGE.requests[index]?.latencyUs);
    assertEquals(
      [request.points["request-read"], request.points["record-written"]],
      [undefined, undefined],
    );
    assertEquals(request.parts.reduce((sum, part) => sum + part.us, 0), request.latencyUs);
  }
});

Deno.test("joinPageRequests() leaves the destination's points and the latency absent with QEMU there", () => {
  const [request, ...others] = joinOf({ source: { entries: PAGE.source, dropped: 0 } });
  assertEquals(others, []);
  assertEquals(Object.keys(request!.points).sort(), ["record-written", "request-read"]);
  assertEquals([request!.vcpu, request!.latencyUs, request!.parts], [null, null, []]);
});

Deno.test("joinPageRequests() measures from request to placing where no vCPU is known", () => {
  const entries = PAGE.destination.filter((entry) => entry.vcpu < 0);
  const [request] = joinOf({ destination: { entries, dropped: 0 } });
  const { points, latencyUs, vcpu, parts } = request!;
  assertEquals(vcpu, null);
  assertEquals(latencyUs, points.placed! - points["request-sent"]!);
  assertEquals(parts.map((part) => part.to), ["record-read", "placed"]);
});

Deno.test("joinPageRequests() gives a request that never ended no latency", () => {
  const entries = PAGE.destination.filter((entry) =>
    entry.event !== "vcpu-runs" || entry.vcpu !== 2
  );
  const requests = joinOf({ destination: { entries, dropped: 0 } });
  assertEquals(requests.map((request) => request.latencyUs === null), [false, true]);
});

Deno.test("joinPageRequests() begins a request with the first fault of its vCPU", () => {
  const again = { ...PAGE.destination.find((entry) => entry.vcpu === 2)!, timeUs: 55 };
  const requests = joinOf({ destination: { entries: [...PAGE.destination, again], dropped: 0 } });
  assertEquals(requests[1]?.latencyUs, PAGE.requests[1]?.latencyUs);
});

Deno.test("joinPageRequests() takes a page that nobody asked for for no request", () => {
  const entries = PAGE.destination.filter((entry) =>
    entry.event === "record-read" || entry.event === "placed"
  );
  assertEquals(joinOf({ destination: { entries, dropped: 0 } }), []);
});

Deno.test("joinPageRequests() takes a page on main that the source wrote for no request for the background's", () => {
  const entries = PAGE.destination.map((entry) =>
    entry.channel === undefined ? entry : { ...entry, channel: "main" as const }
  );
  const source = PAGE.source.filter((entry) => entry.event === "request-read");
  const [request] = joinOf({
    source: { entries: source, dropped: 0 },
    destination: { entries, dropped: 0 },
    preempt: false,
  });
  assertEquals(request?.servedBy, "background");
});

Deno.test("joinPageRequests() cannot tell who served a page on main without preempt and the source's log", () => {
  const entries = PAGE.destination.map((entry) =>
    entry.channel === undefined ? entry : { ...entry, channel: "main" as const }
  );
  const destination = { entries, dropped: 0 };
  assertEquals(joinOf({ destination, preempt: false })[0]?.servedBy, null);
  assertEquals(joinOf({ destination, preempt: true })[0]?.servedBy, "background");
});
