import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../decode.ts";
import { decodeKubernetesMessage, decodeKubernetesObject } from "./decode.ts";
import { encodeKubernetesMessage, encodeKubernetesObject, wrapKubernetesMessage } from "./encode.ts";
import { encodeKubernetesList } from "./list.ts";
import { encodeKubernetesWatchFrame } from "./watch-frame.ts";

/** Message, JSON, and the bytes that Go writes for it; a space goes between the fields. */
const encodings: [string, string, object, string][] = [
  ["a quantity is a message with a text", "core.v1.EmptyDirVolumeSource", { sizeLimit: "1Gi" }, "0a00 1205 0a03314769"],
  ["a number or a name: a number", "core.v1.TCPSocketAction", { port: 80 }, "0a06 0800 1050 1a00 1200"],
  ["a number or a name: a name", "core.v1.TCPSocketAction", { port: "a" }, "0a07 0801 1000 1a0161 1200"],
  [
    "a negative number takes ten bytes",
    "core.v1.TCPSocketAction",
    { port: -1 },
    "0a0f 0800 10ffffffffffffffffff01 1a00 1200",
  ],
  [
    "a time has seconds and no nanoseconds",
    "core.v1.ContainerStateRunning",
    { startedAt: "1970-01-01T00:00:01Z" },
    "0a04 0801 1000",
  ],
  ["a time that is not set is an empty message", "core.v1.ContainerStateRunning", {}, "0a00"],
  [
    "a time before 1970",
    "core.v1.ContainerStateRunning",
    { startedAt: "1969-12-31T23:59:59Z" },
    "0a0d 08ffffffffffffffffff01 1000",
  ],
  [
    "a time with microseconds",
    "coordination.v1.LeaseSpec",
    { renewTime: "1970-01-01T00:00:01.000002Z" },
    "2205 0801 10d00f",
  ],
  [
    "fields of an inlined struct stand in a message",
    "core.v1.ConfigMapKeySelector",
    { name: "n", key: "k" },
    "0a03 0a016e 12016b",
  ],
  ["an inlined struct is written also when empty", "core.v1.Volume", { name: "v" }, "0a0176 1200"],
  [
    "structs within inlined structs",
    "core.v1.Volume",
    { name: "v", hostPath: { path: "/" } },
    "0a0176 1205 0a03 0a012f",
  ],
  [
    "maps are sorted by key, and base64 is bytes",
    "core.v1.Secret",
    { data: { b: "AP8=", a: "" } },
    "1205 0a0161 1200 1207 0a0162 120200ff 1a00",
  ],
  ["a duration is nanoseconds", "metrics.v1beta1.NodeMetrics", { window: "1m0s" }, "1200 1a07 0880b09dc2df01"],
  [
    "maps of lists have messages of texts",
    "authentication.v1.UserInfo",
    { extra: { a: ["x"], b: [] } },
    "0a00 1200 2208 0a0161 12030a0178 2205 0a0162 1200",
  ],
  [
    "verbs are a message of texts",
    "meta.v1.APIResource",
    { name: "n", kind: "K", verbs: ["get"] },
    "0a016e 1000 1a014b 2205 0a03676574 3200 4200 4a00 5200",
  ],
  [
    "free JSON is text in a message",
    "meta.v1.ManagedFieldsEntry",
    { fieldsV1: { a: {} } },
    "0a00 1200 1a00 3200 3a0a 0a087b2261223a7b7d7d 4200",
  ],
  [
    "behind a pointer zero is written, and absent is not",
    "core.v1.SecurityContext",
    { runAsUser: -2, privileged: false },
    "1000 20feffffffffffffffff01",
  ],
  ["what Go has no pointer for is written also when zero", "core.v1.NodeAddress", {}, "0a00 1200"],
  [
    "structs inlined in inlined structs",
    "admissionregistration.v1.NamedRuleWithOperations",
    { operations: ["*"], apiGroups: ["a"] },
    "1208 0a012a 1203 0a0161",
  ],
];

for (const [name, message, json, hex] of encodings) {
  test(name, () => {
    const { object } = decode(message, json);
    const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
    assert.equal(Buffer.from(encodeKubernetesMessage(message, object)).toString("hex"), bytes.toString("hex"));
    assert.deepEqual(decodeKubernetesMessage(message, bytes), object);
  });
}

