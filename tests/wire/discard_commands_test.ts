import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { discardCommands } from "../../lib/wire/discard_commands.ts";

Deno.test("discardCommands() says every range once, in order, at most twelve at a time", () => {
  const range = fc.record({ start: fc.nat(), length: fc.nat() });
  fc.assert(fc.property(fc.array(range, { maxLength: 60 }), (ranges) => {
    const commands = discardCommands("ram", ranges);
    assertEquals(commands.flatMap((command) => command.ranges), ranges);
    assertEquals(commands.length, Math.ceil(ranges.length / 12));
    assert(commands.every((command) => command.block === "ram" && command.ranges.length <= 12));
  }));
});
