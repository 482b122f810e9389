import assert from "node:assert/strict";
import { test } from "node:test";
import { withHeldStructs } from "./held-structs.ts";

const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { clusterIP: "None" } };

test("structs that are held by value are there, at every depth", () => {
  const container = { name: "main", image: "sample" };
  const template = { spec: { containers: [container] } };
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: {}, spec: { template } };
  assert.deepEqual(withHeldStructs(deployment), {
    ...deployment,
    spec: { strategy: {}, template: { metadata: {}, spec: { containers: [{ ...container, resources: {} }] } } },
    status: {},
  });
  assert.deepEqual(Reflect.get(withHeldStructs(service), "status"), { loadBalancer: {} });
});

test("fields that are always written have their zero in an empty struct", () => {
  const node = withHeldStructs({ apiVersion: "v1", kind: "Node", metadata: {} });
  assert.deepEqual(Reflect.get(node, "status").daemonEndpoints, { kubeletEndpoint: { Port: 0 } });
});

test("the object itself is not changed, and is answered as it is when it lacks nothing", () => {
  const before = structuredClone(service);
  const filled = withHeldStructs(service);
  assert.deepEqual(service, before);
  assert.equal(withHeldStructs(filled), filled);
});

test("what is behind a pointer, and what the contracts do not know, stays absent", () => {
  const pod = withHeldStructs({ apiVersion: "v1", kind: "Pod", metadata: {}, spec: { containers: [] }, status: {} });
  assert.deepEqual(pod.spec, { containers: [] });
  const custom = { apiVersion: "example.com/v1", kind: "Widget", spec: {} };
  assert.equal(withHeldStructs(custom), custom);
  const list = { apiVersion: "v1", kind: "ServiceList", metadata: {}, items: [service] };
  assert.deepEqual(Reflect.get(withHeldStructs(list).items[0] ?? {}, "status"), { loadBalancer: {} });
});
