/**
 * A connect without a connect Worker, for measuring: nothing here may need to hold a loop, and the socket comes out as Deno's
 * own kind, which costs a prober a quarter less CPU than an adopted descriptor (two cores have little to spare) and starts no
 * Worker.
 *
 * @module
 */

import type { Address } from "../world/address.ts";
import { ConnCarrier } from "../world/realtime/conn_carrier.ts";
import type { Libc } from "../world/realtime/libc.ts";
import { SocketChannel } from "../world/realtime/socket_channel.ts";
import type { ChannelRole, ConnectResult } from "../world/world.ts";

/** Connects to a listener that is there already. The caller closes the channel; `libc` outlives it. */
export async function connectHere(
  address: Address,
  role: ChannelRole,
  libc: Libc,
): Promise<ConnectResult> {
  try {
    const conn = address.kind === "unix"
      ? await Deno.connect({ transport: "unix", path: address.path })
      : await Deno.connect({ hostname: address.host, port: address.port });
    const channel = new SocketChannel(role, new ConnCarrier(conn, libc), () => {});
    return { kind: "connected", channel };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { kind: "failed", cause: error.message };
  }
}
