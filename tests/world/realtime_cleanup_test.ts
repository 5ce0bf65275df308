import { runAlone } from "../tools/run_alone.ts";

Deno.test("RealtimeWorld.close() leaves nothing behind (realtime_cleanup_alone.ts)", () =>
  runAlone(new URL("./realtime_cleanup_alone.ts", import.meta.url)));
