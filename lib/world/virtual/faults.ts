/**
 * What can be made to go wrong in a simulated run, one method each: mechanism alone, chaos decides when and where.
 *
 * Every fault is one that a network, a kernel or a busy host can cause, so that whatever an engine does about it, it may not
 * be an exception. A fault for a connection that is gone does nothing and says so.
 *
 * @module
 */

import type { Direction } from "../../netem/conditions.ts";
import type { Address } from "../address.ts";
import { type Channel, ChannelError, type ChannelRole, type Thread, type World } from "../world.ts";
import type { Connection, Fabric } from "./fabric.ts";
import type { Loop } from "./loop.ts";
import type { Pipe } from "./pipe.ts";

/** The name of the threads that take time from a loop. */
const STALL = "stall";

/** What a stranger reads at once, in bytes. */
const READ_BYTES = 1024;

/** A connection that faults can hit. */
export interface OpenConnection {
  /** Numbers are never used again in a run. */
  readonly id: number;
  readonly role: ChannelRole;
  /** The connect phase in which it was connected. */
  readonly phase: number;
  readonly address: string;
  /** The world that connected. */
  readonly near: string;
  /** The world that accepted, or has yet to accept. */
  readonly far: string;
}

/** Who is told of connections, at once: what he does to one there comes before its first byte. */
export interface ConnectionWatcher {
  opened(connection: OpenConnection): void;
  /** Both ends have been closed by their owners. */
  closed(id: number): void;
}

/** Which connection is accepted late, and how late. */
export interface LateAccept {
  readonly role: ChannelRole;
  readonly phase: number;
  readonly us: number;
  /** It is accepted earlier where another connection comes: right behind that one. */
  readonly orBehindNext?: boolean;
}

/** A connection that says little or nothing and is nobody's. */
export interface Stray {
  readonly address: Address;
  /** What it says after the connect. */
  readonly bytes: Uint8Array;
  /** How long it then stays. */
  readonly closeAfterUs: number;
  /** It leaves with a reset, not with a close. */
  readonly resets?: boolean;
}

/** What faults are made with. */
export interface FaultsOptions {
  readonly fabric: Fabric;
  /** The world of that name, if there is one. */
  readonly find: (name: string) => { readonly loop: Loop; readonly world: World } | undefined;
  /** A world for strangers. */
  readonly strangers: () => World;
}

/** Makes things go wrong. */
export class Faults {
  readonly #options: FaultsOptions;
  /** Ends of the stays of strangers. */
  readonly #stays = new Set<() => void>();
  #heals = 0;

  constructor(options: FaultsOptions) {
    this.#options = options;
  }

