/**
 * The known defects: bugs that QEMU and Cloud Hypervisor really had around postcopy, the preempt channel and recovery.
 *
 * Each is put back into a copy of the engine by `ID.patch` beside this file, or it is said here why it cannot be. The list is a sample:
 * no oracle, fault or plan knows of it.
 *
 * @module
 */

/** How a known defect is put back: by a patch, or not at all because of the reason given. */
export type Expression = "patch" | { readonly notExpressible: string };

/** By the id of the defect. */
export const KNOWN_DEFECTS: Readonly<Record<string, Expression>> = {
  A1: "patch",
  A2: "patch",
  A3: "patch",
  A5: "patch",
  A7: "patch",
  A9: "patch",
  A11: "patch",
  A15: "patch",
  A16a: "patch",
  A16b: "patch",
  A16c: "patch",
  A16d: "patch",
  A17: "patch",
  A18: "patch",
  B1: "patch",
  B2: "patch",
  B3: "patch",
  B4: "patch",
  B5: "patch",
  B6: "patch",
  B8: {
    notExpressible:
      "The engine has one page size, for guest and host alike: the wire refuses another, and no page is sent in parts.",
  },
  B9: "patch",
  B12: "patch",
  C2: "patch",
  C5: "patch",
  C6: "patch",
  C7: "patch",
  C8: "patch",
  D1: "patch",
  D3: "patch",
  D4: "patch",
  D5: "patch",
  D7: "patch",
  D8: "patch",
  D9: "patch",
  D10: "patch",
  D11: "patch",
  D14: "patch",
  D15: "patch",
  D20: "patch",
  E1: "patch",
  E2: "patch",
  E3: "patch",
};

/** The defects that have a patch. */
export const MUTANT_IDS: readonly string[] = Object.keys(KNOWN_DEFECTS)
  .filter((id) => KNOWN_DEFECTS[id] === "patch");
