import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
} from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import { createFaults, printed, updateFaults } from "../testing/faults.ts";
import { persistentVolumeClaim as strategy } from "./strategy.ts";

function newClaim(spec: PersistentVolumeClaimSpec = {}, bound = false): PersistentVolumeClaim {
  return {
    metadata: { name: "data", creationTimestamp: "2025-01-01T00:00:00Z" },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "2Gi" } },
      ...(bound && { volumeName: "v" }),
      ...spec,
    },
    ...(bound && { status: { phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" } } }),
  };
}

test("a claim gets a mode, a phase, and both fields for where its content comes from", () => {
  const object = newClaim({ dataSource: { kind: "PersistentVolumeClaim", name: "old" } });
  strategy.defaults?.(object);
  assert.equal(object.spec?.volumeMode, "Filesystem");
  assert.equal(object.status?.phase, "Pending");
  assert.deepEqual(object.spec?.dataSourceRef, { kind: "PersistentVolumeClaim", name: "old" });
});

const ownGroup = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
const rules: readonly [PersistentVolumeClaimSpec, string[]][] = [
  [{}, []],
  [{ accessModes: [] }, ["spec.accessModes: Required value: at least 1 access mode is required"]],
  [
    { accessModes: ["Any"] },
    [
      'spec.accessModes: Unsupported value: "Any": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    ],
  ],
  [
    { accessModes: ["ReadWriteOncePod", "ReadWriteOnce"] },
    ["spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes"],
  ],
  [{ resources: {} }, ["spec.resources[storage]: Required value"]],
  [
    { resources: { requests: { storage: "0" } } },
    ['spec.resources[storage]: Invalid value: "0": must be greater than zero'],
  ],
  [{ volumeMode: "Any" }, ['spec.volumeMode: Unsupported value: "Any": supported values: "Block", "Filesystem"']],
  [
    { dataSource: { kind: "Other", name: "" } },
    [
      "spec.dataSource.name: Required value",
      `spec.dataSource: Invalid value: "Other": ${ownGroup}`,
      "spec.dataSourceRef.name: Required value",
      `spec.dataSourceRef: Invalid value: "Other": ${ownGroup}`,
    ],
  ],
  [
    {
      dataSource: { kind: "PersistentVolumeClaim", name: "a" },
      dataSourceRef: { kind: "PersistentVolumeClaim", name: "b" },
    },
    ['spec: Invalid value: "spec.dataSource": must match dataSourceRef'],
  ],
];

for (const [spec, expected] of rules)
  test(`validation of a claim: ${expected[0] ?? "a plain one"}`, () => {
    assert.deepEqual(createFaults(strategy, newClaim(spec)), expected);
  });

const immutable =
  "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
const storage = (size: string): PersistentVolumeClaimSpec => ({ resources: { requests: { storage: size } } });
const updates: readonly [string, PersistentVolumeClaim, PersistentVolumeClaim, string[]][] = [
  ["a bound claim grows", newClaim(storage("3Gi"), true), newClaim({}, true), []],
  ["a claim that is not bound does not", newClaim(storage("3Gi")), newClaim(), [immutable]],
  ["its volume is chosen once", newClaim({ volumeName: "v" }), newClaim(), []],
  ["and not again", newClaim({ volumeName: "w" }, true), newClaim({}, true), [immutable]],
  [
    "a claim does not shrink below what it has",
    newClaim(storage("500Mi"), true),
    newClaim({}, true),
    ["spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"],
  ],
  [
    "its class of attributes may change, not go",
    newClaim({}, true),
    newClaim({ volumeAttributesClassName: "fast" }, true),
    ["spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden"],
  ],
];

for (const [name, now, old, expected] of updates)
  test(`updates of claims: ${name}`, () => assert.deepEqual(updateFaults(strategy, now, old), expected));

test("a claim is printed", () => {
  assert.equal(
    printed(strategy, newClaim({ storageClassName: "fast" }, true), Date.parse("2025-01-01T00:00:09Z")),
    "Status=Bound Volume=v Capacity=1Gi Access Modes=RWO StorageClass=fast VolumeAttributesClass=<unset> Age=9s | VolumeMode=<unset>",
  );
});
