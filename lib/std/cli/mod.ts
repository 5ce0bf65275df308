/**
 * A stand-in for `@std/cli` with what Faultline calls of it.
 *
 * @module
 */

export { parseArgs } from "./parse_args.ts";
