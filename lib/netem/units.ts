/**
 * tc's units for times, rates and sizes, with tc's meanings. The traps in them: `kbit` and `kbps` are thousands (`kibit`
 * and `kibps` are 1024s), `bps` is *bytes* per second, the `kb` of a size is 1024 bytes, a bare number is microseconds,
 * *bits* per second or bytes, and case does not matter.
 *
 * @module
 */

/** What tc has units for, and the base unit that values are in: microseconds, bytes per second, bytes. */
export type Quantity = "time" | "rate" | "size";

/** A quantity's units and limits, in its base unit. */
interface QuantityRow {
  readonly units: ReadonlyMap<string, number>;
  readonly least: number;
  readonly most: number;
  readonly expected: string;
  /** The units that values are written with, the largest first, the base unit last. */
  readonly written: readonly string[];
}

const ROWS: Readonly<Record<Quantity, QuantityRow>> = {
  time: {
    units: new Map([
      ["", 1],
      ...["us", "usec", "usecs"].map((unit) => [unit, 1] as const),
      ...["ms", "msec", "msecs"].map((unit) => [unit, 1e3] as const),
      ...["s", "sec", "secs"].map((unit) => [unit, 1e6] as const),
    ]),
    least: 0,
    most: 3600e6,
    expected: "a time of 0 to 3600s such as 250us, 10ms or 1.5s",
    written: ["s", "ms", "us"],
  },
  rate: {
    units: new Map([
      ["", 1 / 8],
      ...["", "k", "m", "g", "t"].flatMap((prefix, power) =>
        [
          [`${prefix}bit`, 1000 ** power / 8],
          [`${prefix}bps`, 1000 ** power],
          [`${prefix}ibit`, 1024 ** power / 8],
          [`${prefix}ibps`, 1024 ** power],
        ] as const
      ).filter(([unit]) => !unit.startsWith("i")),
    ]),
    least: 1,
    most: 1e12,
    expected: "a rate of 1bps to 1tbps such as 500kbit, 1gbit or 64mbps (bytes per second)",
    written: ["gbps", "mbps", "kbps", "bps"],
  },
  size: {
    units: new Map([
      ["", 1],
      ["b", 1],
      ...["k", "m", "g"].flatMap((prefix, index) =>
        [
          [prefix, 1024 ** (index + 1)],
          [`${prefix}b`, 1024 ** (index + 1)],
          [`${prefix}bit`, 1024 ** (index + 1) / 8],
        ] as const
      ),
    ]),
    least: 1,
    most: 2 ** 30,
    expected: "a size of 1b to 1gb such as 64kb or 1mb",
    written: ["gb", "mb", "kb", "b"],
  },
};

/** What a user is to write for a quantity: its range, with examples. */
export function expectedOf(quantity: Quantity): string {
  return ROWS[quantity].expected;
}

/** Whether `word` begins as a number does, so that it is meant as a quantity. */
export function isNumeric(word: string): boolean {
  return /^[+-]?\.?\d/.test(word);
}

/**
 * Reads a number with an optional unit, rounded to whole microseconds, bytes per second or bytes.
 *
 * @returns `null` when it does not parse or is out of the quantity's range.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parseQuantity("time", "1.5ms"), 1500);
 * assertEquals(parseQuantity("rate", "1gbit"), 125_000_000);
 * assertEquals(parseQuantity("rate", "64mbps"), 64_000_000);
 * assertEquals(parseQuantity("size", "64kb"), 65_536);
 * assertEquals(parseQuantity("time", "1.5 minutes"), null);
 * ```
 */
export function parseQuantity(quantity: Quantity, word: string): number | null {
  const [, number, unit] = /^([+-]?(?:\d+\.?\d*|\.\d+))([a-z]*)$/i.exec(word) ?? [];
  const { units, least, most } = ROWS[quantity];
  const scale = units.get(unit?.toLowerCase() ?? "");
  if (number === undefined || scale === undefined) return null;
  const value = Math.round(Number(number) * scale);
  return value >= least && value <= most ? value : null;
}

/** The shortest way to write a whole value exactly: `parseQuantity` reads it back. */
export function formatQuantity(quantity: Quantity, value: number): string {
  const { units, written } = ROWS[quantity];
  for (const unit of written) {
    const scale = units.get(unit) ?? 1;
    if (value >= scale && value % scale === 0) return `${value / scale}${unit}`;
  }
  return `${value}${written.at(-1)}`;
}
