/**
 * What page requests took by QEMU's own traces, at the destination.
 *
 * @module
 */

/** Arguments that have a destination write its traces to a file. */
export function traceArguments(file: string): string[] {
  const traces = ["postcopy_page_req_add", "postcopy_page_req_del"]
    .flatMap((trace) => ["-trace", trace]);
  return ["-D", file, "-msg", "timestamp=on", ...traces];
}

/** How long each page was waited for, in microseconds. */
export async function tracedLatenciesUs(file: string): Promise<number[]> {
  const text = await Deno.readTextFile(file);
  const addedUs = new Map<string, number>();
  const latencies: number[] = [];
  for (const line of text.split("\n")) {
    const [, event, address] = /postcopy_page_req_(add|del) .*?(0x[0-9a-f]+)/.exec(line) ?? [];
    const atUs = timeUs(line);
    if (address === undefined || atUs === null) continue;
    if (event === "add") addedUs.set(address, atUs);
    else if (addedUs.has(address)) latencies.push(atUs - addedUs.get(address)!);
  }
  return latencies;
}

/** A line begins with `PID@SECONDS.MICROSECONDS:` (7.2), or with the time of day in ISO 8601 (11.1). */
function timeUs(line: string): number | null {
  const [, seconds, micros] = /@(\d+)\.(\d{6}):/.exec(line) ?? [];
  if (seconds !== undefined) return Number(seconds) * 1e6 + Number(micros);
  const [, second, fraction] = /^(\S+)\.(\d{6})Z /.exec(line) ?? [];
  return second === undefined ? null : Date.parse(`${second}Z`) * 1000 + Number(fraction);
}
