/**
 * A real QEMU, as its operator sees it: the counterpart of an embedded engine. QEMU itself connects the operator's monitor, so
 * that nobody has to try until it listens, and a QEMU that ends before ends the wait too.
 *
 * The hard thing is that it may end at any time by itself: a destination whose migration fails just exits, and some versions
 * crash. That is a state here, with its exit code or signal and what it said, never a hang and never an exception that comes
 * from nowhere.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import { QmpClient, type QmpClientOptions, QmpClosedError } from "../qmp/qmp_client.ts";
import type { Address } from "../world/address.ts";
import { RunFolder } from "../world/realtime/run_folder.ts";
import type { Listener, World } from "../world/world.ts";
import { QEMU, qemuArguments } from "./qemu_arguments.ts";
import { QemuMissingError, QemuStartError } from "./qemu_error.ts";
import { prepareMachine, type QemuMachine, SERIAL_FILE } from "./qemu_machine.ts";
import { type ProcessEnd, TiedProcess } from "./tied_process.ts";

/** Far longer than any takes, which is 20 ms. */
const START_TIMEOUT_MS = 30_000;

/** What a QEMU is started with. */
export interface QemuOptions extends QmpClientOptions {
  /** The World that its operator connects in. */
  readonly operator: Pick<World, "clock" | "mainLoop" | "network">;
  /** A multiple of 8 KiB. */
  readonly ramBytes: number;
  /** @default {{ kind: "none" }} */
  readonly machine?: QemuMachine;
  /** It waits for `migrate-incoming` instead of starting its guest. */
  readonly incoming: boolean;
  /** Name or path of the program. @default {QEMU} */
  readonly program?: string;
  /** More arguments, behind our own. */
  readonly extraArguments?: readonly string[];
  /** How long it may take until its monitor answers. @default {30000} */
  readonly startTimeoutMs?: number;
}

/** A running QEMU, or one that has ended. Close it: that ends the process and removes its folder. */
export class QemuProcess implements AsyncDisposable {
  readonly qmp: QmpClient;
  /** Where another QMP client may connect: one at a time. */
  readonly qmpAddress: Address;
  readonly #folder: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly #process: TiedProcess;
  readonly #resources: AsyncDisposableStack;
  #saves = 0;

  private constructor(parts: {
    qmp: QmpClient;
    qmpAddress: Address;
    folder: string;
    command: readonly string[];
    process: TiedProcess;
    resources: AsyncDisposableStack;
  }) {
    this.qmp = parts.qmp;
    this.qmpAddress = parts.qmpAddress;
    this.#folder = parts.folder;
    this.command = parts.command;
    this.#process = parts.process;
    this.#resources = parts.resources;
  }

  /**
   * Starts a QEMU in a folder of its own and connects its operator.
   *
   * @throws {QemuMissingError} when there is no such program.
   * @throws {QemuStartError} when it ends, or does not answer, before it is ready.
   */
  static async start(options: QemuOptions): Promise<QemuProcess> {
    await using resources = new AsyncDisposableStack();
    const { path: folder } = resources.use(await RunFolder.open());
    const { operator, program = QEMU, ramBytes, incoming, extraArguments: extra = [] } = options;
    const machine = await prepareMachine(options.machine ?? { kind: "none" }, folder);
    const operatorPath = `${folder}/operator.qmp`;
    const qmpPath = `${folder}/qemu.qmp`;
    const listener = operator.network.listen({ kind: "unix", path: operatorPath }, "qmp");
    resources.defer(() => listener.close());
    const args = qemuArguments({ machine, ramBytes, incoming, operatorPath, qmpPath, extra });
    const process = resources.use(
      new TiedProcess(program, {
        args,
        errorPath: `${folder}/stderr.txt`,
      }),
    );
    const qmp = await openMonitor(process, listener, options);
    resources.defer(() => qmp.close());
    const qmpAddress = { kind: "unix", path: qmpPath } as const;
    const command = [program, ...args];
    return new QemuProcess({
      ...{ qmp, qmpAddress, folder, command, process },
      resources: resources.move(),
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** How it ended; `null` while it runs. */
  get end(): ProcessEnd | null {
    return this.#process.end;
  }

  /** What it has written to its standard error. */
  get errors(): string {
    return this.#process.errors;
  }

  /** What has become of it and what it said, as the end of a sentence: `was killed by SIGSEGV: ...`. */
  describe(): string {
    return this.#process.describe();
  }

  /** Resolves when it has ended. */
  waitUntilEnded(): Promise<ProcessEnd> {
    return this.#process.waitUntilEnded();
  }

  /**
   * Reads guest RAM from guest-physical address `start` on. A page that postcopy has yet to bring is faulted in, and QEMU
   * answers no QMP until it has come.
   *
   * @throws {QmpError} when QEMU refuses it, as 11.1 does while it is being migrated to.
   * @throws {QmpClosedError} when it has ended.
   */
  async readMemory(start: number, length: number): Promise<Uint8Array> {
    const filename = `${this.#folder}/memory-${this.#saves++}`;
    await this.qmp.execute("pmemsave", { val: start, size: length, filename });
    const memory = await Deno.readFile(filename);
    await Deno.remove(filename);
    invariant(memory.length === length, `QEMU saved ${memory.length} bytes of ${length}`);
    return memory;
  }

  /** How many bytes its guest has written to COM1: one for each pass that the boot sector has begun. */
  async serialBytes(): Promise<number> {
    try {
      return (await Deno.stat(`${this.#folder}/${SERIAL_FILE}`)).size;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      return 0;
    }
  }

  /** Ends it, if it has not ended, waits for that, and removes its folder. Idempotent. */
  async close(): Promise<ProcessEnd> {
    await this.#resources.disposeAsync();
    return await this.#process.waitUntilEnded();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Waits until QEMU has connected and answers.
 *
 * @throws {QemuStartError} when it has ended first, as one that is late is made to.
 */
async function openMonitor(
  process: TiedProcess,
  listener: Listener,
  options: QemuOptions,
): Promise<QmpClient> {
  const { program = QEMU, startTimeoutMs = START_TIMEOUT_MS } = options;
  let isLate = false;
  const timeout = setTimeout(() => {
    isLate = true;
    process.kill();
  }, startTimeoutMs);
  process.waitUntilEnded().then(() => listener.close());
  try {
    const channel = await listener.accept();
    if (channel !== null) return await QmpClient.open(options.operator, channel, options);
  } catch (error) {
    if (!(error instanceof QmpClosedError)) throw error;
  } finally {
    clearTimeout(timeout);
    listener.close();
  }
  await process.close();
  if (process.isMissing) throw new QemuMissingError(program);
  const late = isLate ? `did not answer within ${startTimeoutMs} ms and ` : "";
  throw new QemuStartError(`Cannot start QEMU: ${program} ${late}${process.describe()}`);
}
