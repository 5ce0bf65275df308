/**
 * The types of `parseArgs`: its options, and the result that follows from them.
 *
 * @module
 */

/** Options of `parseArgs`. The type parameters are the names that each option lists. */
export interface ParseOptions<
  B extends string,
  S extends string,
  C extends string,
  N extends string,
  D extends Record<string, unknown>,
  A extends string,
  DD extends boolean,
> {
  /** Options without a value; `false` unless given. */
  boolean?: B | ReadonlyArray<B>;
  /** Options whose value stays text; `_` stands for the arguments that belong to no option. */
  string?: S | ReadonlyArray<S>;
  /** Options that may be repeated: an array of all values, `[]` unless given. The last one wins for any other option. */
  collect?: C | ReadonlyArray<C>;
  /** Options that `--no-NAME` sets to `false`. */
  negatable?: N | ReadonlyArray<N>;
  /** Values of options that are not given. */
  default?: D;
  /** Other names of an option: the result has the value under each of them. */
  alias?: Record<A, string | ReadonlyArray<string>>;
  /**
   * Called with each argument that no other option here names. The argument is left out of the result where it returns `false`.
   * `key` and `value` are absent for an argument that belongs to no option.
   */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
  /** Puts what follows `--` into `result["--"]` instead of `result._`. */
  "--"?: DD;
}

/** What `parseArgs` returns: one field for each name that its options list. */
export type Args<
  B extends string,
  S extends string,
  C extends string,
  D extends Record<string, unknown>,
  DD extends boolean,
> = Flat<
  & { [K in Exclude<B, C>]: boolean | Given<D, K> }
  & { [K in Exclude<S, C | keyof D | "_">]?: string | undefined }
  & { [K in Exclude<S & keyof D, C>]: string | D[K] }
  & { [K in C]: (K extends S ? string : unknown)[] | Given<D, K> }
  & { [K in Exclude<keyof D & string, B | S | C>]: unknown }
  // A call that names nothing may be asked for anything.
  // deno-lint-ignore no-explicit-any -- the value's type is unknown here, and the real package says so too
  & ([B | S | C] extends [never] ? Record<string, any> : unknown)
  & { _: Array<string | number> }
  & (DD extends true ? { "--": string[] } : unknown)
>;

/** The type that a default adds to a field. */
type Given<D extends Record<string, unknown>, K extends string> = K extends keyof D ? D[K] : never;

type Flat<T> = { [K in keyof T]: T[K] };
