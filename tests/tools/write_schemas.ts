/**
 * Writes the published JSON Schemas again, after a change of their fields:
 *
 *     deno run --allow-read --allow-env --allow-write=bench,chaos,lib/report tests/tools/write_schemas.ts
 *
 * @module
 */

import { PUBLISHED_SCHEMAS } from "./published_schemas.ts";

for (const [path, schema] of Object.entries(PUBLISHED_SCHEMAS)) {
  const file = new URL(`../../${path}`, import.meta.url);
  Deno.writeTextFileSync(file, `${JSON.stringify(schema(), null, 2)}\n`);
}
