/**
 * Messages as rows of tables: one declaration, from which type, encoder, decoder and round-trip test derive.
 *
 * A row names its fields in wire order; `MessageOf` turns a table into the union of its messages, tagged by the row's key as
 * `kind`. Commands and return-path messages share one frame (be16 type, be16 length, payload), and so one `MessageTable`. The
 * one subtle thing is when to refuse: a type or length that no message can have is refused as soon as those four bytes are
 * there, so that garbage never makes a decoder wait for a payload that will not come.
 *
 * @module
 */

import { errorAt, type Window } from "./byte_queue.ts";
import { be16, type Constant, type Field } from "./field.ts";
import { hex } from "./wire_error.ts";

/** The fields of a message, in wire order. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The values of a message's fields. Constants are no values. */
export type ValuesOf<F extends Fields> = {
  readonly [N in keyof F as F[N] extends Constant ? never : N]: F[N] extends Field<infer T> ? T
    : never;
};

/** One message: its number on the wire and its fields. */
export interface Row {
  readonly type: number;
  readonly fields: Fields;
}

/** Messages by their kind. */
export type Table = Readonly<Record<string, Row>>;

/** The union of a table's messages. */
export type MessageOf<T extends Table> = {
  [K in keyof T]: { readonly kind: K } & ValuesOf<T[K]["fields"]>;
}[keyof T];

/** A message with the index behind it. */
export interface Decoded<Message> {
  readonly message: Message;
  readonly end: number;
}

/**
 * The index behind the fields that begin at `at`, or `undefined` when the window ends before that.
 *
 * @throws {WireError} when a field's length is out of bounds.
 */
export function measureFields(fields: Fields, window: Window, at: number): number | undefined {
  let end = at;
  for (const field of Object.values(fields)) {
    end += field.extent(window, end);
    if (end > window.end) return undefined;
  }
  return end;
}

/**
 * The values of fields that `measureFields` found to be there.
 *
 * @throws {WireError} when the bytes are no value of their field.
 */
export function readFields<F extends Fields>(fields: F, window: Window, at: number): ValuesOf<F> {
  const values: Record<string, unknown> = {};
  let index = at;
  for (const [name, field] of Object.entries(fields)) {
    const value = field.read(window, index);
    if (value !== undefined) values[name] = value;
    index += field.extent(window, index);
  }
  return values as ValuesOf<F>;
}

/** The fields' bytes, with `headBytes` zero bytes in front for the caller to fill. */
export function encodeFields<F extends Fields>(
  fields: F,
  values: ValuesOf<F>,
  headBytes = 0,
): Uint8Array<ArrayBuffer> {
  const valueOf = values as Readonly<Record<string, unknown>>;
  const rows = Object.entries(fields);
  const size = rows.reduce((sum, [name, field]) => sum + field.size(valueOf[name]), headBytes);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = headBytes;
  for (const [name, field] of rows) {
    field.write(view, at, valueOf[name]);
    at += field.size(valueOf[name]);
  }
  return bytes;
}

/** Rows by their number on the wire, each with its kind. */
export function rowsByType<T extends Table>(
  table: T,
): ReadonlyMap<number, { readonly kind: keyof T & string; readonly row: T[keyof T & string] }> {
  const kinds: (keyof T & string)[] = Object.keys(table);
  return new Map(kinds.map((kind) => [table[kind]!.type, { kind, row: table[kind]! }]));
}

const FRAME = { type: be16, length: be16 };
const FRAME_BYTES = 4;

/** Messages in the frame be16 type, be16 payload length, payload. */
export class MessageTable<const T extends Table> {
  readonly rows: T;
  readonly #noun: string;
  readonly #byType: ReturnType<typeof rowsByType<T>>;

  /** `noun` names such a message in errors: "command". */
  constructor(noun: string, rows: T) {
    this.rows = rows;
    this.#noun = noun;
    this.#byType = rowsByType(rows);
  }

  /** Whether a message has this number. */
  hasType(type: number): boolean {
    return this.#byType.has(type);
  }

  /** The message's bytes, with `headBytes` zero bytes in front. */
  encode(message: MessageOf<T>, headBytes = 0): Uint8Array<ArrayBuffer> {
    const row: Row = this.rows[message.kind]!;
    const start = headBytes + FRAME_BYTES;
    const bytes = encodeFields(row.fields, message, start);
    const view = new DataView(bytes.buffer);
    FRAME.type.write(view, headBytes, row.type);
    FRAME.length.write(view, headBytes + 2, bytes.length - start);
    return bytes;
  }

  /**
   * The message at index `at`, or `undefined` when more bytes are needed.
   *
   * @throws {WireError} when the type is unknown, the length is none of this type's, or the payload does not decode.
   */
  decode(window: Window, at: number): Decoded<MessageOf<T>> | undefined {
    if (window.end - at < 2) return undefined;
    const type = FRAME.type.read(window, at);
    const found = this.#byType.get(type);
    if (found === undefined) throw errorAt(window, at, `a ${this.#noun}`, `type ${hex(type)}`);
    if (window.end - at < FRAME_BYTES) return undefined;
    const { kind, row } = found;
    const length = FRAME.length.read(window, at + 2);
    refuseLength(window, at + 2, kind, row.fields, length);
    const start = at + FRAME_BYTES;
    const end = start + length;
    if (end > window.end) return undefined;
    const payload = { ...window, end };
    if (measureFields(row.fields, payload, start) !== end) {
      throw errorAt(window, at + 2, `the payload length of ${kind}`, `length ${length}`);
    }
    const message = { kind, ...readFields(row.fields, payload, start) };
    return { message: message as MessageOf<T>, end };
  }
}

function refuseLength(window: Window, at: number, kind: string, fields: Fields, length: number) {
  const least = Object.values(fields).reduce((sum, field) => sum + field.minBytes, 0);
  const most = Object.values(fields).reduce((sum, field) => sum + field.maxBytes, 0);
  if (length >= least && length <= most) return;
  const range = least === most ? `${least}` : `${least} to ${most}`;
  throw errorAt(window, at, `a payload of ${range} bytes for ${kind}`, `length ${length}`);
}
