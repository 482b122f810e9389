import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiObject } from "../strategy.ts";
import { createFaults } from "../testing/faults.ts";
import { generic } from "./generic.ts";

const template = {
  metadata: { labels: { a: "b" } },
  spec: { containers: [{ name: "main", image: "a" }], restartPolicy: "Never" },
};
type Named = ApiObject & { [field: string]: unknown };

const sound: readonly [string, string, string, Named][] = [
  [
    "rbac.authorization.k8s.io",
    "v1",
    "clusterroles",
    { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
  ],
  [
    "rbac.authorization.k8s.io",
    "v1",
    "rolebindings",
    {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
      subjects: [{ kind: "User", name: "u" }],
    },
  ],
  ["scheduling.k8s.io", "v1", "priorityclasses", { value: 1000 }],
  ["storage.k8s.io", "v1", "storageclasses", { provisioner: "example.com/p" }],
  [
    "networking.k8s.io",
    "v1",
    "ingresses",
    {
      spec: {
        rules: [
          {
            host: "a.b",
            http: {
              paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "s", port: { number: 80 } } } }],
            },
          },
        ],
      },
    },
  ],
  ["networking.k8s.io", "v1", "networkpolicies", { spec: { podSelector: {}, policyTypes: ["Ingress"] } }],
  [
    "",
    "v1",
    "persistentvolumeclaims",
    { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
  ],
  ["", "v1", "resourcequotas", { spec: { hard: { pods: "1" } } }],
  ["", "v1", "limitranges", { spec: { limits: [{ type: "Container" }] } }],
  [
    "apiextensions.k8s.io",
    "v1",
    "customresourcedefinitions",
    {
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "things", kind: "Thing" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: "object", properties: { a: { type: "array" } } } },
          },
        ],
      },
    },
  ],
  ["apps", "v1", "statefulsets", { spec: { serviceName: "s", selector: { matchLabels: { a: "b" } }, template } }],
  [
    "autoscaling",
    "v2",
    "horizontalpodautoscalers",
    {
      spec: {
        scaleTargetRef: { kind: "Deployment", name: "web" },
        maxReplicas: 3,
        metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization" } } }],
      },
    },
  ],
];

for (const [group, version, plural, object] of sound)
  test(`a plain object of ${plural} has no faults`, () => {
    assert.deepEqual(createFaults(generic(group, version, plural), object), []);
  });

const broken: readonly [string, string, string, Named, string[]][] = [
  [
    "storage.k8s.io",
    "v1",
    "storageclasses",
    { volumeBindingMode: "Soon" },
    [
      "provisioner: Required value",
      'volumeBindingMode: Unsupported value: "Soon": supported values: "Immediate", "WaitForFirstConsumer"',
    ],
  ],
  [
    "rbac.authorization.k8s.io",
    "v1",
    "rolebindings",
    { roleRef: { apiGroup: "g", kind: "Role", name: "" }, subjects: [{ kind: "User" }] },
    ["subjects[0].name: Required value", "roleRef.name: Required value"],
  ],
  [
    "apps",
    "v1",
    "daemonsets",
    { spec: { selector: { matchLabels: { a: "b" } }, template: { spec: { containers: [{ name: "main" }] } } } },
    ["spec.template.spec.containers[0].image: Required value"],
  ],
];

for (const [group, version, plural, object, expected] of broken)
  test(`faults of ${plural}: ${expected[0]}`, () => {
    assert.deepEqual(createFaults(generic(group, version, plural), object), expected);
  });

test("a list that must be given may be empty", () => {
  const empty: Named = { spec: { limits: [] } };
  assert.deepEqual(createFaults(generic("", "v1", "limitranges"), empty), []);
});

test("the status of a kind that has one is set by its own subresource alone", () => {
  const jobs = generic("batch", "v1", "jobs");
  const old: Named = { metadata: { generation: 1 }, spec: { suspend: true }, status: { active: 1 } };
  const update: Named = { metadata: {}, spec: { suspend: false }, status: { active: 2 } };
  jobs.prepareForUpdate?.(update, old);
  assert.deepEqual(update, { metadata: {}, spec: { suspend: false }, status: { active: 1 } });
  const statusUpdate: Named = { metadata: {}, spec: { suspend: false }, status: { active: 2 } };
  jobs.prepareForStatusUpdate?.(statusUpdate, old, "2025-01-01T00:00:00Z");
  assert.deepEqual(statusUpdate, { metadata: { generation: 1 }, spec: { suspend: true }, status: { active: 2 } });
});

test("templates of workloads get the defaults of pods", () => {
  const object: Named = { spec: { template: { spec: { containers: [{ name: "a", image: "b:1" }] } } } };
  generic("apps", "v1", "daemonsets").defaults?.(object);
  assert.match(JSON.stringify(object), /"imagePullPolicy":"IfNotPresent".*"schedulerName":"default-scheduler"/);
});
