import assert from "node:assert/strict";
import { test } from "node:test";
import { tableColumns } from "./columns.ts";
import { componentStatus } from "./component-status/strategy.ts";
import { configMap } from "./config-map/strategy.ts";
import { controllerRevision } from "./controller-revision/strategy.ts";
import { endpointSlice } from "./endpoint-slice/strategy.ts";
import { endpoints } from "./endpoints/strategy.ts";
import { event } from "./event/strategy.ts";
import { lease } from "./lease/strategy.ts";
import { namespace } from "./namespace/strategy.ts";
import { podDisruptionBudget } from "./pod-disruption-budget/strategy.ts";
import { secret } from "./secret/strategy.ts";
import { serviceAccount } from "./service-account/strategy.ts";
import { createFaults, faultsOf, printed, updateFaults } from "./testing/faults.ts";

const metadata = { name: "x", namespace: "default", creationTimestamp: "2025-01-01T00:00:00Z" };
const now = Date.parse("2025-01-01T00:01:00Z");
const badKey =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const mebibyte = "x".repeat(1024 * 1024 + 1);

const created: readonly [string, () => string[], string[]][] = [
  ["a ConfigMap", () => createFaults(configMap, { data: { a: "b" }, binaryData: { c: "AA==" } }), []],
  [
    "a ConfigMap's key",
    () => createFaults(configMap, { data: { "a b": "" } }),
    [`data[a b]: Invalid value: "a b": ${badKey}`],
  ],
  [
    "a ConfigMap's key in both",
    () => createFaults(configMap, { data: { a: "" }, binaryData: { a: "" } }),
    ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
  ],
  [
    "a ConfigMap's size",
    () => createFaults(configMap, { data: { a: mebibyte } }),
    [": Too long: may not be more than 1048576 bytes"],
  ],
  [
    "a Secret's key",
    () => createFaults(secret, { data: { "a b": "" } }),
    [`data[a b]: Invalid value: "a b": ${badKey}`],
  ],
  [
    "a Secret's size",
    () => createFaults(secret, { stringData: { a: mebibyte } }),
    ["data: Too long: may not be more than 1048576 bytes"],
  ],
  [
    "a TLS Secret",
    () => createFaults(secret, { type: "kubernetes.io/tls" }),
    ["data[tls.crt]: Required value", "data[tls.key]: Required value"],
  ],
  [
    "an SSH Secret",
    () => createFaults(secret, { type: "kubernetes.io/ssh-auth" }),
    ["data[ssh-privatekey]: Required value"],
  ],
  [
    "a basic authentication Secret",
    () => createFaults(secret, { type: "kubernetes.io/basic-auth" }),
    ["data[username]: Required value", "data[password]: Required value"],
  ],
  [
    "a registry Secret",
    () => createFaults(secret, { type: "kubernetes.io/dockerconfigjson", stringData: { ".dockerconfigjson": "{" } }),
    ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": must be well-formed JSON'],
  ],
  [
    "a token Secret",
    () => createFaults(secret, { type: "kubernetes.io/service-account-token" }),
    ["metadata.annotations[kubernetes.io/service-account.name]: Required value"],
  ],
  [
    "a Namespace's finalizer",
    () => createFaults(namespace, { spec: { finalizers: ["mine"] } }),
    ['spec.finalizers: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified'],
  ],
  [
    "a Lease's duration",
    () => createFaults(lease, { spec: { leaseDurationSeconds: 0 } }),
    ["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"],
  ],
  [
    "a Lease's transitions",
    () => createFaults(lease, { spec: { leaseTransitions: -1 } }),
    ["spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0"],
  ],
  [
    "a Lease's preferred holder",
    () => createFaults(lease, { spec: { preferredHolder: "a" } }),
    ["spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined"],
  ],
  ["an Event", () => createFaults(event, { metadata, involvedObject: { namespace: "default" } }), []],
  [
    "an Event's namespace",
    () => createFaults(event, { metadata, involvedObject: { namespace: "other" } }),
    ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
  ],
  [
    "an Event with a time",
    () =>
      createFaults(event, {
        metadata,
        eventTime: "2025-01-01T00:00:00.000000Z",
        reportingComponent: "a/b",
        action: "x",
        reason: "y",
      }),
    ["reportingInstance: Required value"],
  ],
  [
    "an EndpointSlice",
    () =>
      createFaults(endpointSlice, {
        addressType: "IPv4",
        endpoints: [{ addresses: ["10.0.0.1"] }],
        ports: [{ port: 80 }],
      }),
    [],
  ],
  ["an EndpointSlice's type", () => createFaults(endpointSlice, {}), ["addressType: Required value"]],
  [
    "an EndpointSlice's addresses",
    () => createFaults(endpointSlice, { addressType: "IPv4", endpoints: [{}, { addresses: ["::2"] }] }),
    [
      "endpoints[0].addresses: Required value: must contain at least 1 address",
      'endpoints[1].addresses[0]: Invalid value: "::2": must be a valid IPv4 address',
    ],
  ],
  [
    "an EndpointSlice's ports",
    () => createFaults(endpointSlice, { addressType: "IPv4", ports: [{ name: "a" }, { name: "a", protocol: "X" }] }),
    [
      'ports[1].name: Duplicate value: "a"',
      'ports[1].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
    ],
  ],
  [
    "Endpoints",
    () => createFaults(endpoints, { subsets: [{ ports: [{ port: 1 }, { port: 0, name: "b" }] }] }),
    [
      "subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`",
      "subsets[0].ports[0].name: Required value",
      "subsets[0].ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive",
    ],
  ],
  [
    "Endpoints' addresses",
    () => createFaults(endpoints, { subsets: [{ addresses: [{ ip: "169.254.1.1" }] }] }),
    [
      'subsets[0].addresses[0].ip: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    ],
  ],
  [
    "a PodDisruptionBudget with both",
    () => createFaults(podDisruptionBudget, { spec: { minAvailable: 1, maxUnavailable: "50%" } }),
    [
      'spec: Invalid value: {"minAvailable":1,"maxUnavailable":"50%"}: minAvailable and maxUnavailable cannot be both set',
    ],
  ],
  [
    "a PodDisruptionBudget's share",
    () => createFaults(podDisruptionBudget, { spec: { minAvailable: "101%" } }),
    ['spec.minAvailable: Invalid value: "101%": must not be greater than 100%'],
  ],
  ["a ControllerRevision", () => createFaults(controllerRevision, {}), ["data: Required value: data is mandatory"]],
];

for (const [name, check, expected] of created) test(`validation of ${name}`, () => assert.deepEqual(check(), expected));

const frozen = "field is immutable when `immutable` is set";
const updated: readonly [string, () => string[], string[]][] = [
  [
    "a ConfigMap that does not change",
    () => updateFaults(configMap, { data: { a: "1" } }, { data: { a: "2" }, immutable: true }),
    [`immutable: Forbidden: ${frozen}`, `data: Forbidden: ${frozen}`],
  ],
  [
    "a Secret that does not change",
    () => updateFaults(secret, { data: { a: "MQ==" }, immutable: true }, { data: {}, immutable: true }),
    [`data: Forbidden: ${frozen}`],
  ],
  [
    "a Secret's type",
    () => updateFaults(secret, { type: "a" }, { type: "b" }),
    ['type: Invalid value: "a": field is immutable'],
  ],
  [
    "an EndpointSlice's type",
    () => updateFaults(endpointSlice, { addressType: "IPv6" }, { addressType: "IPv4" }),
    ['addressType: Invalid value: "IPv6": field is immutable'],
  ],
  [
    "a Namespace's phase",
    () => faultsOf((errors) => namespace.validateStatusUpdate?.({ status: { phase: "Terminating" } }, {}, errors)),
    ["status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty"],
  ],
];

for (const [name, check, expected] of updated) test(`update of ${name}`, () => assert.deepEqual(check(), expected));

test("text in a secret becomes data", () => {
  const object = { stringData: { a: "grün" }, data: { a: "eA==", b: "eQ==" } };
  secret.defaults?.(object);
  assert.deepEqual(object, { type: "Opaque", data: { a: "Z3LDvG4=", b: "eQ==" } });
});

test("a namespace is labelled with its name and keeps its finalizers on an update", () => {
  const created = { metadata: { name: "team" } };
  namespace.defaults?.(created);
  namespace.prepareForCreate?.(created);
  assert.deepEqual(created, {
    metadata: { name: "team", labels: { "kubernetes.io/metadata.name": "team" } },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  });
  const changed = { metadata: { name: "team" }, spec: { finalizers: [] } };
  namespace.prepareForUpdate?.(changed, created);
  assert.deepEqual(changed.spec.finalizers, ["kubernetes"]);
});

test("endpoints without protocol speak TCP", () => {
  const slice = { ports: [{ port: 1 }] };
  endpointSlice.defaults?.(slice);
  assert.deepEqual(slice.ports, [{ port: 1, name: "", protocol: "TCP" }]);
});

const tables: readonly [string, string, string][] = [
  ["a ConfigMap", printed(configMap, { metadata, data: { a: "" }, binaryData: { b: "" } }, now), "Data=2 Age=60s | "],
  ["a Secret", printed(secret, { metadata, type: "Opaque", data: { a: "" } }, now), "Type=Opaque Data=1 Age=60s | "],
  ["a ServiceAccount", printed(serviceAccount, { metadata }, now), "Secrets=0 Age=60s | "],
  ["a Namespace", printed(namespace, { metadata, status: { phase: "Active" } }, now), "Status=Active Age=60s | "],
  ["a Lease", printed(lease, { metadata, spec: { holderIdentity: "me" } }, now), "Holder=me Age=60s | "],
  [
    "an EndpointSlice",
    printed(
      endpointSlice,
      {
        metadata,
        addressType: "IPv4",
        ports: [{ port: 80 }],
        endpoints: [{ addresses: ["1", "2"] }, { addresses: ["3"] }, { addresses: ["4"] }],
      },
      now,
    ),
    "AddressType=IPv4 Ports=80 Endpoints=1,2,3 + 1 more... Age=60s | ",
  ],
  [
    "Endpoints",
    printed(endpoints, { metadata, subsets: [{ addresses: [{ ip: "1.1.1.1" }], ports: [{ port: 80 }] }] }, now),
    "Endpoints=1.1.1.1:80 Age=60s | ",
  ],
  [
    "an Event",
    printed(
      event,
      {
        metadata,
        type: "Normal",
        reason: "Started",
        involvedObject: { kind: "Pod", name: "web", fieldPath: "spec.containers{main}" },
        source: { component: "kubelet", host: "a" },
        message: "Started it ",
        firstTimestamp: "2025-01-01T00:00:00Z",
        lastTimestamp: "2025-01-01T00:00:50Z",
        count: 3,
      },
      now,
    ),
    "Last Seen=10s Type=Normal Reason=Started Object=pod/web Message=Started it | Subobject=spec.containers{main} Source=kubelet, a First Seen=60s Count=3 Name=x",
  ],
  [
    "a ComponentStatus",
    printed(componentStatus, { conditions: [{ type: "Healthy", status: "True", message: "ok" }] }, now),
    "Status=Healthy Message=ok Error= | ",
  ],
  [
    "a PodDisruptionBudget",
    printed(podDisruptionBudget, { metadata, spec: { minAvailable: "50%" }, status: { disruptionsAllowed: 1 } }, now),
    "Min Available=50% Max Unavailable=N/A Allowed Disruptions=1 Age=60s | ",
  ],
];

for (const [name, cells, expected] of tables) test(`${name} is printed`, () => assert.equal(cells, expected));

test("tables begin with the name, but those of events end with it", () => {
  assert.deepEqual(
    tableColumns(configMap).map((it) => it.name),
    ["Name", "Data", "Age"],
  );
  assert.equal(tableColumns(event)[0]?.name, "Last Seen");
});
