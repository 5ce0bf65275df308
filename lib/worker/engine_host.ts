/**
 * An engine with what makes it reachable: its QMP server, and the answering end of the main loop probe. The same in both worlds.
 *
 * @module
 */

import { Engine } from "../engine/engine.ts";
import { createMonitor } from "../engine/monitor.ts";
import { answerProbes } from "../measure/answer_probe.ts";
import { EMBEDDED_VERSION_INFO } from "../qapi/qemu_version.ts";
import { QmpServer } from "../qmp/qmp_server.ts";
import type { PageRequestLog } from "../ram/page_request_log.ts";
import type { GuestRam } from "../ram/guest_ram.ts";
import type { Vcpus } from "../ram/vcpus.ts";
import type { Address } from "../world/address.ts";
import type { Condition, Listener, Thread, World } from "../world/world.ts";

/** What an engine is hosted with. */
export interface EngineHostOptions {
  readonly world: World;
  /** The machine that its stream names. @default {"none"} */
  readonly machineName?: string;
  readonly ram: GuestRam;
  readonly vcpus: Vcpus;
  readonly pageRequests: PageRequestLog;
  /** Where QMP is served. */
  readonly qmp: Address;
  /** Where the main loop probe connects; absent: the loop is not probed. */
  readonly probe?: Address;
  /** `defer`: waits for `migrate-incoming`; an address: listens there at once; absent: the guest starts here. */
  readonly incoming?: Address | "defer";
  /** Serves `pmemsave`. */
  writeFile(path: string, bytes: Uint8Array): void;
}

/** A reachable engine. */
export class EngineHost {
  readonly engine: Engine;
  readonly #server: QmpServer;
  readonly #probe: Listener | null;
  readonly #threads: Thread[] = [];
  readonly #quit: Condition;
  #quitting = false;

  /** @throws {AddressError} when an address cannot be bound. */
  constructor(options: EngineHostOptions) {
    const { world, incoming } = options;
    this.#quit = world.mainLoop.condition();
    this.#probe = options.probe === undefined ? null : world.network.listen(options.probe, "probe");
    if (this.#probe !== null) {
      const probe = this.#probe;
      this.#threads.push(world.mainLoop.spawn("probe-accept", () => answerProbes(world, probe)));
    }
    this.#server = new QmpServer({
      world,
      listener: world.network.listen(options.qmp, "qmp"),
      dispatcher: { execute: (command, args) => monitor[command](args) },
      version: EMBEDDED_VERSION_INFO,
    });
    this.engine = new Engine({
      ...options,
      emit: this.#server.emit,
      incoming: incoming !== undefined,
    });
    const monitor = createMonitor(this.engine, {
      writeFile: options.writeFile,
      quit: () => this.requestQuit(),
    });
    if (incoming !== undefined && incoming !== "defer") this.engine.migrateIncoming(incoming);
  }

  /** Lets `run` end. */
  requestQuit(): void {
    this.#quitting = true;
    this.#quit.notify();
  }

  /** Resolves after `quit`, when nothing of the engine is left. */
  async run(): Promise<void> {
    while (!this.#quitting) await this.#quit.wait();
    await this.engine.close();
    await this.#server.close();
    this.#probe?.close();
    for (const thread of this.#threads) await thread.join();
  }
}
