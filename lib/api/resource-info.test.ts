import assert from "node:assert/strict";
import { test } from "node:test";
import {
  codecOf,
  compareVersions,
  findResource,
  parseStorageKey,
  preferredVersion,
  resourceByKind,
  resourceByMessage,
  resourceByPlural,
  resourceInfos,
  resourcesOfCategory,
  storageKey,
} from "./resource-info.ts";

const names: [string, string | undefined][] = [
  ["po", "core.v1.Pod"],
  ["pods", "core.v1.Pod"],
  ["Pod", "core.v1.Pod"],
  ["pod", "core.v1.Pod"],
  ["deploy", "apps.v1.Deployment"],
  ["deployments.apps", "apps.v1.Deployment"],
  ["deployments.v1.apps", "apps.v1.Deployment"],
  ["deploy.app", "apps.v1.Deployment"],
  ["events", "core.v1.Event"],
  ["ev", "core.v1.Event"],
  ["events.events.k8s.io", "events.v1.Event"],
  ["nodes", "core.v1.Node"],
  ["pods.metrics.k8s.io", "metrics.v1beta1.PodMetrics"],
  ["hpa", "autoscaling.v2.HorizontalPodAutoscaler"],
  ["hpa.v1.autoscaling", "autoscaling.v1.HorizontalPodAutoscaler"],
  ["pods.v1.", "core.v1.Pod"],
  ["ing", "networking.v1.Ingress"],
  ["nosuch", undefined],
  ["deploy.batch", undefined],
  ["", undefined],
];
for (const [name, message] of names)
  test(`${name || "nothing"} means ${message ?? "no kind"}`, () => assert.equal(findResource(name)?.message, message));

test("kinds are found by plural, by kind and by message", () => {
  const info = resourceByPlural("apps", "v1", "deployments");
  assert.equal(info, resourceByKind("apps/v1", "Deployment"));
  assert.equal(info, resourceByMessage("apps.v1.Deployment"));
  assert.equal(resourceByKind("v1", "Pod"), resourceByPlural("", "v1", "pods"));
  assert.equal(resourceByKind("v2", "Pod"), undefined);
  assert.throws(() => resourceByMessage("core.v1.Nothing"), RangeError);
});

test("every kind has its codecs and an own place in the store", () => {
  const prefixes = new Set(resourceInfos.map((info) => `${info.version} ${info.storagePrefix}`));
  assert.equal(prefixes.size, resourceInfos.length);
  for (const info of resourceInfos) {
    const bytes = codecOf(info)
      .encode({ kind: info.kind, metadata: { name: "a" } })
      .finish();
    assert.deepEqual(info.codec.decode(bytes), { metadata: { name: "a" }, kind: info.kind });
    if (info.verbs.includes("list")) assert.ok(info.listCodec, info.message);
  }
});

test("stable versions come before others", () => {
  const versions = ["v1alpha1", "v2", "v1", "v1beta1", "x", "v10", "v2beta2"];
  assert.deepEqual(versions.sort(compareVersions), ["v10", "v2", "v1", "v2beta2", "v1beta1", "v1alpha1", "x"]);
  assert.equal(preferredVersion("autoscaling"), "v2");
  assert.equal(preferredVersion(""), "v1");
  assert.equal(preferredVersion("nosuch"), undefined);
});

test("storage keys are made and taken apart", () => {
  const pods = resourceByMessage("core.v1.Pod");
  const key = storageKey(pods, "default", "web");
  assert.equal(key, "/registry/core/pods/default/web");
  assert.deepEqual(parseStorageKey(key), { group: "", plural: "pods", namespace: "default", name: "web" });
  assert.deepEqual(parseStorageKey(storageKey(resourceByMessage("rbac.v1.ClusterRole"), undefined, "system:x")), {
    group: "rbac.authorization.k8s.io",
    plural: "clusterroles",
    namespace: undefined,
    name: "system:x",
  });
  for (const other of ["", "/registry/core", "/registry/core/pods/", "/other/core/pods/a", "/registry/core/pods/a/b/c"])
    assert.equal(parseStorageKey(other), undefined, other);
});

test("the category all has what users run", () => {
  const kinds = resourcesOfCategory("all").map((info) => info.kind);
  for (const kind of ["Pod", "Service", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob"])
    assert.ok(kinds.includes(kind), kind);
});
