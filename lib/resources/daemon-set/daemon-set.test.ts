import assert from "node:assert/strict";
import { test } from "node:test";
import type { DaemonSet, DaemonSetSpec, DaemonSetStatus } from "../../../gen/typernetes/apps/v1/daemon_set.ts";
import { createFaults, faultsOf, printed, updateFaults } from "../testing/faults.ts";
import { daemonSet as strategy } from "./strategy.ts";

const template = {
  metadata: { labels: { app: "agent" } },
  spec: { containers: [{ name: "main", image: "a:1" }], nodeSelector: { disk: "ssd" } },
};

function newSet(spec: DaemonSetSpec = {}, status: DaemonSetStatus = {}): DaemonSet {
  return {
    metadata: { name: "agent", creationTimestamp: "2025-01-01T00:00:00Z" },
    spec: { selector: { matchLabels: { app: "agent" } }, template: structuredClone(template), ...spec },
    status,
  };
}

test("a daemon set gets the defaults of Kubernetes", () => {
  const object = newSet();
  strategy.defaults?.(object);
  assert.equal(object.spec?.revisionHistoryLimit, 10);
  assert.deepEqual(object.spec?.updateStrategy, {
    type: "RollingUpdate",
    rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
  });
  assert.equal(object.spec?.template?.spec?.dnsPolicy, "ClusterFirst");
});

const atRolling = "spec.updateStrategy.rollingUpdate";
const mismatch =
  'spec.template.metadata.labels: Invalid value: {"app":"agent"}: `selector` does not match template `labels`';
const rules: readonly [DaemonSetSpec, string[]][] = [
  [{}, []],
  [{ selector: undefined }, [mismatch]],
  [{ selector: { matchLabels: { app: "b" } } }, [mismatch]],
  [{ selector: {} }, ["spec.selector: Invalid value: {}: empty selector is invalid for daemonset"]],
  [
    { minReadySeconds: -1, revisionHistoryLimit: -1 },
    ["minReadySeconds", "revisionHistoryLimit"].map(
      (field) => `spec.${field}: Invalid value: -1: must be greater than or equal to 0`,
    ),
  ],
  [
    { updateStrategy: { type: "Any" } },
    ['spec.updateStrategy: Unsupported value: {"type":"Any"}: supported values: "RollingUpdate", "OnDelete"'],
  ],
  [{ updateStrategy: { type: "OnDelete" } }, []],
  [
    { updateStrategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } } },
    [`${atRolling}.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero`],
  ],
  [
    { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } },
    [`${atRolling}.maxUnavailable: Required value: cannot be 0 when maxSurge is 0`],
  ],
  [
    { updateStrategy: { rollingUpdate: { maxUnavailable: "200%" } } },
    [`${atRolling}.maxUnavailable: Invalid value: "200%": must not be greater than 100%`],
  ],
  [
    { template: { ...template, spec: { ...template.spec, restartPolicy: "OnFailure", activeDeadlineSeconds: 1 } } },
    [
      'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"',
      "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported",
    ],
  ],
];

for (const [spec, expected] of rules)
  test(`validation of a daemon set: ${expected[0] ?? "a sound one"}`, () => {
    assert.deepEqual(createFaults(strategy, newSet(structuredClone(spec))), expected);
  });

test("the selector of a daemon set never changes", () => {
  const changed = newSet({
    selector: { matchLabels: { a: "b" } },
    template: { ...structuredClone(template), metadata: { labels: { a: "b" } } },
  });
  assert.deepEqual(updateFaults(strategy, changed, newSet()), [
    'spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable',
  ]);
});

test("the counts of a daemon set's status must be sound", () => {
  const now = newSet({}, { numberReady: -1 });
  assert.deepEqual(
    faultsOf((errors) => strategy.validateStatusUpdate?.(now, newSet({}, { collisionCount: 2 }), errors)),
    [
      "status.numberReady: Invalid value: -1: must be greater than or equal to 0",
      "status.collisionCount: Invalid value: 0: cannot be decremented",
    ],
  );
});

test("a daemon set counts its templates", () => {
  const generationOf = ({ metadata }: DaemonSet) => metadata?.annotations?.["deprecated.daemonset.template.generation"];
  const created = newSet();
  strategy.prepareForCreate?.(created);
  assert.equal(generationOf(created), "1");
  const scaled = newSet({ minReadySeconds: 3 });
  strategy.prepareForUpdate?.(scaled, created);
  assert.equal(generationOf(scaled), "1");
  const changed = newSet({ template: { ...template, spec: { containers: [{ name: "main", image: "a:2" }] } } });
  strategy.prepareForUpdate?.(changed, scaled);
  assert.equal(generationOf(changed), "2");
  const status = newSet({}, { numberReady: 1 });
  strategy.prepareForStatusUpdate?.(status, changed, "2025-01-01T00:00:09Z");
  assert.equal(generationOf(status), "2");
});

test("a daemon set is printed", () => {
  const object = newSet({}, { desiredNumberScheduled: 3, currentNumberScheduled: 2, numberReady: 1 });
  assert.equal(
    printed(strategy, object, Date.parse("2025-01-01T00:00:09Z")),
    "Desired=3 Current=2 Ready=1 Up-to-date=0 Available=0 Node Selector=disk=ssd Age=9s | Containers=main Images=a:1 Selector=app=agent",
  );
});
