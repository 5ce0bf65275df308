/**
 * A QMP server: any number of clients steer one engine through it, and hear what happens to it.
 *
 * The hard thing is what may wait for what. Commands run one at a time for the whole engine, as in QEMU's main loop,
 * in the order in which they arrived, at most eight of one client in a row; a command that waits makes later ones
 * wait. But no client can make the engine wait: replies and events are queued, and who does not read is cut off.
 *
 * @module
 */

import {
  checkCommand,
  type CommandArguments,
  COMMANDS,
  type EngineCommandName,
} from "../qapi/commands.ts";
import type { EmitEvent } from "../qapi/events.ts";
import type { VersionInfo } from "../qapi/qemu_version.ts";
import { QmpError } from "../qapi/qmp_error.ts";
import type { Channel, Condition, Listener, Thread, World } from "../world/world.ts";
import { LineChannel } from "./line_channel.ts";
import { Monitor } from "./monitor.ts";
import {
  type DecodedRequest,
  decodeRequest,
  encodeError,
  encodeEvent,
  encodeGreeting,
  encodeReturn,
} from "./qmp_message.ts";

/** The engine behind a server: it serves every command of the table that the server does not serve by itself. */
export interface QmpDispatcher {
  /**
   * Serves one command whose arguments were checked; `undefined` stands for `{}`. The next command waits until this
   * one has ended.
   *
   * @throws {QmpError} to refuse it; any other error is a bug and ends the run
   */
  execute<C extends EngineCommandName>(command: C, args: CommandArguments<C>): Promise<unknown>;
}

/** What a server is made of. */
export interface QmpServerOptions {
  readonly world: Pick<World, "clock" | "mainLoop">;
  /** Where clients connect. The server closes it. */
  readonly listener: Listener;
  readonly dispatcher: QmpDispatcher;
  readonly version: VersionInfo;
  /** Told why a client's connection ended, as a sentence. */
  readonly onDisconnect?: (reason: string) => void;
}

/** The longest request, in bytes. */
export const REQUEST_BYTES_MAX = 1024 * 1024;

/** How long `close` waits for clients to read what was said before, in microseconds. */
export const FLUSH_US_MAX = 1_000_000;

interface QueuedRequest {
  readonly monitor: Monitor;
  readonly line: string;
}

/** Serves QMP from its construction until `close`. */
export class QmpServer {
  readonly #options: QmpServerOptions;
  readonly #monitors = new Set<Monitor>();
  readonly #changed: Condition;
  readonly #threads: readonly Thread[];
  #requests: QueuedRequest[] = [];
  #state: "open" | "closing" | "closed" = "open";

  /** Starts the server's threads. */
  constructor(options: QmpServerOptions) {
    const { mainLoop } = options.world;
    this.#options = options;
    this.#changed = mainLoop.condition();
    this.#threads = [
      mainLoop.spawn("qmp-accept", () => this.#accept()),
      mainLoop.spawn("qmp-dispatcher", () => this.#dispatch()),
    ];
  }

  /** How many clients are connected. */
  get monitorCount(): number {
    return this.#monitors.size;
  }

  /** Tells an event to every client that has ended its negotiation. Never waits. */
  readonly emit: EmitEvent = (name, ...[data]) => {
    const line = encodeEvent(name, data ?? {}, this.#options.world.clock.now());
    for (const monitor of this.#monitors) monitor.tell(line);
  };

  async #accept(): Promise<void> {
    const { world, listener } = this.#options;
    for (;;) {
      const channel = await listener.accept();
      if (channel === null) return;
      this.#connect(channel);
      await world.mainLoop.turn();
    }
  }

  #connect(channel: Channel): void {
    const { world: { mainLoop }, version, onDisconnect } = this.#options;
    const lines = new LineChannel(mainLoop, channel, {
      name: "qmp-monitor",
      lineBytesMax: REQUEST_BYTES_MAX,
    });
    const monitor = new Monitor(mainLoop, lines, (line) => {
      this.#requests.push({ monitor, line });
      this.#changed.notify();
    });
    this.#monitors.add(monitor);
    mainLoop.spawn("qmp-monitor", async () => {
      const reason = await monitor.serve(encodeGreeting(version));
      this.#monitors.delete(monitor);
      this.#changed.notify();
      onDisconnect?.(reason);
    });
    if (this.#state !== "open") monitor.finish(CLOSED);
  }

  async #dispatch(): Promise<void> {
    const { mainLoop } = this.#options.world;
    while (this.#state === "open") {
      const batch = this.#requests;
      this.#requests = [];
      if (batch.length === 0) {
        await this.#changed.wait();
        continue;
      }
      for (const { monitor, line } of batch) {
        mainLoop.spend("qmp-command");
        monitor.reply(await this.#answer(monitor, decodeRequest(line)));
        if (this.#state !== "open") return;
      }
      await mainLoop.turn();
    }
  }

  async #answer(monitor: Monitor, request: DecodedRequest): Promise<string> {
    const { echo } = request;
    if (request.kind === "refused") return encodeError(echo, request.error);
    try {
      return encodeReturn(echo, await this.#execute(monitor, request));
    } catch (error) {
      if (error instanceof QmpError) return encodeError(echo, error);
      throw error;
    }
  }

  async #execute(
    monitor: Monitor,
    request: DecodedRequest & { readonly kind: "request" },
  ): Promise<unknown> {
    if (!monitor.negotiated && request.command !== "qmp_capabilities") {
      throw new QmpError(
        "CommandNotFound",
        "Expecting capabilities negotiation with 'qmp_capabilities'",
      );
    }
    const command = checkCommand(request.command, request.arguments);
    switch (command.name) {
      case "qmp_capabilities":
        return monitor.negotiate(command.arguments.enable ?? []);
      case "query-version":
        return this.#options.version;
      case "query-commands":
        return Object.keys(COMMANDS).map((name) => ({ name }));
      default:
        return await this.#options.dispatcher.execute(command.name, command.arguments);
    }
  }

  /**
   * Ends the server: no more connections, the command that runs is answered, the others are not; clients that read
   * get all that was said before. Resolves when every thread of the server has ended. Not to be awaited by a command:
   * the server waits for that.
   */
  async close(): Promise<void> {
    if (this.#state === "open") {
      this.#state = "closing";
      this.#options.listener.close();
      this.#changed.notify();
      for (const thread of this.#threads) await thread.join();
      for (const monitor of this.#monitors) monitor.finish(CLOSED);
      await this.#disconnect();
      this.#state = "closed";
      this.#changed.notify();
    }
    while (this.#state !== "closed") await this.#changed.wait();
  }

  async #disconnect(): Promise<void> {
    const { clock } = this.#options.world;
    const deadlineUs = clock.now() + FLUSH_US_MAX;
    while (this.#monitors.size > 0 && clock.now() < deadlineUs) {
      await this.#changed.wait(deadlineUs - clock.now());
    }
    for (const monitor of this.#monitors) monitor.close(CLOSED);
    while (this.#monitors.size > 0) await this.#changed.wait();
  }
}

const CLOSED = "The server was closed";
