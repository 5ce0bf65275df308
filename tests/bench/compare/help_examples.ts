/**
 * The examples of a help text, so that tests can run them.
 *
 * @module
 */

/** The arguments of each example: the lines behind "Examples:" that begin with the command, split as a shell does. */
export function codeLinesOf(help: string, command: string): string[][] {
  const [, examples = ""] = help.split("Examples:\n");
  return examples.split("\n").map((line) => line.trim()).filter((line) => line.startsWith(command))
    .map((line) =>
      [...line.slice(command.length).matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) =>
        quoted ?? word ?? ""
      )
    );
}
