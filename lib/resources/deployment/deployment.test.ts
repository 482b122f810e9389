import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deployment, DeploymentSpec } from "../../../gen/typernetes/apps/v1/deployment.ts";
import { replicaSet } from "../replica-set/strategy.ts";
import { createFaults, faultsOf, printed, updateFaults } from "../testing/faults.ts";
import { deployment as strategy } from "./strategy.ts";

function newDeployment(spec: DeploymentSpec = {}): Deployment {
  return {
    metadata: { name: "web", labels: { a: "b" }, creationTimestamp: "2025-01-01T00:00:00Z" },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "main", image: "nginx:1" }] } },
      ...spec,
    },
  };
}

test("a deployment gets the defaults of Kubernetes, its template none that are for pods alone", () => {
  const object = newDeployment();
  strategy.defaults?.(object);
  const { template, ...rest } = object.spec ?? {};
  assert.deepEqual(rest, {
    selector: { matchLabels: { app: "web" } },
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
  });
  assert.equal(template?.spec?.restartPolicy, "Always");
  assert.equal(template?.spec?.enableServiceLinks, undefined);
});

const rules: readonly [DeploymentSpec, string[]][] = [
  [{}, []],
  [{ replicas: -1 }, ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]],
  [{ selector: undefined }, ["spec.selector: Required value"]],
  [{ selector: {} }, ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"]],
  [
    { selector: { matchLabels: { app: "api" } } },
    ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
  ],
  [
    { selector: { matchExpressions: [{ key: "app", operator: "In" }] } },
    ["spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"],
  ],
  [
    { selector: { matchExpressions: [{ key: "app", operator: "Like" }] } },
    ['spec.selector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator'],
  ],
  [
    { strategy: { type: "Slow" } },
    ['spec.strategy: Unsupported value: {"type":"Slow"}: supported values: "Recreate", "RollingUpdate"'],
  ],
  [
    { strategy: { type: "Recreate", rollingUpdate: {} } },
    ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
  ],
  [
    { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: "0%" } } },
    ["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"],
  ],
  [
    { strategy: { rollingUpdate: { maxUnavailable: "101%" } } },
    ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
  ],
  [
    { strategy: { rollingUpdate: { maxSurge: "some" } } },
    [
      "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"some\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ],
  ],
  [
    { progressDeadlineSeconds: 5, minReadySeconds: 5 },
    ["spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds"],
  ],
  [
    { template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "main" }] } } },
    ["spec.template.spec.containers[0].image: Required value"],
  ],
  [
    {
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "main", image: "a" }], restartPolicy: "Never" },
      },
    },
    ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  ],
  [
    {
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "main", image: "a" }], activeDeadlineSeconds: 5 },
      },
    },
    ["spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported"],
  ],
];

for (const [spec, expected] of rules)
  test(`validation of a deployment: ${expected[0] ?? "a plain one"}`, () => {
    assert.deepEqual(createFaults(strategy, newDeployment(spec)), expected);
  });

test("the selector never changes, in deployments and replica sets", () => {
  const changed = {
    selector: { matchLabels: { a: "b" } },
    template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "m", image: "a" }] } },
  };
  const expected = ['spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable'];
  assert.deepEqual(updateFaults(strategy, newDeployment(changed), newDeployment()), expected);
  assert.deepEqual(updateFaults(replicaSet, newDeployment(changed), newDeployment()), expected);
});

test("a status update changes neither specification nor labels, and its counts must be sound", () => {
  const old = newDeployment();
  const now: Deployment = { ...newDeployment({ replicas: 9 }), status: { replicas: 1, readyReplicas: 2 } };
  if (now.metadata) now.metadata.labels = { c: "d" };
  strategy.prepareForStatusUpdate?.(now, old, "2025-01-01T00:00:00Z");
  assert.equal(now.spec?.replicas, undefined);
  assert.deepEqual(now.metadata?.labels, { a: "b" });
  assert.deepEqual(
    faultsOf((errors) => strategy.validateStatusUpdate?.(now, old, errors)),
    ["status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas"],
  );
});

test("a deployment is printed", () => {
  const object: Deployment = {
    ...newDeployment({ replicas: 3 }),
    status: { replicas: 3, readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 },
  };
  assert.equal(
    printed(strategy, object, Date.parse("2025-01-03T00:00:00Z")),
    "Ready=2/3 Up-to-date=3 Available=1 Age=2d | Containers=main Images=nginx:1 Selector=app=web",
  );
});

test("a replica set is printed", () => {
  const object = { ...newDeployment({ replicas: 3 }), status: { replicas: 2, readyReplicas: 1 } };
  assert.equal(
    printed(replicaSet, object, Date.parse("2025-01-01T00:00:30Z")),
    "Desired=3 Current=2 Ready=1 Age=30s | Containers=main Images=nginx:1 Selector=app=web",
  );
});

test("the scale of a deployment is where its replicas are", () => {
  const object: Deployment = { ...newDeployment({ replicas: 3 }), status: { replicas: 2 } };
  assert.equal(strategy.scale?.replicas(object), 3);
  assert.equal(strategy.scale?.statusReplicas(object), 2);
  assert.equal(strategy.scale?.selector(object), "app=web");
  strategy.scale?.setReplicas(object, 5);
  assert.equal(object.spec?.replicas, 5);
});
