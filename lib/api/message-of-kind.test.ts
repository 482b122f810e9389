import assert from "node:assert/strict";
import { test } from "node:test";
import { messageNamed, messageOfKind } from "./message-of-kind.ts";

const kinds: [string, string, string | undefined][] = [
  ["v1", "Pod", "core.v1.Pod"],
  ["v1", "PodList", "core.v1.PodList"],
  ["apps/v1", "Deployment", "apps.v1.Deployment"],
  ["networking.k8s.io/v1", "Ingress", "networking.v1.Ingress"],
  ["flowcontrol.apiserver.k8s.io/v1", "FlowSchema", "flowcontrol.v1.FlowSchema"],
  ["admission.k8s.io/v1", "AdmissionReview", "admission.v1.AdmissionReview"],
  ["custom.metrics.k8s.io/v1beta2", "MetricValueList", "custommetrics.v1beta2.MetricValueList"],
  ["meta.k8s.io/v1", "Table", "meta.v1.Table"],
  ["v1", "Status", "meta.v1.Status"],
  ["v1", "List", "meta.v1.List"],
  ["apps/v1", "DeleteOptions", "meta.v1.DeleteOptions"],
  ["policy/v1", "Eviction", "policy.v1.Eviction"],
  ["apps/v1", "Pod", undefined],
  ["apps/v1", "Table", undefined],
  ["apps.example.com/v1", "Deployment", undefined],
  ["v1", "Container", undefined],
  ["v1", "ObjectReference", undefined],
  ["v2", "Pod", undefined],
  ["a/b/c", "Pod", undefined],
  ["v1", "constructor", undefined],
];

for (const [apiVersion, kind, message] of kinds) {
  test(`${kind} of ${apiVersion} is ${message ?? "nothing"}`, () =>
    assert.equal(messageOfKind(apiVersion, kind), message));
}

test("what does not name itself is found by the names that others give it", () => {
  assert.equal(messageNamed("core", "v1", "WatchEvent"), "meta.v1.WatchEvent");
  assert.equal(messageNamed("", "v1", "Container"), "core.v1.Container");
  assert.equal(messageNamed("example.com", "v1", "Widget"), undefined);
});
