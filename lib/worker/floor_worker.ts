/**
 * One end of the floors that `lib/measure/floors.ts` measures: plain Deno sockets between two Workers, with nothing of
 * Faultline in between. The receiving end counts as arrived what it has read, so that no buffer of the kernel looks like
 * speed.
 *
 * @module
 */

import { serveRequests } from "./serve_requests.ts";

/** What a floor Worker can be asked: `listen` and `accept` of one, `connect` of the other, then one job at a time of both. */
export type FloorRequest =
  | { readonly kind: "listen" }
  | { readonly kind: "accept" }
  | { readonly kind: "connect"; readonly port: number }
  /** Before a stream: memory that it comes out of, or goes into, as it would with a guest's RAM. A multiple of 64 KiB. */
  | { readonly kind: "allocate"; readonly bytes: number }
  | { readonly kind: "receive-stream"; readonly bytes: number }
  | { readonly kind: "send-stream"; readonly bytes: number }
  | { readonly kind: "answer-requests"; readonly rounds: number }
  | { readonly kind: "send-requests"; readonly rounds: number; readonly intervalUs: number }
  /** The last one. */
  | { readonly kind: "close" };

export type FloorReply =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "done" }
  | { readonly kind: "streamed"; readonly us: number }
  | { readonly kind: "answered"; readonly roundTripsUs: readonly number[] };

const WRITE_BYTES = 64 * 1024;
const REQUEST_BYTES = 8;
const PAGE_BYTES = 4096;

let listener: Deno.TcpListener | undefined;
let connection: Deno.TcpConn | undefined;
let memory = new Uint8Array(WRITE_BYTES);

serveRequests<FloorRequest, FloorReply>(async (request) => {
  switch (request.kind) {
    case "listen":
      listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      return { kind: "listening", port: listener.addr.port };
    case "accept":
      connection = await listener?.accept();
      return { kind: "done" };
    case "connect":
      connection = await Deno.connect({ hostname: "127.0.0.1", port: request.port });
      connection.setNoDelay(true);
      return { kind: "done" };
    case "allocate":
      memory = new Uint8Array(request.bytes);
      for (let at = 0; at < memory.length; at += WRITE_BYTES) crypto.getRandomValues(piece(at));
      return { kind: "done" };
    case "receive-stream":
      await receiveStream(request.bytes);
      await writeAll(new Uint8Array(1));
      return { kind: "done" };
    case "send-stream":
      return { kind: "streamed", us: await sendStream(request.bytes) };
    case "answer-requests":
      await answerRequests(request.rounds);
      return { kind: "done" };
    case "send-requests":
      return { kind: "answered", roundTripsUs: await sendRequests(request) };
    case "close":
      listener?.close();
      connection?.close();
      return { kind: "done" };
  }
});

/** 64 KiB of the memory, which is gone over again and again. */
function piece(at: number): Uint8Array<ArrayBuffer> {
  return memory.subarray(at % memory.length, at % memory.length + WRITE_BYTES);
}

async function receiveStream(bytes: number): Promise<void> {
  for (let at = 0; at < bytes; at += WRITE_BYTES) await readBytes(piece(at), WRITE_BYTES);
}

async function sendStream(bytes: number): Promise<number> {
  const beginMs = performance.now();
  for (let at = 0; at < bytes; at += WRITE_BYTES) await writeAll(piece(at));
  await readBytes(new Uint8Array(1), 1);
  return (performance.now() - beginMs) * 1000;
}

async function answerRequests(rounds: number): Promise<void> {
  const request = new Uint8Array(REQUEST_BYTES);
  const page = new Uint8Array(PAGE_BYTES);
  for (let round = 0; round < rounds; round++) {
    await readBytes(request, REQUEST_BYTES);
    await writeAll(page);
  }
}

async function sendRequests(
  { rounds, intervalUs }: { readonly rounds: number; readonly intervalUs: number },
): Promise<number[]> {
  const request = new Uint8Array(REQUEST_BYTES);
  const page = new Uint8Array(PAGE_BYTES);
  const never = new Int32Array(new SharedArrayBuffer(4));
  const roundTripsUs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    // Nothing is in flight here, so waiting like this (0.1 ms late; setTimeout is 1.3) starves no socket.
    Atomics.wait(never, 0, 0, intervalUs / 1000);
    const beginMs = performance.now();
    await writeAll(request);
    await readBytes(page, PAGE_BYTES);
    roundTripsUs.push((performance.now() - beginMs) * 1000);
  }
  return roundTripsUs;
}

/** Reads `bytes` into `buffer`, over and over its beginning. */
async function readBytes(buffer: Uint8Array<ArrayBuffer>, bytes: number): Promise<void> {
  for (let missing = bytes; missing > 0;) {
    const length = await connection?.read(buffer.subarray(0, missing));
    if (typeof length !== "number") throw new Error(`the stream ended ${missing} bytes too early`);
    missing -= length;
  }
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection?.write(bytes.subarray(at)) ?? 0;
}
