/**
 * The streams that real QEMU wrote, from `tests/data/` (its README says how they were recorded).
 *
 * @module
 */

/** The recorded QEMU versions. */
export const VERSIONS = ["7.2", "11.1"] as const;

/** The channels of a recording; `precopy` is a migration of its own. */
export type Recording = "precopy" | "postcopy-main" | "postcopy-preempt" | "postcopy-main-return";

/** Pages of the recorded guest's only block, `ram`. */
export const RECORDED_PAGES = 512;

/** The bytes of a recording. */
export async function recordedStream(
  version: (typeof VERSIONS)[number],
  recording: Recording,
): Promise<Uint8Array> {
  const path = new URL(`../data/qemu-${version}-${recording}.stream.gz`, import.meta.url);
  const gzip = new Response(await Deno.readFile(path)).body!;
  const stream = gzip.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Whether a page of the recorded guest is all zero. */
export function isRecordedZero(page: number): boolean {
  return page % 7 === 3;
}

/** A page of the recorded guest that is not zero: its number in eight ASCII digits, 512 times. */
export function recordedPage(page: number): Uint8Array {
  return new TextEncoder().encode(String(page).padStart(8, "0").repeat(512));
}
