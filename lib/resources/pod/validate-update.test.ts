import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import { faultsOf } from "../testing/faults.ts";
import { newPod } from "../testing/new-pod.ts";
import { validatePodUpdate } from "./validate-update.ts";

const onlyThese =
  "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
const updates: readonly [string, PodSpec, PodSpec, string[]][] = [
  ["a new image", {}, { containers: [{ name: "main", image: "nginx:2", imagePullPolicy: "IfNotPresent" }] }, []],
  ["another command", {}, { containers: [{ name: "main", image: "nginx:1.25", command: ["x"] }] }, [onlyThese]],
  ["another node", { nodeName: "a" }, { nodeName: "b" }, [onlyThese]],
  [
    "another container",
    {},
    {
      containers: [
        { name: "main", image: "nginx:1.25" },
        { name: "b", image: "c" },
      ],
    },
    ["spec.containers: Forbidden: pod updates may not add or remove containers"],
  ],
  ["a first deadline", {}, { activeDeadlineSeconds: 5 }, []],
  [
    "a later deadline",
    { activeDeadlineSeconds: 5 },
    { activeDeadlineSeconds: 6 },
    ["spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value"],
  ],
  [
    "no deadline any more",
    { activeDeadlineSeconds: 5 },
    {},
    ["spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value"],
  ],
  ["one more toleration", {}, { tolerations: [{ key: "a", operator: "Exists" }] }, []],
  [
    "one toleration less",
    { tolerations: [{ key: "a", operator: "Exists" }] },
    {},
    ["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"],
  ],
  ["a gate less", { schedulingGates: [{ name: "a" }] }, {}, []],
  [
    "a gate more",
    {},
    { schedulingGates: [{ name: "a" }] },
    ["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a'"],
  ],
  [
    "a node selector at a gate",
    { schedulingGates: [{ name: "a" }] },
    { schedulingGates: [{ name: "a" }], nodeSelector: { a: "b" } },
    [],
  ],
  [
    "a grace period of 1 after a negative one",
    { terminationGracePeriodSeconds: -1 },
    { terminationGracePeriodSeconds: 1 },
    [],
  ],
];

for (const [name, old, now, expected] of updates)
  test(`a pod's update: ${name}`, () => {
    const [before, after] = [newPod(old, { resourceVersion: "1" }), newPod(now, { resourceVersion: "1" })];
    assert.deepEqual(
      faultsOf((errors) => validatePodUpdate(after, before, errors)),
      expected,
    );
  });

const gate = { schedulingGates: [{ name: "a" }] };
const term = (...values: string[]) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: values.map((value) => ({
        matchExpressions: [{ key: "zone", operator: "In", values: [value] }],
      })),
    },
  },
});
const terms = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
const gated: readonly [PodSpec, PodSpec, string | undefined][] = [
  [{}, { affinity: term("a") }, undefined],
  [{ affinity: term("a") }, { affinity: term("a") }, undefined],
  [
    { nodeSelector: { a: "b" } },
    { nodeSelector: { a: "c" } },
    'spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
  ],
  [
    { affinity: term("a") },
    { affinity: term("b") },
    `${terms}[0]: Invalid value: {"matchExpressions":[{"key":"zone","operator":"In","values":["b"]}]}: only additions are allowed (no mutations or deletions)`,
  ],
  [
    { affinity: term("a", "b") },
    {},
    `${terms}: Invalid value: []: no additions/deletions to non-empty NodeSelectorTerms list are allowed`,
  ],
];

for (const [old, now, expected] of gated)
  test(`update of a pod at its gates: ${expected ?? JSON.stringify(now)}`, () => {
    const [before, after] = [newPod({ ...gate, ...old }), newPod({ ...gate, ...now })];
    assert.deepEqual(
      faultsOf((errors) => validatePodUpdate(after, before, errors)),
      expected ? [expected] : [],
    );
  });

test("the mark of a mirror pod neither comes nor goes", () => {
  const mirror = newPod({ nodeName: "a" }, { annotations: { "kubernetes.io/config.mirror": "x" } });
  const plain = newPod({ nodeName: "a" });
  const path = "metadata.annotations[kubernetes.io/config.mirror]";
  assert.deepEqual(
    faultsOf((errors) => validatePodUpdate(plain, mirror, errors)),
    [`${path}: Forbidden: may not remove or update mirror pod annotation`],
  );
  assert.deepEqual(
    faultsOf((errors) => validatePodUpdate(mirror, plain, errors)),
    [`${path}: Forbidden: may not add mirror pod annotation`],
  );
});
