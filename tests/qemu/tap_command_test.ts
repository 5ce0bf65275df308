import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { recordedStream } from "../wire/recorded_streams.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const MAIN = `${ROOT}main.ts`;
const DATA = `${ROOT}tests/data`;

/** Starts the program. */
function start(permissions: readonly string[], ...args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...permissions, MAIN, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
}

async function ended(child: Deno.ChildProcess) {
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

const decode = (...args: readonly string[]) => ended(start(["--allow-read"], "decode", ...args));
const TAP_PERMISSIONS = [
  ...["--allow-read", "--allow-write", "--allow-net", "--allow-ffi", "--allow-env=NO_COLOR"],
];

/** Waits until the tap has said that it listens. */
async function untilListening(child: Deno.ChildProcess): Promise<void> {
  const reader = child.stderr.getReader();
  const { value } = await reader.read();
  assertStringIncludes(new TextDecoder().decode(value), "Listening at unix:");
  reader.releaseLock();
}

Deno.test("decode prints a packed recording, one line an element, with the elements of the package", async () => {
  const { code, stdout, stderr } = await decode(`${DATA}/qemu-7.2-postcopy-main.stream.gz`);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^ {9}0 {2}header\n {9}8 {2}configuration machine="none"\n/);
  assertMatch(stdout, /packaged data=\d+ bytes\n {12}\| postcopy-listen\n/);
  assertMatch(stdout, /\d+ page records\n/);
});

Deno.test("decode tells a preempt channel and a return path by their first bytes", async () => {
  const preempt = await decode(`${DATA}/qemu-11.1-postcopy-preempt.stream.gz`, "--pages");
  assertMatch(preempt.stdout, /^ {9}0 {2}page block="ram" offset=1638400 data=4096 bytes\n/);
  const back = await decode(`${DATA}/qemu-11.1-postcopy-main-return.stream.gz`);
  assertMatch(back.stdout, /^ {9}0 {2}pong value=1\n/);
  assertMatch(back.stdout, /shut status=0\n$/);
  assertEquals([preempt.code, back.code], [0, 0]);
});

Deno.test("decode says where it could not read on, and exits with 1", async () => {
  const { code, stdout } = await decode(MAIN);
  assertEquals(code, 1);
  assertMatch(stdout, /^Cannot decode main channel at offset 0: expected .*\n$/);
});

Deno.test("decode refuses a file that it cannot read, and an option that it does not know, with 2", async () => {
  for (const args of [["no-such-file"], ["--steram", "main"], []]) {
    const { code, stdout, stderr } = await decode(...args);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, /^Cannot decode.*\nSee deno task decode --help\.\n$/);
  }
});

Deno.test("tap refuses a call without addresses, and an address that is taken", async () => {
  const missing = await ended(start(TAP_PERMISSIONS, "tap", "--listen", "unix:/tmp/x"));
  assertEquals(missing.code, 2);
  assertStringIncludes(
    missing.stderr,
    "--forward expected unix:PATH or tcp:HOST:PORT, received nothing",
  );
  const taken = await ended(
    start(TAP_PERMISSIONS, "tap", "--listen", `unix:${MAIN}`, "--forward", "unix:/tmp/x"),
  );
  assertEquals(taken.code, 2);
  assertStringIncludes(taken.stderr, "Cannot listen at unix:");
});

Deno.test("tap --once passes a stream on, prints and writes what it saw, and leaves nothing behind", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tap-test-" });
  const [gate, real] = [`${folder}/gate`, `${folder}/real`];
  const stream = await recordedStream("7.2", "precopy");
  {
    using listener = Deno.listen({ transport: "unix", path: real });
    const child = start(
      TAP_PERMISSIONS,
      ...["tap", "--listen", `unix:${gate}`, "--forward", `unix:${real}`],
      ...["--once", "--json", `${folder}/tap.json`],
    );
    await untilListening(child);
    const near = await Deno.connect({ transport: "unix", path: gate });
    const far = await listener.accept();
    const received = new Response(far.readable).arrayBuffer();
    const writer = near.writable.getWriter();
    await writer.write(stream);
    await writer.close();
    assertEquals(new Uint8Array(await received), stream);
    const { code, stdout } = await ended(child);
    assertEquals(code, 0);
    assertMatch(stdout, /^Session 0: migration, took .* ms, no preempt channel\n/);
  }
  const report = JSON.parse(await Deno.readTextFile(`${folder}/tap.json`));
  assertEquals([report.schema, report.unread], ["faultline/tap/1", []]);
  assertEquals(report.bytes.precopy.main, stream.length);
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["tap.json"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("tap prints what there is when it is interrupted, and exits with 130", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tap-test-" });
  const child = start(
    TAP_PERMISSIONS,
    ...["tap", "--listen", `unix:${folder}/gate`, "--forward", `unix:${folder}/real`],
  );
  await untilListening(child);
  child.kill("SIGINT");
  const { code, stdout } = await ended(child);
  assertEquals([code, stdout], [130, "Nothing went through.\n"]);
  assert([...Deno.readDirSync(folder)].length === 0);
  await Deno.remove(folder, { recursive: true });
});
