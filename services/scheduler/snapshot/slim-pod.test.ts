import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { concernsScheduling } from "../queue/pod-changes.ts";
import { podInfo } from "./pod-info.ts";
import { SharedValues } from "./shared-values.ts";
import { slimPod } from "./slim-pod.ts";

/** A pod that has one of everything which scheduling looks at. */
const rich = (): Pod => ({
  metadata: {
    name: "rich",
    namespace: "team",
    uid: "uid-rich",
    resourceVersion: "7",
    generation: 3,
    labels: { app: "web" },
    annotations: { note: "long ".repeat(100) },
    deletionTimestamp: "2026-01-01T00:00:00Z",
    managedFields: [{ manager: "kubectl", fieldsV1: { "f:spec": {} } }],
    ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "uid-web", controller: true }],
  },
  spec: {
    nodeName: "node-1",
    schedulerName: "default-scheduler",
    priority: 5,
    overhead: { cpu: "10m" },
    containers: [
      {
        name: "main",
        image: "web:1",
        env: [{ name: "A", value: "b" }],
        ports: [{ containerPort: 80 }, { containerPort: 90, hostPort: 90 }],
        resources: { requests: { cpu: "1", memory: "1Gi", "example.com/gpu": "2" }, limits: { memory: "2Gi" } },
      },
      { name: "helper", image: "helper:1" },
    ],
    initContainers: [
      { name: "first", resources: { requests: { cpu: "3" } } },
      { name: "sidecar", restartPolicy: "Always", ports: [{ containerPort: 70, hostPort: 70 }] },
    ],
    tolerations: [{ key: "a", operator: "Exists" }],
    affinity: {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: "zone", labelSelector: { matchLabels: { app: "db" } } },
        ],
      },
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 5, podAffinityTerm: { topologyKey: "zone", labelSelector: { matchLabels: { app: "web" } } } },
        ],
      },
    },
    volumes: [
      { name: "configuration", configMap: { name: "web" } },
      { name: "data", persistentVolumeClaim: { claimName: "data" } },
      { name: "scratch", ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"] } } } },
      { name: "disk", gcePersistentDisk: { pdName: "disk-1" } },
    ],
    resourceClaims: [{ name: "device", resourceClaimTemplateName: "device" }],
  },
  status: {
    phase: "Running",
    startTime: "2026-01-01T00:00:00Z",
    conditions: [
      { type: "Ready", status: "True" },
      { type: "PodResizePending", status: "True", reason: "Infeasible" },
      { type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" },
    ],
    containerStatuses: [
      { name: "main", image: "web:1", allocatedResources: { cpu: "2" }, resources: { requests: { cpu: "2" } } },
      { name: "helper", image: "helper:1" },
    ],
    resourceClaimStatuses: [{ name: "device", resourceClaimName: "rich-device" }],
  },
});

test("of a placed pod is kept what its node, its neighbours and its end are reckoned by, and no more", () => {
  const slim = slimPod(rich(), new SharedValues());
  const { pod: _, affinityTerms, preferredAntiTerms, ...kept } = podInfo(slim);
  const { pod: __, affinityTerms: required, preferredAntiTerms: preferred, ...whole } = podInfo(rich());
  assert.deepEqual(kept, whole);
  assert.deepEqual(
    [...affinityTerms, ...preferredAntiTerms].map(({ key }) => key),
    [...required, ...preferred].map(({ key }) => key),
  );
  assert.equal(concernsScheduling(rich(), slim), false);
  assert.deepEqual(
    slim.spec?.volumes?.map(({ name }) => name),
    ["data", "scratch", "disk"],
  );
  assert.ok(JSON.stringify(slim).length < JSON.stringify(rich()).length / 1.4);
});

test("a pod that waits is kept whole, but for who wrote it", () => {
  const { metadata, spec, ...waiting } = rich();
  const { nodeName: _, ...unplaced } = spec ?? {};
  const slim = slimPod({ ...waiting, metadata, spec: unplaced }, new SharedValues());
  const { managedFields: __, ...expected } = metadata ?? {};
  assert.deepEqual(slim, { ...waiting, metadata: expected, spec: unplaced });
});

test("what pods have in common is in memory once", () => {
  const shared = new SharedValues();
  const [one, other] = [slimPod(rich(), shared), slimPod(rich(), shared)];
  assert.equal(one.spec?.containers, other.spec?.containers);
  assert.equal(one.metadata?.labels, other.metadata?.labels);
  assert.equal(one.spec?.affinity, other.spec?.affinity);
});
