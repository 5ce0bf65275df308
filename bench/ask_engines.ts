/**
 * Asks the QEMUs of a run what they are and may do, before anything depends on it.
 *
 * @module
 */

import type { EngineChoice, EngineChoices } from "../lib/pair/pair.ts";
import type { Side } from "../lib/qapi/migration_status.ts";
import { askAttached, askQemu, type QemuFacts } from "../lib/qemu/ask_qemu.ts";
import { QemuStartError } from "../lib/qemu/qemu_error.ts";
import { openRealtimeWorld } from "../lib/world/realtime/realtime_world.ts";
import { type EngineFacts, MissingError } from "./fit_engines.ts";

/** The facts of each side's QEMU. @throws {MissingError} when one is not there, or does not start. */
export async function askEngines({ source, destination }: EngineChoices): Promise<EngineFacts> {
  return {
    source: await ask("source", source),
    destination: await ask("destination", destination),
  };
}

async function ask(side: Side, choice: EngineChoice): Promise<QemuFacts | null> {
  if (choice.kind === "embedded") return null;
  const operator = openRealtimeWorld({ seed: 1 });
  try {
    if (choice.kind === "attached") return await askAttached(operator, side, choice.qmp);
    const { program } = choice;
    return await askQemu({ operator, ...program !== undefined && { program } });
  } catch (error) {
    if (!(error instanceof QemuStartError)) throw error;
    throw new MissingError(error.message);
  } finally {
    await operator.close();
  }
}
