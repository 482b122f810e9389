import assert from "node:assert/strict";
import { test } from "node:test";
import { ingress } from "./ingress/strategy.ts";
import { ingressClass } from "./ingress-class/strategy.ts";
import { networkPolicy } from "./network-policy/strategy.ts";
import { priorityClass } from "./priority-class/strategy.ts";
import { clusterRole, clusterRoleBinding, role, roleBinding } from "./rbac/strategies.ts";
import { runtimeClass } from "./runtime-class/strategy.ts";
import { storageClass } from "./storage-class/strategy.ts";
import { createFaults, faultsOf, printed, updateFaults } from "./testing/faults.ts";

const metadata = { name: "x", creationTimestamp: "2025-01-01T00:00:00Z" };
const now = Date.parse("2025-01-01T00:01:00Z");
const group = "rbac.authorization.k8s.io";
const backend = { service: { name: "s", port: { number: 80 } } };
const withPath = (path: object) => ({
  spec: { rules: [{ http: { paths: [{ pathType: "Prefix", path: "/", backend, ...path }] } }] },
});
const atPath = "spec.rules[0].http.paths[0]";
const withPeer = (peer: object) => ({ spec: { podSelector: {}, ingress: [{ from: [peer] }] } });
const withPort = (port: object) => ({ spec: { podSelector: {}, egress: [{ ports: [port] }] } });
const classParameters = (parameters: object) => ({
  spec: { controller: "a.b/c", parameters: { kind: "K", name: "n", ...parameters } },
});

