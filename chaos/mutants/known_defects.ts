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
};

/** The defects that have a patch. */
export const MUTANT_IDS: readonly string[] = Object.keys(KNOWN_DEFECTS)
  .filter((id) => KNOWN_DEFECTS[id] === "patch");
