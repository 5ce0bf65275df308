/**
 * Writes `bench/scenario.schema.json` again, after a change of the scenario's fields:
 *
 *     deno run --allow-read --allow-env --allow-write=bench tests/tools/write_scenario_schema.ts
 *
 * @module
 */

import { scenarioJsonSchema } from "../../bench/scenario_schema.ts";

const file = new URL("../../bench/scenario.schema.json", import.meta.url);
Deno.writeTextFileSync(file, `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