  /** Tells `watcher` of the connections that are made from now on, in place of the watcher before. */
  watch(watcher: ConnectionWatcher): void {
    this.#options.fabric.watcher = {
      opened: (connection) => watcher.opened(describe(connection)),
      closed: (id) => watcher.closed(id),
    };
  }

  /** The connections with an end that its owner has not closed, oldest first. */
  connections(): readonly OpenConnection[] {
    return Array.from(this.#options.fabric.connections.values(), describe);
  }

  /** Bytes that were written in one direction so far; `null` for a connection that is gone. */
  writtenBytes(id: number, direction: Direction): number | null {
    const connection = this.#options.fabric.connections.get(id);
    return connection === undefined ? null : pipeOf(connection, direction).writtenBytes;
  }

  /** Calls `act` when the reader has read so many bytes more. It is called in the middle of the read: it may wake, and no more. */
  atByte(id: number, direction: Direction, bytes: number, act: () => void): boolean {
    return this.#in(id, direction, (pipe) => pipe.mark(bytes, act));
  }

  /** Both ends see a reset at once; what is under way is lost. */
  reset(id: number): boolean {
    return this.#at(id, ({ near, far }) => {
      near.onReset();
      far.onReset();
    });
  }

  /** Both ends see the end of the stream after what is under way, or the one that reads in `direction`; what is written there is lost. */
  close(id: number, direction?: Direction): boolean {
    return this.#at(id, ({ forward, backward }) => {
      if (direction !== "destination-to-source") forward.end();
      if (direction !== "source-to-destination") backward.end();
    });
  }

  /** One end sees a reset at once. The other hears nothing, now or ever, and its buffer fills. */
  halfOpen(id: number, gone: "near" | "far"): boolean {
    return this.#at(id, (connection) => {
      connection.forward.stall(Infinity);
      connection.backward.stall(Infinity);
      connection[gone].breakOff();
    });
  }

  /** In one direction nothing arrives for `us`; then all of it at once, so that messages merge. */
  stall(id: number, direction: Direction, us: number): boolean {
    return this.#in(id, direction, (pipe) => pipe.stall(us));
  }

  /** The reader gets `afterBytes` more bytes, not one less or more; when it has read them both ends see a reset. */
  cut(id: number, direction: Direction, afterBytes: number): boolean {
    return this.#in(id, direction, (pipe) => pipe.cut(afterBytes, () => void this.reset(id)));
  }

  /** As `cut`, but both ends see the end of the stream: a message is truncated. */
  truncate(id: number, direction: Direction, afterBytes: number): boolean {
    return this.#in(id, direction, (pipe) => pipe.cut(afterBytes, () => void this.close(id)));
  }

  /** The next `reads` reads give no more than `readBytes`, so that messages are torn. */
  tear(
    id: number,
    direction: Direction,
    { readBytes, reads }: { readonly readBytes: number; readonly reads: number },
  ): boolean {
    return this.#in(id, direction, (pipe) => pipe.faults.tear(readBytes, reads));
  }

  /** The byte that is written `afterBytes` bytes from now has the bits of `mask` inverted. */
  corrupt(id: number, direction: Direction, afterBytes: number, mask: number): boolean {
    return this.#in(id, direction, (pipe) => pipe.corrupt(afterBytes, mask));
  }

  /**
   * A loop runs nothing for `us` from when it is free next, as when its process gets no CPU. One whose threads have all ended by then,
   * as those of a vCPU behind an earlier stall, has nothing to lose: its time would go on behind the end of everything.
   */
  stallLoop(name: string, us: number): boolean {
    const found = this.#options.find(name);
    found?.world.mainLoop.spawn(STALL, async () => {
      if ([...found.loop.tasks].every((task) => task.name === STALL)) return;
      found.loop.lose(us);
      await found.world.mainLoop.turn();
    });
    return found !== undefined;
  }

  /** From its next work on a loop's work takes `factor` times as long; 1: as long as ever. */
  slowDown(name: string, factor: number): boolean {
    const found = this.#options.find(name);
    if (found !== undefined) found.loop.slowness = factor;
    return found !== undefined;
  }

  /** The next connection of that role and phase is answered as ever, and accepted late. */
  acceptLate(late: LateAccept): void {
    this.#options.fabric.lateAccepts.push(late);
  }

  /** Whether the queues of listeners for main channels are full, so that connects wait. */
  fillBacklogs(full: boolean): void {
    this.#options.fabric.fillBacklogs(full);
  }

  /** Takes everything back that has not happened yet or that lasts. What is broken stays broken; strangers leave, or do not stay. */
  heal(): void {
    this.#heals++;
    const { fabric } = this.#options;
    for (const { forward, backward } of fabric.connections.values()) {
      forward.heal();
      backward.heal();
    }
    fabric.lateAccepts.length = 0;
    fabric.fillBacklogs(false);
    for (const listener of fabric.listeners.values()) listener.hurry();
    for (const leave of this.#stays) leave();
  }

  /** Somebody else connects, and leaves when he is turned away, or in his own time. */
  connectStray({ address, bytes, closeAfterUs, resets = false }: Stray): Thread {
    const { mainLoop, network } = this.#options.strangers();
    const heals = this.#heals;
    return mainLoop.spawn("stray", async () => {
      const result = await network.connect(address, "probe").wait();
      if (result.kind === "failed") return;
      const { channel } = result;
      const leaving = mainLoop.condition();
      let isOver = heals !== this.#heals;
      const leave = () => {
        isOver = true;
        leaving.notify();
      };
      this.#stays.add(leave);
      const reader = mainLoop.spawn("stray reads", () => readToEnd(channel).then(leave));
      try {
        await channel.write(bytes);
        if (!isOver) await leaving.wait(closeAfterUs);
        if (resets) channel.reset();
      } catch (error) {
        if (!(error instanceof ChannelError)) throw error;
      } finally {
        channel.close();
        this.#stays.delete(leave);
      }
      await reader.join();
    });
  }

  #in(id: number, direction: Direction, act: (pipe: Pipe) => void): boolean {
    return this.#at(id, (connection) => act(pipeOf(connection, direction)));
  }

  #at(id: number, act: (connection: Connection) => void): boolean {
    const connection = this.#options.fabric.connections.get(id);
    if (connection === undefined) return false;
    act(connection);
    return true;
  }
}

function describe({ id, role, phase, near, far }: Connection): OpenConnection {
  return {
    id,
    role,
    phase,
    address: near.options.at,
    near: near.options.loop.name,
    far: far.options.loop.name,
  };
}

/** Reads until nothing comes any more, whoever has seen to that. */
async function readToEnd(channel: Channel): Promise<void> {
  const bytes = new Uint8Array(READ_BYTES);
  try {
    while (await channel.read(bytes) !== null);
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
  }
}

function pipeOf({ forward, backward }: Connection, direction: Direction): Pipe {
  return direction === "source-to-destination" ? forward : backward;
}
