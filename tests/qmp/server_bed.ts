/**
 * A QMP server on an engine that the test plays, and raw clients of it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { LineChannel } from "../../lib/qmp/line_channel.ts";
import { FLUSH_US_MAX, type QmpDispatcher, QmpServer } from "../../lib/qmp/qmp_server.ts";
import type { Channel } from "../../lib/world/world.ts";
import { MemoryWorld, settle } from "./memory_world.ts";

/** Where the server listens. */
export const ADDRESS = { kind: "unix", path: "/test" } as const;
/** What the server says it is. */
export const VERSION = { qemu: { major: 10, minor: 0, micro: 0 }, package: "Faultline 0.1.0" };
/** Ends the negotiation. */
export const NEGOTIATE = '{"execute":"qmp_capabilities"}';

/** A server on an engine of the test's own, and what happened to both. */
export class ServerBed implements AsyncDisposable {
  readonly world = new MemoryWorld();
  /** Names of the commands that the engine was given, as they began. */
  readonly executed: string[] = [];
  readonly disconnects: string[] = [];
  /** What the engine does with a command. */
  serve: (command: string, args: unknown) => unknown = () => undefined;
  readonly server: QmpServer;

  constructor() {
    const dispatcher: QmpDispatcher = {
      execute: async (command, args) => {
        this.executed.push(command);
        return await this.serve(command, args);
      },
    };
    this.server = new QmpServer({
      world: this.world,
      listener: this.world.network.listen(ADDRESS),
      dispatcher,
      version: VERSION,
      onDisconnect: (reason) => this.disconnects.push(reason),
    });
  }

  async connect(): Promise<Channel> {
    const result = await this.world.network.connect(ADDRESS, "qmp").wait();
    assert(result.kind === "connected");
    return result.channel;
  }

  /** A raw client: lines in, parsed lines out. */
  async client(): Promise<RawClient> {
    return new RawClient(this.world, await this.connect());
  }

  /** A raw client behind the negotiation. */
  async ready(): Promise<RawClient> {
    const client = await this.client();
    client.send(NEGOTIATE);
    await client.next();
    await client.next();
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = this.server.close();
    await settle();
    await this.world.clock.advance(FLUSH_US_MAX);
    await closing;
    await settle();
    assertEquals(this.world.mainLoop.crashes, []);
    assertEquals(this.world.mainLoop.running.filter((name) => name.startsWith("qmp")), []);
  }
}

/** A client that sends whatever the test likes. */
export class RawClient {
  readonly #lines: LineChannel;

  constructor(world: MemoryWorld, channel: Channel) {
    this.#lines = new LineChannel(world.mainLoop, channel, { name: "raw", lineBytesMax: 2 ** 24 });
  }

  send(line: string): void {
    this.#lines.send(line);
  }

  finish(): void {
    this.#lines.finish();
  }

  close(): void {
    this.#lines.close();
  }

  /** The next message; `null` at the end. */
  async next(): Promise<Record<string, unknown> | null> {
    const line = await this.#lines.readLine();
    return line === null ? null : JSON.parse(line);
  }

  /** The reply to one line. */
  async ask(line: string): Promise<Record<string, unknown> | null> {
    this.send(line);
    return await this.next();
  }
}

/** An outcome that a test brings about later. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
