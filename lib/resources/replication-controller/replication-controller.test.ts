import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  ReplicationController,
  ReplicationControllerSpec,
} from "../../../gen/typernetes/core/v1/replication_controller.ts";
import { createFaults, faultsOf, printed } from "../testing/faults.ts";
import { replicationController as strategy } from "./strategy.ts";

const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "main", image: "a:1" }] } };

function newController(spec: ReplicationControllerSpec = {}): ReplicationController {
  return {
    metadata: { name: "web", creationTimestamp: "2025-01-01T00:00:00Z" },
    spec: { template: structuredClone(template), ...spec },
  };
}

test("selector and labels of a replication controller are those of its template by default", () => {
  const object = newController();
  strategy.defaults?.(object);
  assert.deepEqual(object.spec?.selector, { app: "web" });
  assert.deepEqual(object.metadata?.labels, { app: "web" });
  assert.equal(object.spec?.replicas, 1);
});

const rules: readonly [ReplicationControllerSpec, string[]][] = [
  [{}, []],
  [
    { replicas: -1, minReadySeconds: -1 },
    ["minReadySeconds", "replicas"].map(
      (field) => `spec.${field}: Invalid value: -1: must be greater than or equal to 0`,
    ),
  ],
  [{ template: undefined }, ["spec.selector: Required value", "spec.template: Required value"]],
  [
    { selector: { app: "api" } },
    ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
  ],
  [
    { template: { ...template, spec: { ...template.spec, activeDeadlineSeconds: 1 } } },
    [
      "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicationController is not Supported",
    ],
  ],
];

for (const [spec, expected] of rules)
  test(`validation of a replication controller: ${expected[0] ?? "a plain one"}`, () => {
    assert.deepEqual(createFaults(strategy, newController(structuredClone(spec))), expected);
  });

test("the counts of a replication controller's status must be sound", () => {
  const now = { ...newController(), status: { replicas: 1, readyReplicas: 0, availableReplicas: 1 } };
  assert.deepEqual(
    faultsOf((errors) => strategy.validateStatusUpdate?.(now, newController(), errors)),
    ["status.availableReplicas: Invalid value: 1: cannot be greater than readyReplicas"],
  );
});

test("a replication controller is printed, and scaled where its replicas are", () => {
  const object = { ...newController({ replicas: 3, selector: { app: "web" } }), status: { replicas: 2 } };
  assert.equal(
    printed(strategy, object, Date.parse("2025-01-01T00:00:09Z")),
    "Desired=3 Current=2 Ready=0 Age=9s | Containers=main Images=a:1 Selector=app=web",
  );
  strategy.scale?.setReplicas(object, 5);
  assert.equal(strategy.scale?.replicas(object), 5);
  assert.equal(strategy.scale?.selector(object), "app=web");
});
