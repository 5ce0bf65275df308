import { assertEquals } from "@std/assert";
import { REPLAY_SCHEDULES, replayPlan } from "../../chaos/replay.ts";
import { parseRepro } from "../../chaos/repro.ts";

const FOLDER = new URL("../regressions/", import.meta.url);

for (const { name } of [...Deno.readDirSync(FOLDER)].sort((a, b) => a.name < b.name ? -1 : 1)) {
  Deno.test(`what broke once holds under ${REPLAY_SCHEDULES} schedules: ${name}`, async () => {
    const { plan } = parseRepro(Deno.readTextFileSync(new URL(name, FOLDER)), name);
    for await (const { schedule, verdict } of replayPlan(plan)) {
      assertEquals({ schedule, ...verdict }, { schedule, kind: "holds" });
    }
  });
}
