/**
 * What the destination keeps for one session, and how it begins.
 *
 * @module
 */

import { MainChannelDecoder } from "../../wire/main_channel_decoder.ts";
import { PageRequestEncoder } from "../../wire/return_path.ts";
import type { StreamNames } from "../../wire/ram_block.ts";
import type { Address } from "../../world/address.ts";
import type { Channel, Listener } from "../../world/world.ts";
import type { EngineContext } from "../context.ts";
import { Session } from "../session.ts";
import { ReturnPathWriter } from "./return_path_writer.ts";

/** A session of an incoming migration. */
export interface DestinationSession {
  readonly session: Session;
  readonly listener: Listener;
  readonly returnPath: ReturnPathWriter;
  /** Bytes of the main channel that were read to recognise it are in its queue already. */
  readonly decoder: MainChannelDecoder;
  /** What the streams may refer to: shared by their decoders, and by all sessions, for a recovery introduces nothing. */
  readonly names: StreamNames;
  /** Connections that have not said yet what they are. */
  readonly candidates: Set<Channel>;
  /** Set once a connection has been recognised. */
  main: Channel | null;
  preempt: Channel | null;
  /** Names a block once: what REQ_PAGES without a name refers to, both sides forget with the session. */
  readonly requests: PageRequestEncoder;
  /** The main stream has ended: every page has been sent, if not on main then on preempt. */
  ended: boolean;
}

/**
 * Begins to listen for the channels of a session.
 *
 * @throws {AddressError} when the address cannot be bound.
 */
export function openDestinationSession(
  context: EngineContext,
  address: Address,
  phase: number,
  names: StreamNames,
): DestinationSession {
  const { world } = context;
  const listener = world.network.listen(address, "main");
  const session = new Session(world, phase);
  return {
    session,
    listener,
    names,
    returnPath: new ReturnPathWriter(world, session, phase > 0),
    decoder: new MainChannelDecoder({
      stream: phase === 0 ? "migration" : "recovery",
      names,
      foreignDevices: hasForeignDevices(context),
    }),
    candidates: new Set(),
    main: null,
    preempt: null,
    requests: new PageRequestEncoder(),
    ended: false,
  };
}

/** Whether the source's machine has devices that we only let pass. */
export function hasForeignDevices({ machine }: EngineContext): boolean {
  return machine.name !== "none";
}
