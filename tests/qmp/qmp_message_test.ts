import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { QmpError } from "../../lib/qapi/qmp_error.ts";
import {
  decodeRequest,
  decodeServerMessage,
  encodeError,
  encodeEvent,
  encodeGreeting,
  encodeRequest,
  encodeReturn,
  NESTING_MAX,
} from "../../lib/qmp/qmp_message.ts";

const VERSION = { qemu: { major: 10, minor: 0, micro: 0 }, package: "Faultline 0.1.0" };

/** The sentence that a line is refused with. */
function refusal(line: string): string {
  const decoded = decodeRequest(line);
  assert(decoded.kind === "refused", line);
  assertEquals(decoded.error.errorClass, "GenericError");
  return decoded.error.desc;
}

// -- Requests --

Deno.test("decodeRequest() reads a command, with and without arguments and id", () => {
  assertEquals(decodeRequest('{"execute":"stop"}'), {
    kind: "request",
    echo: {},
    command: "stop",
    arguments: {},
  });
  assertEquals(decodeRequest('{"execute":"migrate","arguments":{"uri":"x"},"id":{"a":[1]}}'), {
    kind: "request",
    echo: { id: { a: [1] } },
    command: "migrate",
    arguments: { uri: "x" },
  });
  assertEquals(decodeRequest('{"execute":"stop","id":null}').echo, { id: null });
});

Deno.test("decodeRequest() refuses in QEMU's words", () => {
  for (const line of ["[]", "3", '"a"', "null"]) {
    assertEquals(refusal(line), "QMP input must be a JSON object");
  }
  assertEquals(refusal("{}"), "QMP input lacks member 'execute'");
  assertEquals(refusal('{"arguments":{}}'), "QMP input lacks member 'execute'");
  assertEquals(refusal('{"execute":1}'), "QMP input member 'execute' must be a string");
  assertEquals(
    refusal('{"execute":"a","extra":1,"arguments":3}'),
    "QMP input member 'extra' is unexpected",
  );
  for (const args of ["[]", "null", "3"]) {
    assertEquals(
      refusal(`{"execute":"a","arguments":${args}}`),
      "QMP input member 'arguments' must be an object",
    );
  }
});

Deno.test("decodeRequest() says JSON parse error of what is no JSON", () => {
  for (const line of ["garbage", '{"execute":}', "{", "}", '{"a" 1}', '"x', "-", "\u0001"]) {
    assert(refusal(line).startsWith("JSON parse error, "), line);
  }
});

Deno.test("decodeRequest() keeps the id of a request that it refuses", () => {
  assertEquals(decodeRequest('{"id":5}').echo, { id: 5 });
  assertEquals(decodeRequest('{"id":5,"execute":3}').echo, { id: 5 });
});

Deno.test("decodeRequest() refuses an id that is nested too deep to be echoed", () => {
  const nested = (depth: number) =>
    `{"execute":"stop","id":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  assertEquals(refusal(nested(400_000)), "JSON nesting depth limit exceeded");
  assertEquals(refusal(nested(NESTING_MAX)), "JSON nesting depth limit exceeded");
  assertEquals(decodeRequest(nested(NESTING_MAX - 1)).kind, "request");
  const text = `{"execute":"stop","id":"${'[{\\"'.repeat(1000)}"}`;
  assertEquals(decodeRequest(text).kind, "request");
});

Deno.test("decodeRequest() never throws, and what it echoes can be encoded", () => {
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    fc.dictionary(fc.constantFrom("execute", "arguments", "id", "x"), fc.jsonValue())
      .map((object) => JSON.stringify(object)),
  );
  fc.assert(fc.property(line, (text) => {
    const decoded = decodeRequest(text);
    encodeReturn(decoded.echo, {});
  }));
});

Deno.test("decodeRequest() reads what encodeRequest() writes", () => {
  const args = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(fc.property(fc.nat(), fc.string(), args, (id, command, object) => {
    const line = encodeRequest(id, command, object);
    assert(!line.includes("\n"));
    assertEquals(decodeRequest(line), {
      kind: "request",
      echo: { id },
      command,
      arguments: JSON.parse(JSON.stringify(object)),
    });
  }));
});

// -- A server's messages --

Deno.test("decodeServerMessage() reads what a server encodes", () => {
  assertEquals(decodeServerMessage(encodeGreeting(VERSION)), {
    kind: "greeting",
    version: VERSION,
    capabilities: [],
  });
  assertEquals(decodeServerMessage(encodeReturn({ id: 3 }, undefined)), {
    kind: "return",
    id: 3,
    value: {},
  });
  assertEquals(decodeServerMessage(encodeReturn({}, [1])), {
    kind: "return",
    id: undefined,
    value: [1],
  });
  const error = decodeServerMessage(encodeError({ id: 4 }, new QmpError("DeviceNotFound", "No")));
  assert(error?.kind === "error");
  assertEquals([error.id, error.error.errorClass, error.error.desc], [4, "DeviceNotFound", "No"]);
});

Deno.test("encodeEvent() splits the time into seconds and microseconds, and leaves empty data out", () => {
  assertEquals(
    encodeEvent("STOP", {}, 1_700_000_001_000_002),
    '{"timestamp":{"seconds":1700000001,"microseconds":2},"event":"STOP"}',
  );
  assertEquals(decodeServerMessage(encodeEvent("MIGRATION", { status: "active" }, 999_999.9)), {
    kind: "event",
    event: {
      event: "MIGRATION",
      data: { status: "active" },
      timestamp: { seconds: 0, microseconds: 999_999 },
    },
  });
});

Deno.test("decodeServerMessage() reads a real QEMU's greeting and event", () => {
  const greeting = '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, ' +
    '"package": "Debian"}, "capabilities": ["oob"]}}';
  assertEquals(decodeServerMessage(greeting), {
    kind: "greeting",
    version: { qemu: { major: 7, minor: 2, micro: 22 }, package: "Debian" },
    capabilities: ["oob"],
  });
  const event = '{"timestamp": {"seconds": 17, "microseconds": 9}, "event": "SHUTDOWN", ' +
    '"data": {"guest": false, "reason": "host-qmp-quit"}}';
  assertEquals(decodeServerMessage(event)?.kind, "event");
});

Deno.test("decodeServerMessage() answers null to what is not QMP", () => {
  const lines = [
    "",
    "garbage",
    "[]",
    "{}",
    '{"QMP":{}}',
    '{"QMP":{"version":{"qemu":{"major":"7"},"package":""},"capabilities":[]}}',
    '{"error":{}}',
    '{"error":{"class":1,"desc":""}}',
    '{"event":"STOP"}',
    '{"event":"STOP","timestamp":{"seconds":"1","microseconds":1}}',
    '{"event":"STOP","timestamp":{"seconds":1,"microseconds":1},"data":[]}',
    "SSH-2.0-OpenSSH_9.2",
  ];
  for (const line of lines) assertEquals(decodeServerMessage(line), null, line);
});

Deno.test("decodeServerMessage() never throws", () => {
  const keys = fc.constantFrom("QMP", "return", "error", "event", "timestamp", "data", "id");
  const line = fc.oneof(
    fc.string(),
    fc.dictionary(keys, fc.jsonValue()).map((object) => JSON.stringify(object)),
  );
  fc.assert(fc.property(line, (text) => void decodeServerMessage(text)));
});
