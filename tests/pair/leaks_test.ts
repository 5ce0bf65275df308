import { runAlone } from "../tools/run_alone.ts";

Deno.test("a pair leaves nothing behind, however it is closed (leaks_alone.ts)", () =>
  runAlone(new URL("./leaks_alone.ts", import.meta.url)));
