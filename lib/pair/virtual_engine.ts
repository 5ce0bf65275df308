/**
 * An engine in virtual time: its host, guest and operator's connection, in worlds of one simulation.
 *
 * @module
 */

import { type QmpClient, type QmpClientOptions, QmpClosedError } from "../qmp/qmp_client.ts";
import { fillGuestRam } from "../ram/guest_fill.ts";
import { GuestRam } from "../ram/guest_ram.ts";
import type { GuestSpec } from "../ram/guest_spec.ts";
import { PageRequestLog } from "../ram/page_request_log.ts";
import { layoutBlocks, type RamBlockSize } from "../ram/ram_block.ts";
import type { Address } from "../world/address.ts";
import type { Simulation } from "../world/virtual/simulation.ts";
import { startVirtualVcpus } from "../world/virtual/virtual_vcpus.ts";
import type { Thread, World } from "../world/world.ts";
import { openOperator } from "./operator.ts";
import type { EngineSide } from "./pair.ts";
import { EngineHost } from "../worker/engine_host.ts";

/** Entries of an engine's page request log: more than any virtual scenario has. */
const LOG_ENTRIES = 1 << 16;

/** What an engine is made of. */
export interface VirtualEngineOptions {
  readonly simulation: Simulation;
  /** Also the name of its world, so no two engines of a simulation have the same. */
  readonly name: string;
  /** The operator's world, which the QMP connection belongs to. */
  readonly operator: World;
  readonly ram: readonly RamBlockSize[];
  readonly guest: GuestSpec;
  /** Whether it waits for `migrate-incoming`; otherwise its guest starts. */
  readonly incoming: boolean;
  /** Of its operator's connection. */
  readonly monitor?: QmpClientOptions;
  /**
   * Entries of its page request log.
   *
   * @default {65536}
   */
  readonly pageRequestEntries?: number;
  /** Called in the middle of every write of its guest. */
  readonly onGuestWrite?: () => void;
  /** How late what a vCPU reports now reaches the engine. */
  readonly reportDelayUs?: () => number;
}

/** A running engine. */
export interface VirtualEngine extends EngineSide {
  readonly kind: "embedded";
  readonly ram: GuestRam;
  readonly qmp: QmpClient;
  /** Where more QMP clients may connect. */
  readonly qmpAddress: Address;
  /** Where its main loop is probed. */
  readonly probeAddress: Address;
  readonly pageRequests: PageRequestLog;
  /** Ends it. */
  close(): Promise<void>;
}

/** Starts an engine and connects its operator. */
export async function startVirtualEngine(options: VirtualEngineOptions): Promise<VirtualEngine> {
  const { simulation, name, guest } = options;
  const world = simulation.world(name);
  const ram = GuestRam.allocate(layoutBlocks(options.ram));
  if (!options.incoming) fillGuestRam(ram, guest);
  const pageRequests = PageRequestLog.allocate(options.pageRequestEntries ?? LOG_ENTRIES);
  const vcpuWorlds = Array.from(
    { length: guest.vcpus },
    (_, vcpu) => simulation.world(`${name} vcpu ${vcpu}`, { charged: false }),
  );
  const vcpus = startVirtualVcpus({
    spec: guest,
    ram,
    log: pageRequests,
    engine: world,
    vcpuWorlds,
    ...(options.onGuestWrite === undefined ? {} : { onWrite: options.onGuestWrite }),
    ...(options.reportDelayUs === undefined ? {} : { reportDelayUs: options.reportDelayUs }),
  });
  const qmpAddress: Address = { kind: "unix", path: `/${name}/qmp` };
  const probeAddress: Address = { kind: "unix", path: `/${name}/probe` };
  const running: Thread = world.mainLoop.spawn("main", async () => {
    const host = new EngineHost({
      world,
      ram,
      vcpus,
      pageRequests,
      qmp: qmpAddress,
      probe: probeAddress,
      ...(options.incoming ? { incoming: "defer" } : {}),
      writeFile: () => {
        throw new Error("there are no files in virtual time");
      },
    });
    await host.run();
  });
  await options.operator.mainLoop.turn();
  const connected = await options.operator.network.connect(qmpAddress, "qmp").wait();
  const qmp = await openOperator(options.operator, connected, options.monitor);
  return {
    kind: "embedded",
    describeEnd: () => Promise.resolve(null),
    ram,
    qmp,
    qmpAddress,
    probeAddress,
    pageRequests,
    close: async () => {
      if (qmp.closed === null) await qmp.execute("quit").catch(ignoreClosed);
      // One that answers nothing does not quit.
      if (qmp.silence === null) await running.join();
      else killEngine(options);
      await qmp.close();
    },
  };
}

function ignoreClosed(error: unknown): void {
  if (!(error instanceof QmpClosedError)) throw error;
}

/** Ends it as a process is killed. */
function killEngine({ simulation, name, guest }: VirtualEngineOptions): void {
  simulation.kill(name);
  for (let vcpu = 0; vcpu < guest.vcpus; vcpu++) simulation.kill(`${name} vcpu ${vcpu}`);
}
