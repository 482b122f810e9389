import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatefulSet, StatefulSetSpec, StatefulSetStatus } from "../../../gen/typernetes/apps/v1/stateful_set.ts";
import { createFaults, faultsOf, printed, updateFaults } from "../testing/faults.ts";
import { statefulSet as strategy } from "./strategy.ts";

function newSet(spec: StatefulSetSpec = {}, status: StatefulSetStatus = {}): StatefulSet {
  return {
    metadata: { name: "db", creationTimestamp: "2025-01-01T00:00:00Z" },
    spec: {
      selector: { matchLabels: { app: "db" } },
      serviceName: "db",
      template: {
        metadata: { labels: { app: "db" } },
        spec: { containers: [{ name: "main", image: "a:1", volumeMounts: [{ name: "data", mountPath: "/data" }] }] },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
      ...spec,
    },
    status,
  };
}

test("a stateful set gets the defaults of Kubernetes, its claims too", () => {
  const object = newSet();
  strategy.defaults?.(object);
  const { template, selector, serviceName, ...rest } = object.spec ?? {};
  assert.deepEqual(rest, {
    volumeClaimTemplates: [
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "data" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
          volumeMode: "Filesystem",
        },
        status: { phase: "Pending" },
      },
    ],
    podManagementPolicy: "OrderedReady",
    replicas: 1,
    revisionHistoryLimit: 10,
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
  });
  assert.equal(template?.spec?.restartPolicy, "Always");
});

const atStrategy = "spec.updateStrategy";
const rules: readonly [StatefulSetSpec, string[]][] = [
  [{}, []],
  [
    { podManagementPolicy: "Any" },
    ["spec.podManagementPolicy: Invalid value: \"Any\": must be 'OrderedReady' or 'Parallel'"],
  ],
  [
    { updateStrategy: { type: "Any" } },
    [`${atStrategy}: Invalid value: {"type":"Any"}: must be 'RollingUpdate' or 'OnDelete'`],
  ],
  [
    { updateStrategy: { type: "OnDelete", rollingUpdate: {} } },
    [`${atStrategy}.rollingUpdate: Invalid value: {}: only allowed for updateStrategy 'RollingUpdate'`],
  ],
  [
    { updateStrategy: { rollingUpdate: { partition: -1, maxUnavailable: 0 } } },
    [
      `${atStrategy}.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0`,
      `${atStrategy}.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0`,
    ],
  ],
  [
    { updateStrategy: { rollingUpdate: { maxUnavailable: "101%" } } },
    [`${atStrategy}.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%`],
  ],
  [
    { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Keep", whenScaled: "Keep" } },
    ["whenDeleted", "whenScaled"].map(
      (field) =>
        `spec.persistentVolumeClaimRetentionPolicy.${field}: Unsupported value: "Keep": supported values: "Retain", "Delete"`,
    ),
  ],
  [
    { replicas: -1, minReadySeconds: -1, revisionHistoryLimit: -1, ordinals: { start: -1 } },
    ["replicas", "minReadySeconds", "revisionHistoryLimit", "ordinals.start"].map(
      (field) => `spec.${field}: Invalid value: -1: must be greater than or equal to 0`,
    ),
  ],
  [{ selector: undefined }, ["spec.selector: Required value"]],
  [{ selector: {} }, ["spec.selector: Invalid value: {}: empty selector is invalid for statefulset"]],
  [
    { selector: { matchLabels: { app: "web" } } },
    ['spec.template.metadata.labels: Invalid value: {"app":"db"}: `selector` does not match template `labels`'],
  ],
  [{ volumeClaimTemplates: [] }, ['spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"']],
  [
    { volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"] } }] },
    ["spec.volumeClaimTemplates[0].spec.resources[storage]: Required value"],
  ],
  [
    {
      template: {
        metadata: { labels: { app: "db" } },
        spec: { containers: [{ name: "a", image: "a" }], restartPolicy: "Never", activeDeadlineSeconds: 1 },
      },
    },
    [
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported",
    ],
  ],
];

for (const [spec, expected] of rules)
  test(`validation of a stateful set: ${expected[0] ?? "a plain one"}`, () => {
    assert.deepEqual(createFaults(strategy, newSet(spec)), expected);
  });

test("an update changes the numbers and the template, nothing else", () => {
  const changed = { replicas: 3, minReadySeconds: 1, ordinals: { start: 1 }, revisionHistoryLimit: 1 };
  assert.deepEqual(updateFaults(strategy, newSet(changed), newSet()), []);
  assert.deepEqual(updateFaults(strategy, newSet({ serviceName: "other" }), newSet()), [
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', " +
      "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
  ]);
});

test("the counts of a stateful set's status must be sound", () => {
  const now = newSet({}, { replicas: 1, readyReplicas: 0, currentReplicas: 2, availableReplicas: 1 });
  const old = newSet({}, { collisionCount: 1 });
  assert.deepEqual(
    faultsOf((errors) => strategy.validateStatusUpdate?.(now, old, errors)),
    [
      "status.currentReplicas: Invalid value: 2: cannot be greater than status.replicas",
      "status.availableReplicas: Invalid value: 1: cannot be greater than status.readyReplicas",
      "status.collisionCount: Invalid value: 0: cannot be decremented",
    ],
  );
});

test("a stateful set is printed", () => {
  const object = newSet({ replicas: 3 }, { readyReplicas: 2 });
  assert.equal(
    printed(strategy, object, Date.parse("2025-01-01T01:00:00Z")),
    "Ready=2/3 Age=60m | Containers=main Images=a:1",
  );
});
