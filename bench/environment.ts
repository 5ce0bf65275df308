/**
 * What the figures of a result depend on besides the code: in real time the machine, in virtual time the prices of work and the link. The
 * virtual ones hold nothing of the machine, so that a virtual result is the same everywhere.
 *
 * @module
 */

import { formatVersion } from "../lib/qapi/qemu_version.ts";
import type { EngineFacts } from "./fit_engines.ts";
import type { ClockKind } from "../lib/measure/metric.ts";
import type { Result } from "../lib/report/result.ts";
import { COST_TABLE } from "../lib/world/virtual/cost_table.ts";
import { completeLinkOptions } from "../lib/world/virtual/link_options.ts";

/** The environment of a result. */
export function describeEnvironment(
  clock: ClockKind,
  facts: EngineFacts = { source: null, destination: null },
): Result["environment"] {
  if (clock === "virtual") return virtualEnvironment();
  const qemus = Object.entries(facts).flatMap(([side, known]) =>
    known === null ? [] : [[`${side}.qemu`, formatVersion(known.version)]]
  );
  return { ...realEnvironment(), ...Object.fromEntries(qemus) };
}

/**
 * The commit of this checkout, with `+changes` where files differ from it; `unknown` where git cannot say.
 *
 * @param folder of the checkout.
 */
export async function describeCommit(folder: URL): Promise<string> {
  const commit = await git(folder, "rev-parse", "HEAD");
  const changes = await git(folder, "status", "--porcelain");
  if (commit === null || changes === null) return "unknown";
  return changes === "" ? commit : `${commit}+changes`;
}

function realEnvironment(): Result["environment"] {
  return {
    "os": `${Deno.build.os} ${Deno.osRelease()}`,
    "architecture": Deno.build.arch,
    "cpus": navigator.hardwareConcurrency,
    "memory-mib": Math.round(Deno.systemMemoryInfo().total / 2 ** 20),
    "deno": Deno.version.deno,
    "v8": Deno.version.v8,
  };
}

function virtualEnvironment(): Result["environment"] {
  const { latencyUs, bytesPerSecond, segmentBytes, bufferBytes, backlog } = completeLinkOptions({});
  const prices = Object.entries(COST_TABLE).map(([work, us]) => [`price.${work}-us`, us]);
  return {
    ...Object.fromEntries(prices),
    "link.latency-us": latencyUs,
    "link.bytes-per-second": bytesPerSecond ?? "unlimited",
    "link.segment-bytes": segmentBytes,
    "link.buffer-bytes": bufferBytes,
    "link.backlog": backlog,
  };
}

async function git(folder: URL, ...args: readonly string[]): Promise<string | null> {
  try {
    const command = new Deno.Command("git", { args: [...args], cwd: folder, stderr: "null" });
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
