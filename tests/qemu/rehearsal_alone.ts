import { assertEquals } from "@std/assert";
import { ProxyLoop } from "../../lib/qemu/proxy/proxy_loop.ts";
import { rehearse, REHEARSED_REQUESTS } from "../../lib/qemu/proxy/rehearsal.ts";
import { WireTap } from "../../lib/qemu/tap/wire_tap.ts";
import { Libc } from "../../lib/world/realtime/libc.ts";

Deno.test("a rehearsal is a migration whose requests a tap sees answered, and leaves no descriptor open", () => {
  const before = nextDescriptor();
  let nowUs = 0;
  const tap = new WireTap(() => nowUs++);
  rehearse(new ProxyLoop({ nowUs: () => nowUs, seed: 0, spec: [], bell: -1, observer: tap }));
  const { requests, unread, sessions } = tap.report();
  assertEquals(unread, []);
  assertEquals(sessions.map(({ kind }) => kind), ["migration"]);
  const none = { open: 0, passedBefore: 0, repeated: 0 };
  assertEquals(requests, { answered: REHEARSED_REQUESTS, ...none });
  assertEquals(nextDescriptor(), before);
});

/** The kernel gives the lowest number that is free. */
function nextDescriptor(): number {
  using libc = new Libc();
  const fd = libc.duplicate(0);
  libc.closeDescriptor(fd);
  return fd;
}