const created: readonly [string, () => string[], string[]][] = [
  ["a Role", () => createFaults(role, { rules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }] }), []],
  [
    "an empty rule",
    () => createFaults(role, { rules: [{}] }),
    [
      "rules[0].verbs: Required value: verbs must contain at least one value",
      "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
      "rules[0].resources: Required value: resource rules must supply at least one resource",
    ],
  ],
  [
    "a path in a Role",
    () => createFaults(role, { rules: [{ verbs: ["get"], nonResourceURLs: ["/a"] }] }),
    ['rules[0].nonResourceURLs: Invalid value: ["/a"]: namespaced rules cannot apply to non-resource URLs'],
  ],
  [
    "a rule of both sorts",
    () => createFaults(clusterRole, { rules: [{ verbs: ["get"], nonResourceURLs: ["/a"], resources: ["pods"] }] }),
    [
      'rules[0].nonResourceURLs: Invalid value: ["/a"]: rules cannot apply to both regular resources and non-resource URLs',
    ],
  ],
  [
    "an empty aggregation",
    () => createFaults(clusterRole, { aggregationRule: {} }),
    [
      "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil",
    ],
  ],
  [
    "a RoleBinding",
    () => createFaults(roleBinding, { roleRef: { kind: "Role", name: "r" }, subjects: [{ kind: "User", name: "u" }] }),
    [],
  ],
  [
    "a ClusterRoleBinding",
    () =>
      createFaults(clusterRoleBinding, {
        roleRef: { apiGroup: "g", kind: "Role" },
        subjects: [{ kind: "ServiceAccount", name: "s" }, { kind: "Any", name: "a" }, { kind: "Group" }],
      }),
    [
      `roleRef.apiGroup: Unsupported value: "g": supported values: "${group}"`,
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      "roleRef.name: Required value",
      "subjects[0].namespace: Required value",
      'subjects[1].kind: Unsupported value: "Any": supported values: "ServiceAccount", "User", "Group"',
      "subjects[2].name: Required value",
      'subjects[2].name: Invalid value: "": group name cannot be empty',
    ],
  ],
  [
    "a StorageClass",
    () => createFaults(storageClass, { reclaimPolicy: "Any", volumeBindingMode: "Soon", parameters: { "": "a" } }),
    [
      "provisioner: Required value",
      'parameters: Invalid value: "": field can not be empty.',
      'reclaimPolicy: Unsupported value: "Any": supported values: "Delete", "Retain"',
      'volumeBindingMode: Unsupported value: "Soon": supported values: "Immediate", "WaitForFirstConsumer"',
    ],
  ],
  [
    "a PriorityClass",
    () => createFaults(priorityClass, { metadata, value: 1_000_000_001, preemptionPolicy: "Any" }),
    [
      "value: Forbidden: maximum allowed value of a user defined priority is 1000000000",
      'preemptionPolicy: Unsupported value: "Any": supported values: "PreemptLowerPriority", "Never"',
    ],
  ],
  [
    "a system PriorityClass",
    () => createFaults(priorityClass, { metadata: { name: "system-node-critical" }, value: 2_000_001_000 }),
    [],
  ],
  ["an Ingress", () => createFaults(ingress, withPath({})), []],
  [
    "an empty Ingress",
    () => createFaults(ingress, { spec: {} }),
    ["spec: Invalid value: []: either `defaultBackend` or `rules` must be specified"],
  ],
  [
    "an Ingress' host",
    () => createFaults(ingress, { spec: { rules: [{ host: "10.0.0.1", http: {} }] } }),
    [
      'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
      "spec.rules[0].http.paths: Required value",
    ],
  ],
  [
    "an Ingress' path",
    () => createFaults(ingress, withPath({ path: "a//b/.." })),
    ["must be an absolute path", "must not contain '//'", "cannot end with '/..'"].map(
      (message) => `${atPath}.path: Invalid value: "a//b/..": ${message}`,
    ),
  ],
  [
    "an Ingress' path type",
    () => createFaults(ingress, withPath({ pathType: "Any" })),
    [`${atPath}.pathType: Unsupported value: "Any": supported values: "Exact", "ImplementationSpecific", "Prefix"`],
  ],
  [
    "an Ingress' missing path type",
    () => createFaults(ingress, withPath({ pathType: undefined })),
    [`${atPath}.pathType: Required value: pathType must be specified`],
  ],
  [
    "an Ingress' missing backend",
    () => createFaults(ingress, withPath({ backend: {} })),
    [`${atPath}.backend: Invalid value: "": resource or service backend is required`],
  ],
  [
    "an Ingress' two backends",
    () => createFaults(ingress, withPath({ backend: { ...backend, resource: {} } })),
    [`${atPath}.backend: Invalid value: "": cannot set both resource and service backends`],
  ],
  [
    "an Ingress' backend port",
    () => createFaults(ingress, { spec: { defaultBackend: { service: { name: "s" } } } }),
    ["spec.defaultBackend: Required value: port name or number is required"],
  ],
  [
    "an Ingress' two backend ports",
    () =>
      createFaults(ingress, { spec: { defaultBackend: { service: { name: "s", port: { name: "a", number: 1 } } } } }),
    ['spec.defaultBackend: Invalid value: "": cannot set both port name & port number'],
  ],
  [
    "an IngressClass",
    () => createFaults(ingressClass, { spec: { controller: "c" } }),
    ['spec.controller: Invalid value: "c": must be a domain-prefixed path (such as "acme.io/foo")'],
  ],
  [
    "parameters of the cluster",
    () => createFaults(ingressClass, classParameters({ namespace: "a" })),
    ["spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"],
  ],
  [
    "parameters of a namespace",
    () => createFaults(ingressClass, classParameters({ scope: "Namespace" })),
    ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"],
  ],
  [
    "a NetworkPolicy's peer",
    () => createFaults(networkPolicy, withPeer({})),
    ["spec.ingress[0].from[0]: Required value: must specify a peer"],
  ],
  [
    "a NetworkPolicy's block",
    () =>
      createFaults(
        networkPolicy,
        withPeer({ podSelector: {}, ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/16"] } }),
      ),
    [
      'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
      "spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer",
    ],
  ],
  [
    "a NetworkPolicy's ports",
    () => createFaults(networkPolicy, withPort({ protocol: "Any", port: 90, endPort: 80 })),
    [
      'spec.egress[0].ports[0].protocol: Unsupported value: "Any": supported values: "TCP", "UDP", "SCTP"',
      "spec.egress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`",
    ],
  ],
  [
    "a NetworkPolicy's end of nothing",
    () => createFaults(networkPolicy, withPort({ endPort: 80 })),
    ["spec.egress[0].ports[0].endPort: Invalid value: 80: may not be specified when `port` is not specified"],
  ],
  [
    "a NetworkPolicy's types",
    () => createFaults(networkPolicy, { spec: { policyTypes: ["Any"] } }),
    ['spec.policyTypes[0]: Unsupported value: "Any": supported values: "Ingress", "Egress"'],
  ],
  ["a RuntimeClass", () => createFaults(runtimeClass, { handler: "runc", overhead: { podFixed: { cpu: "1" } } }), []],
];

for (const [name, faults, expected] of created)
  test(`validation of ${name}: ${expected[0] ?? "sound"}`, () => assert.deepEqual(faults(), expected));

test("what such kinds are for never changes", () => {
  const binding = (name: string) => ({ roleRef: { apiGroup: group, kind: "ClusterRole", name } });
  assert.deepEqual(updateFaults(roleBinding, binding("a"), binding("b")), [
    `roleRef: Invalid value: {"apiGroup":"${group}","kind":"ClusterRole","name":"a"}: cannot change roleRef`,
  ]);
  assert.deepEqual(
    updateFaults(storageClass, { provisioner: "a", reclaimPolicy: "Retain" }, { provisioner: "b" }),
    ["provisioner", "reclaimPolicy"].map((field) => `${field}: Forbidden: updates to ${field} are forbidden.`),
  );
  assert.deepEqual(updateFaults(priorityClass, { value: 1 }, { value: 2 }), [
    "value: Forbidden: may not be changed in an update.",
  ]);
  assert.deepEqual(updateFaults(runtimeClass, { handler: "a" }, { handler: "b" }), [
    'handler: Invalid value: "a": field is immutable',
  ]);
  assert.deepEqual(updateFaults(ingressClass, { spec: { controller: "a.b/c" } }, { spec: { controller: "a.b/d" } }), [
    'spec.controller: Invalid value: "a.b/c": field is immutable',
  ]);
});

test("an ingress is reached by address or by name", () => {
  const status = { loadBalancer: { ingress: [{ ip: "x" }, { hostname: "10.0.0.1" }] } };
  assert.deepEqual(
    faultsOf((errors) => ingress.validateStatusUpdate?.({ status }, {}, errors)),
    [
      'status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'status.loadBalancer.ingress[1].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ],
  );
});

test("the kinds of a whole cluster are printed", () => {
  assert.equal(printed(role, { metadata }, now), "Created At=2025-01-01T00:00:00Z | ");
  const subjects = [
    { kind: "User", name: "u" },
    { kind: "ServiceAccount", name: "s", namespace: "n" },
  ];
  assert.equal(
    printed(roleBinding, { metadata, subjects, roleRef: { kind: "Role", name: "r" } }, now),
    "Role=Role/r Age=60s | Users=u Groups= ServiceAccounts=n/s",
  );
  assert.equal(
    printed(storageClass, { metadata, provisioner: "a.b/c", reclaimPolicy: "Delete" }, now),
    "Name=x Provisioner=a.b/c ReclaimPolicy=Delete VolumeBindingMode=<unset> AllowVolumeExpansion=false Age=60s | ",
  );
  assert.equal(
    printed(ingress, { metadata, spec: { rules: [{ host: "a.b" }], tls: [{}] } }, now),
    "Class=<none> Hosts=a.b Address= Ports=80, 443 Age=60s | ",
  );
  assert.equal(
    printed(priorityClass, { metadata, value: 5, preemptionPolicy: "Never" }, now),
    "Value=5 Global-Default=false Age=60s PreemptionPolicy=Never | ",
  );
});
