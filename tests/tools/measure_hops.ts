// deno-lint-ignore-file no-console -- printing is what this program is for
/**
 * What a page request takes at best, with the threads that it has to cross: from the vCPU to its engine, over a socket to the source, back,
 * and to the vCPU again; and nothing is done in between but to wake, send and copy a page. `floor.round-trip-p50-us` leaves the vCPU out, so
 * this tells how much of a request's distance to that floor is the way itself. On a machine that does nothing else:
 *
 *     deno run --allow-net --allow-read tests/tools/measure_hops.ts [GAP_MS]
 *
 * GAP_MS lie between two requests. @default {1}
 *
 * @module
 */

import { median } from "../../lib/measure/statistics.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";

const REQUESTS = 1500;
const REQUEST_BYTES = 8;
const RECORD_BYTES = 8 + PAGE_SIZE;
/** Words that the vCPU and its engine share: the number of the last request, of the last answer, and one that nobody changes. */
const [ASKED, ANSWERED, NOBODY] = [0, 1, 2];

type Threads = "source" | "destination" | "vcpu";

interface Start {
  readonly words: Int32Array;
  readonly port: number;
  readonly gapMs: number;
}

/** What a dedicated Worker's global scope has, which the type of `self` in a module does not say. */
interface WorkerScope {
  name: string;
  onmessage: (event: MessageEvent<Start>) => void;
  postMessage(message: unknown): void;
}

const scope = globalThis as unknown as WorkerScope;

/** A Worker that runs this file in the role of one thread, and the first thing that it says. */
function startThread(name: Threads, start: Partial<Start>): Promise<unknown> {
  const worker = new Worker(import.meta.url, { type: "module", name });
  worker.postMessage(start);
  return new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data));
}

async function readWhole(conn: Deno.Conn, into: Uint8Array): Promise<void> {
  for (let done = 0; done < into.length;) {
    const count = await conn.read(into.subarray(done));
    if (count === null) throw new Error("Cannot measure: the peer closed the socket");
    done += count;
  }
}

async function writeWhole(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await conn.write(bytes.subarray(done));
}

async function source(): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  scope.postMessage((listener.addr as Deno.NetAddr).port);
  const conn = await listener.accept();
  conn.setNoDelay(true);
  const [request, record] = [new Uint8Array(REQUEST_BYTES), new Uint8Array(RECORD_BYTES)];
  for (;;) {
    await readWhole(conn, request);
    await writeWhole(conn, record);
  }
}

async function destination({ words, port }: Start): Promise<void> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  const ram = new Uint8Array(new SharedArrayBuffer(PAGE_SIZE));
  const [request, record] = [new Uint8Array(REQUEST_BYTES), new Uint8Array(RECORD_BYTES)];
  scope.postMessage("ready");
  for (let answered = 0;;) {
    await Atomics.waitAsync(words, ASKED, answered).value;
    await writeWhole(conn, request);
    await readWhole(conn, record);
    ram.set(record.subarray(RECORD_BYTES - PAGE_SIZE));
    Atomics.store(words, ANSWERED, ++answered);
    Atomics.notify(words, ANSWERED);
  }
}

function vcpu({ words, gapMs }: Start): void {
  const latenciesUs: number[] = [];
  for (let request = 1; request <= REQUESTS; request++) {
    Atomics.wait(words, NOBODY, 0, gapMs);
    const startMs = performance.now();
    Atomics.store(words, ASKED, request);
    Atomics.notify(words, ASKED);
    while (Atomics.load(words, ANSWERED) < request) Atomics.wait(words, ANSWERED, request - 1);
    latenciesUs.push((performance.now() - startMs) * 1000);
  }
  scope.postMessage(latenciesUs);
}

const THREADS: Readonly<Record<Threads, (start: Start) => void>> = { source, destination, vcpu };
const thread = THREADS[scope.name as Threads];

if (thread !== undefined) {
  scope.onmessage = ({ data }) => thread(data);
} else if (import.meta.main) {
  const words = new Int32Array(new SharedArrayBuffer(12));
  const gapMs = Number(Deno.args[0] ?? 1);
  const port = await startThread("source", {}) as number;
  await startThread("destination", { words, port });
  const latenciesUs = await startThread("vcpu", { words, gapMs }) as number[];
  console.log(`A request of four hops takes ${median(latenciesUs).toFixed(0)} us at p50`);
  Deno.exit();
}
