/**
 * One vCPU between two looks at the board: the interleavings that the other tests meet only by chance.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { verifyRam } from "../../lib/ram/expected_ram.ts";
import { parseGuest } from "../../lib/ram/guest_arguments.ts";
import { fillGuestRam } from "../../lib/ram/guest_fill.ts";
import { GuestRam } from "../../lib/ram/guest_ram.ts";
import { PageRequestLog } from "../../lib/ram/page_request_log.ts";
import { layoutBlocks, PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { VcpuBoard } from "../../lib/ram/vcpu_board.ts";
import { type VcpuPause, VcpuRunner } from "../../lib/ram/vcpu_runner.ts";

/** A vCPU that touches pages 1, 2, 3, ... and writes each; what it rang and what it was told last. */
function newVcpu() {
  const spec = parseGuest("workload=sequential,write-share=1,touches=1000");
  const ram = GuestRam.allocate(layoutBlocks([{ name: "ram", bytes: 16 * PAGE_SIZE }]));
  fillGuestRam(ram, spec);
  const board = VcpuBoard.allocate(spec);
  const rung = { count: 0 };
  const runner = new VcpuRunner({
    spec,
    ram,
    board,
    log: PageRequestLog.allocate(16),
    vcpu: 0,
    cpuShare: 1,
    ringEngine: () => rung.count++,
  });
  let nowUs = 0;
  /** Goes on, through every wait that ends by itself, to the next pause of that kind. */
  const advanceTo = (kind: VcpuPause["kind"]) => {
    for (let tries = 0; tries < 100; tries++) {
      const pause = runner.advance(nowUs);
      if (pause.kind === kind && !(pause.kind === "wait" && pause.forUs < Infinity)) return;
      if (pause.kind === "wait") nowUs += pause.forUs;
    }
    throw new Error(`no pause of kind ${kind}`);
  };
  return { spec, ram, board, runner, rung, advanceTo };
}

Deno.test("VcpuRunner finishes a write that was begun before it obeys a stop", () => {
  const { ram, spec, board, runner, advanceTo } = newVcpu();
  board.command("run");
  advanceTo("halfway");
  const stop = board.command("stop");
  assertEquals(board.hasAcknowledged(0, stop), false);
  runner.advance(0);
  assertEquals([ram.dirty.test(1), board.hasAcknowledged(0, stop)], [true, false]);
  advanceTo("wait");
  assertEquals(board.hasAcknowledged(0, stop), true);
  assertEquals(verifyRam(spec, ram.memory), null);
});

Deno.test("VcpuRunner marks a page only when all of its bytes are there", () => {
  const { ram, board, runner, advanceTo } = newVcpu();
  board.command("run");
  advanceTo("halfway");
  const torn = ram.page(1).slice();
  assertEquals(ram.dirty.test(1), false);
  runner.advance(0);
  assertEquals(ram.dirty.test(1), true);
  assert(ram.page(1).some((byte, at) => byte !== torn[at]));
});

Deno.test("VcpuRunner sees a page that was placed between its look and its fault", () => {
  const { ram, board, runner, rung, advanceTo } = newVcpu();
  board.command("run-missing");
  advanceTo("halfway");
  ram.received.clear(2);
  runner.advance(0);
  while (board.faultOf(0) === null) advanceTo("go-on");
  assertEquals([board.faultOf(0), rung.count], [2, 1]);
  // Placed by someone who saw no fault yet, and so woke nobody.
  ram.received.set(2);
  advanceTo("halfway");
  assertEquals(board.faultOf(0), null);
});

Deno.test("VcpuRunner blocks on a missing page until it is placed, and rings once", () => {
  const { ram, board, runner, rung, advanceTo } = newVcpu();
  board.command("run-missing");
  ram.received.clear(0);
  advanceTo("wait");
  advanceTo("wait");
  assertEquals([board.takeFault(), board.takeFault(), rung.count], [0, null, 1]);
  assertEquals(board.blockedUs(0, 5_000), 4_000);
  ram.received.set(0);
  runner.advance(3_000);
  assertEquals(board.blockedUs(0, 5_000), 2_000);
});

Deno.test("VcpuRunner acknowledges each stop with its own number", () => {
  const { board, advanceTo } = newVcpu();
  const first = board.command("stop");
  advanceTo("wait");
  board.command("run");
  const second = board.command("stop");
  assertEquals([board.hasAcknowledged(0, first), board.hasAcknowledged(0, second)], [true, false]);
  advanceTo("wait");
  assertEquals(board.hasAcknowledged(0, second), true);
});

Deno.test("VcpuBoard.takeFault() takes the faults of all vCPUs in turn", () => {
  const board = VcpuBoard.allocate(parseGuest("vcpus=3"));
  for (const vcpu of [0, 1, 2]) board.openFault(vcpu, 10 + vcpu, 0);
  assertEquals(board.takeFault(), 10);
  board.closeFault(0, 1);
  board.openFault(0, 20, 1);
  assertEquals([board.takeFault(), board.takeFault()], [11, 12]);
  assertEquals([board.takeFault(), board.takeFault()], [20, null]);
});
