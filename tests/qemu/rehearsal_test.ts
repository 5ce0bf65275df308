import { runAlone } from "../tools/run_alone.ts";

Deno.test("a rehearsal is a migration whose requests a tap sees answered, and leaves no descriptor open", () =>
  runAlone(new URL("rehearsal_alone.ts", import.meta.url)));
