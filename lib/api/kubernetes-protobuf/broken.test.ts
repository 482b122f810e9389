import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { StatusError } from "../../base/status-error.ts";
import { decode } from "../decode.ts";
import { fullMessage } from "../testing/message-samples.ts";
import { encodeBytesField, joinBytes } from "../wire.ts";
import { decodeKubernetesMessage, decodeKubernetesObject } from "./decode.ts";
import { encodeKubernetesMessage, encodeKubernetesObject, wrapKubernetesMessage } from "./encode.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const podType = { apiVersion: "v1", kind: "Pod" };
const pod = (fields: string) => wrapKubernetesMessage(podType, hex(fields));
const podFault = 'Pod in version "v1" cannot be handled as a Pod: ';

const broken: [string, Uint8Array, string | undefined, string][] = [
  [
    "nothing",
    hex(""),
    undefined,
    "the object provided is unrecognized: the bytes do not begin as Kubernetes' protobuf does",
  ],
  [
    "JSON",
    Buffer.from("{}"),
    "core.v1.Pod",
    "the object provided is unrecognized (must be of type Pod): the bytes do not begin as Kubernetes' protobuf does",
  ],
  [
    "no kind",
    wrapKubernetesMessage({}, hex("")),
    undefined,
    "the object provided is unrecognized: Object 'Kind' is missing",
  ],
  [
    "an unknown kind",
    wrapKubernetesMessage({ apiVersion: "x/v1", kind: "X" }, hex("")),
    undefined,
    'X in version "v1" cannot be handled as a X: no kind "X" is registered for version "x/v1"',
  ],
  [
    "another kind",
    pod(""),
    "core.v1.Node",
    'Pod in version "v1" cannot be handled as a Node: core.v1.Node was expected, not core.v1.Pod',
  ],
  [
    "an envelope cut off",
    pod("0a00").subarray(0, 18),
    undefined,
    "the object provided is unrecognized: broken protobuf: a field is longer than its message",
  ],
  ["a field cut off", pod("0a05 0a"), undefined, `${podFault}broken protobuf: a field is longer than its message`],
  [
    "a field longer than its message",
    pod("0a02 0a03 616263"),
    undefined,
    `${podFault}broken protobuf: a field is longer than its message`,
  ],
  ["a number without end", pod("0aff"), undefined, `${podFault}broken protobuf: a number has no end`],
  [
    "another wire type",
    pod("0801"),
    undefined,
    `${podFault}broken protobuf: field metadata of core.v1.Pod with wire type 0`,
  ],
  ["field 0", pod("00"), undefined, `${podFault}broken protobuf: tag 0`],
  ["a group", pod("a306"), undefined, `${podFault}broken protobuf: wire type 3`],
  [
    "a number beyond what JavaScript holds",
    pod("0a09 38ffffffffffffff7f"),
    undefined,
    `${podFault}the number 72057594037927940 has too many digits`,
  ],
  [
    "a time after the year 9999",
    pod("0a0a 42 08 08ffffffffffff7f"),
    undefined,
    `${podFault}time out of range: 562949953421311 s, 0 ns`,
  ],
];

for (const [name, bytes, expected, message] of broken) {
  test(`${name} is refused`, () => {
    assert.throws(() => decodeKubernetesObject(bytes, expected), isBadRequest(message));
  });
}

function isBadRequest(message: string | RegExp = "") {
  return (error: unknown) => {
    assert.ok(error instanceof StatusError, String(error));
    assert.equal(error.reason, "BadRequest");
    if (message instanceof RegExp) assert.match(error.message, message);
    else if (message !== "") assert.equal(error.message, message);
    return true;
  };
}

test("a broken quantity and broken JSON are refused", () => {
  const quantity = hex("1203 0a0178");
  assert.throws(() => decodeKubernetesMessage("core.v1.EmptyDirVolumeSource", quantity), isBadRequest());
  const json = encodeBytesField(2, encodeBytesField(1, Buffer.from("{")));
  assert.throws(() => decodeKubernetesMessage("apps.v1.ControllerRevision", json), isBadRequest());
});

test("fields that the contract does not know are skipped", () => {
  const bytes = joinBytes([
    hex("f87f05 f97f0000000000000000 fd7f00000000"),
    encodeBytesField(900, hex("ff")),
    hex("0a00"),
  ]);
  assert.deepEqual(decodeKubernetesMessage("core.v1.Pod", bytes), { metadata: {} });
});

test("lists of numbers may come packed", () => {
  assert.deepEqual(decodeKubernetesMessage("core.v1.PodSecurityContext", hex("2203 010203")), {
    supplementalGroups: [1, 2, 3],
  });
});

test("a message in several pieces is one, and the last of several values counts", () => {
  const bytes = hex("0a03 0a0161 0a06 1a0162 0a0163 0a02 1a00");
  assert.deepEqual(decodeKubernetesMessage("core.v1.Pod", bytes), { metadata: { name: "c" } });
});

test("nesting has a limit, also of objects within objects", () => {
  let schema = hex("");
  for (let depth = 0; depth < 200; depth++) schema = Buffer.from(encodeBytesField(28, schema));
  assert.throws(
    () => decodeKubernetesMessage("apiextensions.v1.JSONSchemaProps", schema),
    isBadRequest(/: exceeded max depth$/),
  );
  let revision = encodeKubernetesObject("apps.v1.ControllerRevision", {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
  });
  const nested = () => encodeBytesField(2, encodeBytesField(1, revision));
  for (let depth = 0; depth < 200; depth++)
    revision = wrapKubernetesMessage({ apiVersion: "apps/v1", kind: "ControllerRevision" }, nested());
  assert.throws(() => decodeKubernetesObject(revision), isBadRequest(/: exceeded max depth$/));
  const json = encodeBytesField(2, encodeBytesField(1, Buffer.from("[".repeat(5000) + "]".repeat(5000))));
  assert.throws(
    () => decodeKubernetesMessage("apps.v1.ControllerRevision", json),
    isBadRequest(/: exceeded max depth$/),
  );
});

test("whatever comes, it is read or refused", () => {
  const names = ["core.v1.Pod", "apps.v1.ControllerRevision", "apiextensions.v1.CustomResourceDefinition"];
  const samples = names.map((name) =>
    Buffer.from(encodeKubernetesMessage(name, decode(name, fullMessage(name)).object)),
  );
  const choice = fc.constantFrom(...names.keys());
  const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(choice, edits, fc.double({ min: 0.1, max: 1.3, noNaN: true }), (index, changes, part) => {
      const bytes = Buffer.from(samples[index] ?? []);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      readOrRefuse(names[index] ?? "", bytes.subarray(0, Math.floor(bytes.length * Math.min(part, 1))));
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(choice, fc.uint8Array({ maxLength: 40 }), (index, bytes) => readOrRefuse(names[index] ?? "", bytes)),
  );
});

function readOrRefuse(name: string, bytes: Uint8Array): void {
  try {
    const object = decodeKubernetesMessage(name, bytes);
    encodeKubernetesMessage(name, object);
  } catch (error) {
    if (!(error instanceof StatusError) || error.reason !== "BadRequest") throw error;
  }
}
