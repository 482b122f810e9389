import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersistentVolume, PersistentVolumeSpec } from "../../../gen/typernetes/core/v1/persistent_volume.ts";
import { dns1123Subdomain } from "../../api/names.ts";
import { createFaults, printed, updateFaults } from "../testing/faults.ts";
import { persistentVolume as strategy } from "./strategy.ts";

const [notSubdomain = ""] = dns1123Subdomain("-");

function newVolume(spec: PersistentVolumeSpec = {}): PersistentVolume {
  return {
    metadata: { name: "v", creationTimestamp: "2025-01-01T00:00:00Z" },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      hostPath: { path: "/data" },
      ...structuredClone(spec),
    },
  };
}

const rules: readonly [PersistentVolumeSpec, string[]][] = [
  [{}, []],
  [{ accessModes: [] }, ["spec.accessModes: Required value: at least 1 access mode is required"]],
  [{ capacity: {} }, ["spec.capacity: Required value"]],
  [{ capacity: { cpu: "1" } }, ['spec.capacity: Unsupported value: {"cpu":"1"}: supported values: "storage"']],
  [{ capacity: { storage: "0" } }, ['spec.capacity[storage]: Invalid value: "0": must be greater than zero']],
  [{ hostPath: undefined }, ["spec: Required value: must specify a volume type"]],
  [
    { nfs: {} },
    [
      "spec.nfs: Forbidden: may not specify more than 1 volume type",
      "spec.nfs.server: Required value",
      "spec.nfs.path: Required value",
    ],
  ],
  [
    {
      hostPath: undefined,
      csi: { driver: "a.b", controllerPublishSecretRef: {}, nodeStageSecretRef: { name: "S", namespace: "n" } },
    },
    [
      "spec.csi.volumeHandle: Required value",
      "spec.csi.controllerPublishSecretRef.name: Required value",
      "spec.csi.controllerPublishSecretRef.namespace: Required value",
      `spec.csi.name: Invalid value: "S": ${notSubdomain}`,
    ],
  ],
  [
    { hostPath: undefined, csi: { volumeHandle: "h" } },
    ["spec.csi.driver: Required value", `spec.csi.driver: Invalid value: "": ${notSubdomain}`],
  ],
  [
    { hostPath: undefined, local: { path: "/a/.." } },
    [
      "spec.local.path: Invalid value: \"/a/..\": must not contain '..'",
      "metadata.annotations: Required value: Local volume requires node affinity",
    ],
  ],
  [
    { hostPath: { path: "/" }, persistentVolumeReclaimPolicy: "Recycle" },
    ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"],
  ],
  [{ nodeAffinity: {} }, ["spec.nodeAffinity.required: Required value: must specify required node constraints"]],
];

for (const [spec, expected] of rules)
  test(`validation of a volume: ${expected[0] ?? "a plain one"}`, () => {
    assert.deepEqual(createFaults(strategy, newVolume(spec)), expected);
  });

test("a volume stays where it is", () => {
  assert.deepEqual(updateFaults(strategy, newVolume({ hostPath: { path: "/b" } }), newVolume()), [
    "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation",
  ]);
});

test("a volume is printed", () => {
  const object = newVolume({ claimRef: { namespace: "a", name: "b" } });
  strategy.defaults?.(object);
  assert.equal(
    printed(strategy, object, Date.parse("2025-01-01T00:00:09Z")),
    "Capacity=1Gi Access Modes=RWO Reclaim Policy=Retain Status=Pending Claim=a/b StorageClass= VolumeAttributesClass=<unset> Reason= Age=9s | VolumeMode=Filesystem",
  );
});

test("a volume says since when it is in its phase", () => {
  const object = { metadata: { creationTimestamp: "2025-01-01T00:00:00Z" } };
  strategy.prepareForCreate?.(object);
  assert.deepEqual(object, {
    ...object,
    status: { phase: "Pending", lastPhaseTransitionTime: "2025-01-01T00:00:00Z" },
  });
  const now = "2025-01-02T00:00:00Z";
  const after = (phase: string, lastPhaseTransitionTime?: string) => {
    const changed: PersistentVolume = { status: { phase, lastPhaseTransitionTime } };
    strategy.prepareForStatusUpdate?.(changed, object, now);
    return changed.status?.lastPhaseTransitionTime;
  };
  assert.equal(after("Available"), now);
  assert.equal(after("Pending", "2025-01-01T00:00:00Z"), "2025-01-01T00:00:00Z");
  assert.equal(after("Available", "2025-01-01T12:00:00Z"), "2025-01-01T12:00:00Z");
});
