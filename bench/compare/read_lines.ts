/**
 * A stream of bytes as lines: how `compare` and the processes of its revisions talk.
 *
 * @module
 */

/** Yields each line without its newline; a last one without a newline was cut off, and is none. */
export async function* readLines(bytes: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
