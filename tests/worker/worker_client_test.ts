import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvariantError } from "../../lib/invariant.ts";
import type { FloorReply, FloorRequest } from "../../lib/worker/floor_worker.ts";
import { WorkerClient } from "../../lib/worker/worker_client.ts";

function floorWorker(): WorkerClient<FloorRequest, FloorReply> {
  const module = new URL("../../lib/worker/floor_worker.ts", import.meta.url);
  return new WorkerClient(module, { name: "floor", last: { kind: "close" } });
}

Deno.test("WorkerClient ask() resolves with the reply to each request in turn", async () => {
  await using worker = floorWorker();
  const reply = await worker.ask({ kind: "listen" });
  assertEquals(reply.kind, "listening");
  assertEquals((await worker.ask({ kind: "answer-requests", rounds: 0 })).kind, "done");
});

Deno.test("WorkerClient ask() rejects when the Worker fails, and ever after", async () => {
  await using worker = floorWorker();
  const failed = 'Worker "floor" failed';
  await assertRejects(() => worker.ask({ kind: "receive-stream", bytes: 1 }), Error, failed);
  await assertRejects(() => worker.ask({ kind: "listen" }), Error, failed);
});

Deno.test("WorkerClient ask() refuses a second request before the first is answered", async () => {
  await using worker = floorWorker();
  const first = worker.ask({ kind: "listen" });
  assertThrows(() => worker.ask({ kind: "listen" }), InvariantError);
  await first;
});

Deno.test("WorkerClient is ended once, by end() or by its disposal, whichever comes first", async () => {
  const ended = floorWorker();
  assertEquals(await ended.end(), { kind: "done" });
  await ended[Symbol.asyncDispose]();
  assertThrows(() => ended.ask({ kind: "listen" }), InvariantError);
});

Deno.test("WorkerClient disposal waits for the request that is under way", async () => {
  const worker = floorWorker();
  const reply = worker.ask({ kind: "listen" });
  await worker[Symbol.asyncDispose]();
  assertEquals((await reply).kind, "listening");
});

Deno.test("WorkerClient disposal of a Worker that failed throws nothing", async () => {
  const worker = floorWorker();
  await assertRejects(() => worker.ask({ kind: "receive-stream", bytes: 1 }));
  await worker[Symbol.asyncDispose]();
});
