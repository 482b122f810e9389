import assert from "node:assert/strict";
import { test } from "node:test";
import { Pod } from "../../gen/typernetes/core/v1/pod.ts";
import { isStatusError } from "../base/status-error.ts";
import { decode, decodeText } from "./decode.ts";
import { normalise } from "./normalise.ts";

function fault(message: string, json: unknown): string {
  try {
    decode(message, json);
  } catch (error) {
    if (isStatusError(error, "BadRequest")) return error.message;
    throw error;
  }
  return "";
}

const pod = (container: object) => ({ spec: { containers: [{ name: "c", ...container }] } });

const faults: [string, string, unknown, string][] = [
  [
    "an unknown field",
    "core.v1.Pod",
    { spec: { foo: 1, containers: [{ name: "c", bar: 1 }] } },
    'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.foo", unknown field "spec.containers[0].bar"',
  ],
  [
    "an unknown field at the top",
    "core.v1.Pod",
    { foo: 1 },
    'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "foo"',
  ],
  [
    "a text for a number",
    "apps.v1.Deployment",
    { spec: { replicas: "3" } },
    'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  ],
  [
    "a number for a text",
    "core.v1.Pod",
    pod({ env: [{ name: "A", value: 1 }] }),
    'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string',
  ],
  [
    "a broken number",
    "apps.v1.Deployment",
    { spec: { replicas: 1.5 } },
    "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
  ],
  [
    "a number out of range",
    "apps.v1.Deployment",
    { spec: { replicas: 2 ** 31 } },
    "json: cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32",
  ],
  [
    "a number that JavaScript cannot hold",
    "core.v1.Pod",
    { metadata: { generation: 2 ** 53 } },
    "json: cannot unmarshal number 9007199254740992 into Go struct field ObjectMeta.metadata.generation of type int64",
  ],
  [
    "an object for a list",
    "core.v1.Pod",
    { spec: { containers: {} } },
    "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
  ],
  [
    "a text for an object",
    "core.v1.Pod",
    { spec: "x" },
    "json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec",
  ],
  [
    "a number among labels",
    "core.v1.Pod",
    { metadata: { labels: { a: 1 } } },
    "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels.a of type string",
  ],
  [
    "a list for labels",
    "core.v1.Pod",
    { metadata: { labels: [] } },
    "json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string",
  ],
  ["a list for the whole", "core.v1.Pod", [], "json: cannot unmarshal array into Go value of type v1.Pod"],
  [
    "a bad quantity",
    "core.v1.Pod",
    pod({ resources: { limits: { cpu: "abc" } } }),
    "quantities must match the regular expression",
  ],
  [
    "a bad time",
    "core.v1.Pod",
    { metadata: { creationTimestamp: "yesterday" } },
    'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
  ],
  ["bad base64", "core.v1.Secret", { data: { a: "$" } }, "illegal base64 data at input byte 0"],
  [
    "a port that is neither",
    "core.v1.Service",
    { spec: { ports: [{ port: 1, targetPort: true }] } },
    "json: cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32",
  ],
];
for (const [title, message, json, expected] of faults)
  test(`${title} is refused`, () =>
    assert.ok(
      fault(message, json).endsWith(expected) || fault(message, json).includes(expected),
      fault(message, json),
    ));

test("unknown fields are warnings when they may be, and nothing when they shall be", () => {
  const json = { metadata: { name: "a" }, spce: {} };
  assert.deepEqual(decode("core.v1.Pod", json, "Warn").warnings, ['unknown field "spce"']);
  assert.deepEqual(decode("core.v1.Pod", json, "Ignore"), { object: { metadata: { name: "a" } }, warnings: [] });
});

test("values take their canonical form", () => {
  const json = {
    metadata: { creationTimestamp: "2026-01-01T02:00:00.5+02:00", labels: { a: null }, annotations: null },
    spec: {
      containers: [
        {
          name: "c",
          resources: { limits: { cpu: 0.5, memory: "1024Mi", pods: 2 } },
          command: [],
          env: [{ name: "A", value: "" }],
        },
      ],
      hostNetwork: false,
      nodeName: "",
      securityContext: {},
      terminationGracePeriodSeconds: 0,
    },
  };
  assert.deepEqual(decode("core.v1.Pod", json).object, {
    metadata: { creationTimestamp: "2026-01-01T00:00:00Z", labels: { a: "" } },
    spec: {
      containers: [
        { name: "c", resources: { limits: { cpu: "500m", memory: "1Gi", pods: "2" } }, env: [{ name: "A" }] },
      ],
      securityContext: {},
      terminationGracePeriodSeconds: 0,
    },
  });
});

test("fields that are always written have their zero value", () => {
  const json = { status: { containerStatuses: [{ name: "c", state: { running: { startedAt: null } } }] } };
  assert.deepEqual(decode("core.v1.Pod", json).object, {
    status: {
      containerStatuses: [{ name: "c", state: { running: {} }, ready: false, restartCount: 0, image: "", imageID: "" }],
    },
  });
});

test("an object from the wire is normalised to the same", () => {
  const bytes = Pod.encode({
    metadata: { name: "", labels: {} },
    spec: { containers: [{ name: "c" }], hostNetwork: false },
    status: { containerStatuses: [{}] },
  }).finish();
  const object = Pod.decode(bytes);
  normalise("core.v1.Pod", object);
  assert.deepEqual(object, {
    metadata: {},
    spec: { containers: [{ name: "c" }] },
    status: { containerStatuses: [{ name: "", ready: false, restartCount: 0, image: "", imageID: "" }] },
  });
});

test("keys that all objects inherit are ordinary keys", () => {
  const json = JSON.parse('{"data":{"__proto__":"a","constructor":"b","toString":"c"}}');
  const { object } = decode<{ data: object }>("core.v1.ConfigMap", json);
  assert.equal(JSON.stringify(object), '{"data":{"__proto__":"a","constructor":"b","toString":"c"}}');
  assert.equal(Object.getPrototypeOf(object.data), Object.prototype);
  assert.match(
    fault("core.v1.Pod", JSON.parse('{"__proto__":{"a":1},"toString":1}')),
    /unknown field "__proto__", unknown field "toString"/,
  );
});

test("nesting without end is refused", () => {
  let schema: object = { type: "object" };
  for (let depth = 0; depth < 200; depth++) schema = { type: "object", not: schema };
  const crd = { spec: { versions: [{ name: "v1", schema: { openAPIV3Schema: schema } }] } };
  assert.match(fault("apiextensions.v1.CustomResourceDefinition", crd), /exceeded max depth/);
  const plain = JSON.parse(`${'{"a":'.repeat(2000)}1${"}".repeat(2000)}`);
  assert.match(fault("apps.v1.ControllerRevision", { data: plain }), /exceeded max depth/);
});

test("keys given twice are treated as unknown fields are", () => {
  const text = '{"spec":{"nodeName":"a","nodeName":"b","foo":1}}';
  assert.throws(
    () => decodeText("core.v1.Pod", text),
    /strict decoding error: duplicate field "spec.nodeName", unknown field "spec.foo"$/,
  );
  assert.deepEqual(decodeText("core.v1.Pod", text, "Warn"), {
    object: { spec: { nodeName: "b", containers: [] } },
    warnings: ['duplicate field "spec.nodeName"', 'unknown field "spec.foo"'],
  });
  assert.deepEqual(decodeText("core.v1.Pod", text, "Ignore").warnings, []);
});

test("text that nests without end is refused, not a crash", () => {
  for (const inner of ["1", '"\\ud800"']) {
    const text = `${'{"a":'.repeat(50_000)}${inner}${"}".repeat(50_000)}`;
    assert.throws(() => decodeText("apps.v1.ControllerRevision", `{"data":${text}}`), /exceeded max depth/);
    assert.throws(() => decodeText("core.v1.Pod", `{"metadata":${text}}`), /unknown field|exceeded max depth/);
  }
});
