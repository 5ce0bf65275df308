/**
 * Which elements may stand where on the main channel.
 *
 * @module
 */

import type { Element } from "./elements.ts";
import { hex } from "./wire_error.ts";

/**
 * Which stream it is. `migration` begins with the header; `recovery` with a command; `package`, the data of a PACKAGED
 * command, is elements from the first byte, without an EOF and without another package.
 */
export type MainStream = "migration" | "recovery" | "package";

/** Which elements may come next, and what an error says about that. */
export interface ElementPlace {
  readonly kinds: readonly Element["kind"][];
  readonly expected: string;
}

const SECTIONS = ["section-start", "section-part", "section-end", "section-full"] as const;
/** Where a recovery begins. */
export const FIRST_OF_RECOVERY: ElementPlace = { kinds: ["command"], expected: "COMMAND (0x08)" };
/** Between the elements of each stream. */
export const BODY: Readonly<Record<MainStream, ElementPlace>> = {
  migration: {
    kinds: [...SECTIONS, "command", "configuration", "subsection", "eof"],
    expected: "CONFIGURATION, a section, COMMAND or EOF",
  },
  recovery: { kinds: [...SECTIONS, "command", "eof"], expected: "a section, COMMAND or EOF" },
  package: { kinds: [...SECTIONS, "command"], expected: "a section or COMMAND" },
};
/** Behind a section's data. */
export const FOOTER: ElementPlace = { kinds: ["footer"], expected: "FOOTER (0x7e)" };
/** Behind EOF. */
export const AFTER_EOF: ElementPlace = {
  kinds: ["vmdescription"],
  expected: "VMDESCRIPTION or the end of the stream",
};
/** Behind VMDESCRIPTION. */
export const ENDED: ElementPlace = { kinds: [], expected: "the end of the stream" };

/** An element's leading byte as QEMU's documents spell it; `kind` is undefined where no element has that byte. */
export function formatElement(type: number, kind: Element["kind"] | undefined): string {
  return kind === undefined
    ? `byte ${hex(type)}`
    : `${kind.toUpperCase().replace("-", "_")} (${hex(type)})`;
}
