/**
 * What can be wrong with a QEMU before it runs.
 *
 * @module
 */

const INSTALL = "apt-get install --no-install-recommends qemu-system-x86 seabios ipxe-qemu";

/** A QEMU did not start; `message` says how it ended and what it said. */
export class QemuStartError extends Error {
  override readonly name: string = "QemuStartError";
}

/** There is no such QEMU; `message` names the command that installs one. */
export class QemuMissingError extends QemuStartError {
  override readonly name = "QemuMissingError";

  /** @param program the name or path that was tried. */
  constructor(program: string) {
    super(`Cannot start QEMU: "${program}" is not installed, \`${INSTALL}\` installs it`);
  }
}
