/**
 * Real QEMU processes: their start, their ends, and what is left behind.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { askQemu } from "../../lib/qemu/ask_qemu.ts";
import { QEMU } from "../../lib/qemu/qemu_arguments.ts";
import { QemuMissingError, QemuStartError } from "../../lib/qemu/qemu_error.ts";
import { type QemuOptions, QemuProcess } from "../../lib/qemu/qemu_process.ts";
import { connectQmp, QmpClosedError } from "../../lib/qmp/qmp_client.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { testWithQemu } from "./test_with_qemu.ts";

const NEED = { need: "qemu" } as const;

async function withWorld(body: (operator: RealtimeWorld) => Promise<void>): Promise<void> {
  const operator = openRealtimeWorld({ seed: 1 });
  try {
    await body(operator);
  } finally {
    await operator.close();
  }
}

/** Runs `body` with the path of a program that is one line of shell. */
async function withProgram(line: string, body: (program: string) => Promise<void>): Promise<void> {
  const program = await Deno.makeTempFile({ prefix: "faultline-" });
  try {
    await Deno.writeTextFile(program, `#!/bin/sh\n${line}\n`);
    await Deno.chmod(program, 0o755);
    await body(program);
  } finally {
    await Deno.remove(program);
  }
}

function start(operator: RealtimeWorld, options: Partial<QemuOptions> = {}): Promise<QemuProcess> {
  return QemuProcess.start({ operator, ramBytes: 1 << 20, incoming: true, ...options });
}

Deno.test("QemuProcess.start() names the command that installs a QEMU that is not there", async () => {
  await withWorld(async (operator) => {
    const program = "/nowhere/qemu-system-x86_64";
    const error = await assertRejects(() => start(operator, { program }), QemuMissingError);
    assertEquals(
      error.message,
      'Cannot start QEMU: "/nowhere/qemu-system-x86_64" is not installed, ' +
        "`apt-get install --no-install-recommends qemu-system-x86 seabios ipxe-qemu` installs it",
    );
    await assertRejects(() => askQemu({ operator, program }), QemuMissingError);
  });
});

Deno.test("QemuProcess.start() gives up on a program that does not answer, and ends it", async () => {
  await withProgram("echo thinking >&2; exec sleep 300", async (program) => {
    await withWorld(async (operator) => {
      const options = { program, startTimeoutMs: 200 };
      const error = await assertRejects(() => start(operator, options), QemuStartError);
      assertEquals(
        error.message,
        `Cannot start QEMU: ${program} did not answer within 200 ms and was killed by SIGKILL: thinking`,
      );
    });
  });
});

testWithQemu("QemuProcess.start() says why a QEMU ended at once", async () => {
  await withWorld(async (operator) => {
    const options = { extraArguments: ["-bogus"] };
    const error = await assertRejects(() => start(operator, options), QemuStartError);
    assertEquals(
      error.message,
      `Cannot start QEMU: ${QEMU} exited with code 1: ${QEMU}: -bogus: invalid option`,
    );
  });
}, NEED);

testWithQemu(
  "QemuProcess serves its operator and a prober, and leaves nothing behind",
  async () => {
    await withWorld(async (operator) => {
      // From 11 on one that waits for a migration does not show its memory.
      const qemu = await start(operator, { incoming: false });
      const prober = await connectQmp(operator, qemu.qmpAddress);
      for (const qmp of [qemu.qmp, prober]) {
        assertEquals((await qmp.execute("query-status")).status, "running");
      }
      await prober.close();
      assertEquals(await qemu.readMemory(4096, 8192), new Uint8Array(8192));
      assertEquals(qemu.end, null);
      assertEquals(await qemu.close(), { kind: "killed", signal: "SIGKILL" });
      assert(qemu.qmpAddress.kind === "unix");
      const { path } = qemu.qmpAddress;
      await assertRejects(
        () => Deno.stat(path.slice(0, path.lastIndexOf("/"))),
        Deno.errors.NotFound,
      );
    });
  },
  NEED,
);

testWithQemu("QemuProcess knows a QEMU that a signal killed, and its QMP is closed", async () => {
  await withWorld(async (operator) => {
    await using qemu = await start(operator);
    Deno.kill(qemu.pid, "SIGSEGV");
    assertEquals(await qemu.waitUntilEnded(), { kind: "killed", signal: "SIGSEGV" });
    assertStringIncludes(qemu.describe(), "was killed by SIGSEGV");
    await qemu.qmp.waitUntilClosed();
    await assertRejects(() => qemu.readMemory(0, 4096), QmpClosedError);
    assertEquals(await qemu.close(), { kind: "killed", signal: "SIGSEGV" });
  });
}, NEED);

// -- askQemu --

testWithQemu("askQemu() tells the version, and that postcopy is possible", async () => {
  await withWorld(async (operator) => {
    const facts = await askQemu({ operator });
    assert(facts.version.qemu.major >= 7);
    assertEquals(facts.noPostcopy, null);
  });
});

testWithQemu("askQemu() says that postcopy is impossible without userfaultfd", async () => {
  // Root may use userfaultfd by this capability.
  await withProgram(`exec setpriv --bounding-set=-sys_ptrace ${QEMU} "$@"`, async (program) => {
    await withWorld(async (operator) => {
      const { noPostcopy } = await askQemu({ operator, program });
      assertStringIncludes(noPostcopy ?? "", "Postcopy is not supported");
      assertStringIncludes(noPostcopy ?? "", "userfaultfd");
    });
  });
});
