import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { judgeMainChannel, judgePreemptChannel } from "../../lib/wire/channel_candidate.ts";
import { COMMANDS } from "../../lib/wire/commands.ts";
import { encodeMainChannel } from "../../lib/wire/main_channel_event.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { StreamNames } from "../../lib/wire/ram_block.ts";
import { BLOCKS, command, messageOf, pageRecord } from "./arbitraries.ts";
import { encodeStream } from "./encode_stream.ts";

const names = new StreamNames(BLOCKS);
const text = (characters: string) => new TextEncoder().encode(characters);

/** A record's offset and flags. */
function word(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

/** The verdicts on every beginning of `bytes`, each distinct one once, in order. */
function verdicts(bytes: Uint8Array, judge: (first: Uint8Array) => string): string[] {
  const all = Array.from({ length: bytes.length + 1 }, (_, end) => judge(bytes.subarray(0, end)));
  return all.filter((verdict, i) => verdict !== all[i - 1]);
}

Deno.test("judgePreemptChannel() says more, then yes, of every beginning with a record", () => {
  fc.assert(
    fc.property(pageRecord(BLOCKS), (record) => {
      const bytes = encodeStream([record]).subarray(0, 400);
      assertEquals(verdicts(bytes, (first) => judgePreemptChannel(first, names)), ["more", "yes"]);
    }),
    { numRuns: 50 },
  );
});

Deno.test("judgePreemptChannel() accepts the EOS of a 7.x channel that nothing was sent on", () => {
  assertEquals(judgePreemptChannel(encodeStream([{ kind: "eos" }]), names), "yes");
});

Deno.test("judgePreemptChannel() says no to strangers as soon as no record can begin so", () => {
  const judge = (first: Uint8Array) => judgePreemptChannel(first, names);
  for (const stranger of ["GET / HTTP/1.1\r\n", "QEVM", "SSH-2.0-", "{}", "\r"]) {
    assertEquals(judge(text(stranger).subarray(0, 1)), "no", stranger);
  }
  assertEquals(judge(encodeMainChannel({ kind: "recv-bitmap", block: "ram" })), "no");
  const unnamed = word(0x2n);
  assertEquals(judge(unnamed), "more");
  assertEquals(judge(new Uint8Array([...unnamed, 3, ...text("rom")])), "no");
});

Deno.test("judgePreemptChannel() judges an offset by the longest block, as soon as it can", () => {
  const small = new StreamNames([{ name: "ram", usedLength: 16 * PAGE_SIZE }]);
  const bytes = word(BigInt(16 * PAGE_SIZE) | 0x8n);
  const judged = verdicts(new Uint8Array([...bytes, 3, ...text("ram")]), (first) => {
    return judgePreemptChannel(first, small);
  });
  assertEquals(judged, ["more", "no"]);
  const beyond = Uint8Array.of(0, 0, 0, 1);
  assertEquals(judgePreemptChannel(beyond, small), "no");
});

Deno.test("judgeMainChannel() knows a migration by its magic", () => {
  const judge = (first: Uint8Array) => judgeMainChannel(first, "migration");
  assertEquals(verdicts(encodeMainChannel({ kind: "header" }), judge), ["more", "yes"]);
  assertEquals(judge(text("QEVM")), "yes");
  assertEquals(verdicts(text("QEMU"), judge), ["more", "no"]);
  assertEquals(judge(encodeStream([{ kind: "eos" }])), "no");
});

Deno.test("judgeMainChannel() knows a recovery by its command, and not the preempt channel by it", () => {
  const judge = (first: Uint8Array) => judgeMainChannel(first, "recovery");
  fc.assert(fc.property(command, (message) => {
    assertEquals(verdicts(encodeMainChannel(message), judge), ["more", "yes"]);
  }));
  assertEquals(judge(Uint8Array.of(8, 0, 99)), "no");
  assertEquals(judge(encodeStream([{ kind: "zero", block: "ram", offset: 0 }])), "no");
});

Deno.test("judgeMainChannel() and judgePreemptChannel() never both say yes", () => {
  const first = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    messageOf(COMMANDS, "recv-bitmap").map((message) => {
      return encodeMainChannel(message as { kind: "recv-bitmap"; block: string });
    }),
    pageRecord(BLOCKS).map((record) => encodeStream([record])),
  );
  fc.assert(fc.property(first, (bytes) => {
    const said = [
      judgeMainChannel(bytes, "migration"),
      judgeMainChannel(bytes, "recovery"),
      judgePreemptChannel(bytes, names),
    ];
    assertEquals(said.filter((verdict) => verdict === "yes").length <= 1, true);
  }));
});
