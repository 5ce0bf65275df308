/**
 * The answer to `query-migrate`.
 *
 * @module
 */

import type { MigrationInfo, MigrationStats as RamInfo } from "../qapi/migration_info.ts";
import { PAGE_SIZE } from "../ram/ram_block.ts";
import type { IncomingState } from "./destination/incoming_state.ts";
import type { Engine } from "./engine.ts";
import type { MigrationState } from "./source/migration_state.ts";

/** How far the engine's migration is; where it had both, the outgoing one, which came later. */
export function queryMigrate(engine: Engine): MigrationInfo {
  if (engine.outgoing !== null) return describeOutgoing(engine.outgoing);
  if (engine.incoming !== null) return describeIncoming(engine.incoming);
  return {};
}

function describeOutgoing(migration: MigrationState): MigrationInfo {
  const { stats } = migration;
  const endUs = stats.endedUs ?? migration.context.world.clock.now();
  const downtime = stats.downtimeBeganUs !== null && stats.downtimeEndedUs !== null
    ? { downtime: milliseconds(stats.downtimeEndedUs - stats.downtimeBeganUs) }
    : {};
  const setup = stats.setupEndedUs !== null
    ? { "setup-time": milliseconds(stats.setupEndedUs - stats.beganUs) }
    : {};
  return {
    status: migration.status,
    "total-time": milliseconds(endUs - stats.beganUs),
    ...setup,
    ...downtime,
    ...errorDesc(migration.errorDesc),
    ram: describeRam(migration, endUs - stats.beganUs),
  };
}

function describeRam(migration: MigrationState, elapsedUs: number): RamInfo {
  const { stats, ram, context } = migration;
  const pages = stats.normal + stats.duplicate;
  return {
    transferred: stats.transferred,
    remaining: ram.remaining * PAGE_SIZE,
    total: context.machine.ram.pages * PAGE_SIZE,
    duplicate: stats.duplicate,
    normal: stats.normal,
    "normal-bytes": stats.normalBytes,
    "dirty-pages-rate": stats.dirtyPagesRate,
    mbps: elapsedUs > 0 ? stats.transferred * 8 / elapsedUs : 0,
    "dirty-sync-count": ram.syncCount,
    "postcopy-requests": stats.postcopyRequests,
    "page-size": PAGE_SIZE,
    "precopy-bytes": stats.bytes.precopy,
    "downtime-bytes": stats.bytes.downtime,
    "postcopy-bytes": stats.bytes.postcopy,
    "pages-per-second": elapsedUs > 0 ? Math.round(pages * 1e6 / elapsedUs) : 0,
  };
}

function describeIncoming(incoming: IncomingState): MigrationInfo {
  const { capabilities, machine } = incoming.context;
  const blocktime = capabilities["postcopy-blocktime"] && incoming.ladder !== "none"
    ? {
      "postcopy-vcpu-blocktime": Array.from(
        { length: machine.vcpus.count },
        (_, vcpu) => milliseconds(machine.vcpus.blockedUs(vcpu)),
      ),
    }
    : {};
  return { status: incoming.status, ...errorDesc(incoming.errorDesc), ...blocktime };
}

function errorDesc(description: string | null): { readonly "error-desc"?: string } {
  return description === null ? {} : { "error-desc": description };
}

/** QAPI's unit, from the clock's. */
function milliseconds(us: number): number {
  return Math.round(us / 1000);
}
