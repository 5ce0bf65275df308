import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { applyPatch, formatChanges } from "../../chaos/mutants/apply_patch.ts";
import { copyTree } from "../../chaos/mutants/copy_tree.ts";
import { KNOWN_DEFECTS, MUTANT_IDS } from "../../chaos/mutants/known_defects.ts";
import {
  formatMutant,
  MutantError,
  mutantFile,
  parseMutant,
  readMutant,
} from "../../chaos/mutants/mutant.ts";
import {
  chooseMutants,
  describeFalseAlarms,
  resultOfHunts,
} from "../../chaos/mutants/hunt_command.ts";
import { type Hunt, huntMutant, isBrokenAnyway } from "../../chaos/mutants/hunt_mutant.ts";

const ROOT = new URL("../../", import.meta.url);

function readSource(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

Deno.test("every known defect has a patch, or a reason why not, and every patch is one's", () => {
  const files = Array.from(Deno.readDirSync(new URL("chaos/mutants/", ROOT)), ({ name }) => name)
    .filter((name) => name.endsWith(".patch")).toSorted();
  assertEquals(files, MUTANT_IDS.map((id) => `${id}.patch`).toSorted());
  for (const [id, expression] of Object.entries(KNOWN_DEFECTS)) {
    if (expression !== "patch") {
      assertEquals([id, expression.notExpressible.length > 20], [id, true]);
    }
  }
});

Deno.test("every patch applies to the tree, changes it, and says whose it is", async () => {
  for (const id of MUTANT_IDS) {
    const mutant = await readMutant(id);
    assertEquals(mutant.row.id, id);
    for (const { path, before, after } of applyPatch(mutant.patch, readSource)) {
      assertEquals([id, path, before === after], [id, path, false]);
    }
  }
});

Deno.test("formatMutant() writes what parseMutant() has read", async () => {
  for (const id of MUTANT_IDS) {
    const text = await Deno.readTextFile(mutantFile(id));
    assertEquals(formatMutant(parseMutant(text)), text);
  }
});

Deno.test("parseMutant() and readMutant() say what is missing", async () => {
  const message = 'Cannot read a mutant: expected a line "set off by: ...", received none';
  assertThrows(
    () => parseMutant("id: X\nfixed by: a\nroot cause: b\nlooks like: c\n"),
    MutantError,
    message,
  );
  await assertRejects(
    () => readMutant("Z9"),
    MutantError,
    'Cannot read mutant "Z9": expected one of',
  );
});

const TEXT = Array.from({ length: 20 }, (_, line) => `line ${line}\n`).join("");
const CHANGED = TEXT.replace("line 9\n", "changed\n");
const PATCH = formatChanges([{ path: "x", before: TEXT, after: CHANGED }]);

Deno.test("applyPatch() follows what has moved, and bears with a line of context that differs", () => {
  const moved = `new\nnew\n${TEXT.replace("line 7\n", "another\n")}`;
  const [change] = applyPatch(PATCH, () => moved);
  assertEquals(change?.after, moved.replace("line 9\n", "changed\n"));
  const refreshed = formatChanges([change!]);
  assertStringIncludes(refreshed, " another\n");
  assertEquals(applyPatch(refreshed, () => moved)[0]?.after, change?.after);
});

Deno.test("applyPatch() names the hunk that does not fit", () => {
  const two = `${PATCH}@@ -18,2 +18,2 @@\n line 17\n-gone\n+changed\n`;
  const message = "Cannot apply hunk 2 of 2 to x: expected these lines near line 18";
  assertThrows(() => applyPatch(two, () => TEXT.slice(0, 100)), MutantError, message);
  assertThrows(
    () => applyPatch("nothing", () => TEXT),
    MutantError,
    "expected a diff, received none",
  );
});

Deno.test("copyTree() leaves mutants out, and nothing behind", async () => {
  let path = "";
  {
    await using copy = await copyTree();
    path = copy.path;
    Deno.statSync(`${path}/chaos/run.ts`);
    const names = Array.from(Deno.readDirSync(`${path}/chaos/mutants`), ({ name }) => name);
    assertEquals(names.filter((name) => name.endsWith(".patch")), []);
  }
  assertThrows(() => Deno.statSync(path), Deno.errors.NotFound);
});

Deno.test("huntMutant() finds a defect that was put back", async () => {
  const { signal } = new AbortController();
  const hunt = await huntMutant("A1", { baseSeed: 1n, seconds: 60, signal });
  assertEquals([hunt.found, hunt.oracle, hunt.isFalseAlarm], [true, "main-loop", false]);
  // That is what tells the mutant's doing from the engine's.
  assertEquals(await isBrokenAnyway(hunt.seed!), false);
});

Deno.test("isBrokenAnyway() is true of a seed that breaks an oracle in the tree that asks", async () => {
  const { patch } = await readMutant("A1");
  await using copy = await copyTree();
  for (const { path, after } of applyPatch(patch, readSource)) {
    await Deno.writeTextFile(`${copy.path}/${path}`, after);
  }
  const { seed } = await huntMutant("A1", {
    baseSeed: 1n,
    seconds: 60,
    signal: new AbortController().signal,
  });
  const broken = await import(`file://${copy.path}/chaos/mutants/hunt_mutant.ts`);
  assertEquals(await broken.isBrokenAnyway(seed), true);
});

const HUNT: Hunt = {
  id: "A1",
  found: true,
  seed: "7",
  oracle: "main-loop",
  seconds: 1,
  seeds: 9,
  faultsInPlan: 1,
  message: "silent",
  isFalseAlarm: false,
};

Deno.test("describeFalseAlarms() names each seed that breaks an oracle without its mutant, which is not found then", () => {
  const alarm = { ...HUNT, id: "B2", found: false, seed: "8", isFalseAlarm: true };
  assertEquals(describeFalseAlarms([HUNT]), null);
  assertStringIncludes(describeFalseAlarms([HUNT, alarm])!, "without it at seed 8 (B2)");
  assertEquals(resultOfHunts([HUNT]).verdict, "holds");
  assertEquals(resultOfHunts([HUNT, alarm]).verdict, "violated");
});

Deno.test("chooseMutants() takes as many as asked for, by the seed", () => {
  const chosen = chooseMutants(null, 2, 7n);
  assertEquals(chosen, chooseMutants(null, 2, 7n));
  assertEquals(new Set(chosen).size, 2);
  assertEquals(chooseMutants(["B2"], null, 7n), ["B2"]);
});
