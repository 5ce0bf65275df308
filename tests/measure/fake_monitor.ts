/**
 * A QMP server that knows nothing, for the tests of those who ask it.
 *
 * @module
 */

import { LineChannel } from "../../lib/qmp/line_channel.ts";
import { type Channel, ChannelError, type World } from "../../lib/world/world.ts";

const GREETING = {
  QMP: { version: { qemu: { major: 7, minor: 2, micro: 22 }, package: "" }, capabilities: [] },
};

/** Answers on `channel` whatever it is asked while `before`, called for each question, is true. */
export async function serveMonitor(
  world: World,
  channel: Channel,
  before: (n: number) => Promise<boolean>,
): Promise<void> {
  const lines = new LineChannel(world.mainLoop, channel, { name: "server", lineBytesMax: 1000 });
  lines.send(JSON.stringify(GREETING));
  try {
    for (let asked = 0;; asked++) {
      const line = await lines.readLine();
      if (line === null || !await before(asked)) break;
      lines.send(JSON.stringify({ return: {}, id: JSON.parse(line).id }));
    }
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
  }
  lines.close();
}