test("a schema refers, allows, forbids and nests", () => {
  const schema = {
    $ref: "#/definitions/x",
    properties: {
      open: { additionalProperties: true },
      closed: { additionalProperties: false, additionalItems: false },
      typed: { additionalProperties: { type: "string", nullable: true } },
      one: { items: { items: { type: "string" } } },
      several: { items: [{ type: "string" }, {}], additionalItems: { type: "integer" } },
      dependent: { dependencies: { a: ["b"], c: { type: "object" }, d: [] } },
      values: { default: { a: [null, 0, ""] }, enum: ["a", 1, null, false, {}, []], example: false },
      bounds: { minimum: 0, maximum: 1.5, minLength: 0, maxLength: Number.MAX_SAFE_INTEGER, multipleOf: -0.1 },
      __proto: { "x-kubernetes-preserve-unknown-fields": false, "x-kubernetes-list-map-keys": ["a"] },
    },
  };
  const name = "apiextensions.v1.JSONSchemaProps";
  assert.deepEqual(decodeKubernetesMessage(name, encodeKubernetesMessage(name, schema)), schema);
});

test("a byte order mark and emojis are text like any other", () => {
  const object = { data: { a: "\ufeffx", b: "\ufeff".repeat(40), "ä😀": "😀" } };
  const bytes = encodeKubernetesMessage("core.v1.ConfigMap", object);
  assert.deepEqual(decodeKubernetesMessage("core.v1.ConfigMap", bytes), object);
});

test("a long text and many items are written whole", () => {
  const data = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`key-${index}`, "ä".repeat(index)]));
  const bytes = encodeKubernetesMessage("core.v1.ConfigMap", { data });
  assert.deepEqual(decodeKubernetesMessage("core.v1.ConfigMap", bytes), { data });
});

const pod = (name: string) => ({
  metadata: { name },
  spec: { containers: [{ name: "c", resources: {} }] },
  status: {},
});

test("a list of items that are encoded already is the list", () => {
  const list = { apiVersion: "v1", kind: "PodList", metadata: { resourceVersion: "7" }, items: [pod("a"), pod("b")] };
  const items = list.items.map((item) => encodeKubernetesMessage("core.v1.Pod", item));
  const bytes = encodeKubernetesList(list, list.metadata, items);
  assert.deepEqual(bytes, encodeKubernetesObject("core.v1.PodList", list));
  assert.deepEqual(decodeKubernetesObject(bytes), { apiVersion: "v1", kind: "PodList", object: list });
});

test("a watch frame is its length and an event that holds the object with its envelope", () => {
  const object = { apiVersion: "v1", kind: "Pod", ...pod("a") };
  const frame = encodeKubernetesWatchFrame("ADDED", encodeKubernetesObject("core.v1.Pod", object));
  const event = frame.subarray(4);
  assert.equal(new DataView(frame.buffer).getUint32(0), event.length);
  assert.deepEqual(decodeKubernetesMessage("meta.v1.WatchEvent", event), { type: "ADDED", object });
});

test("an object that is encoded already gets its envelope", () => {
  const object = { apiVersion: "v1", kind: "Pod", ...pod("a") };
  const wrapped = wrapKubernetesMessage(object, encodeKubernetesMessage("core.v1.Pod", object));
  assert.deepEqual(wrapped, encodeKubernetesObject("core.v1.Pod", object));
});

test("options name the group that they are for, whichever it is", () => {
  for (const apiVersion of ["v1", "apps/v1", "example.com/v1"]) {
    const object = { apiVersion, kind: "DeleteOptions", gracePeriodSeconds: 0, dryRun: ["All"] };
    const bytes = encodeKubernetesObject("meta.v1.DeleteOptions", object);
    assert.deepEqual(decodeKubernetesObject(bytes, "meta.v1.DeleteOptions").object, object);
  }
});

test("an envelope that names no kind is read as what is expected", () => {
  const bytes = encodeKubernetesObject("core.v1.Pod", pod("a"));
  assert.deepEqual(decodeKubernetesObject(bytes, "core.v1.Pod"), { apiVersion: "", kind: "", object: pod("a") });
});
