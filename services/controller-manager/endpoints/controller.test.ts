import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { EndpointSubset } from "../../../gen/typernetes/core/v1/endpoints.ts";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createEndpointsController } from "./controller.ts";
import { truncated } from "./subsets.ts";

const namespace = "default";
let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createEndpointsController]);
});
after(() => cluster.close());

function createService(name: string, spec: Service["spec"] = {}): Promise<Service> {
  return cluster.client.core.v1.services.create({
    metadata: { name, namespace, labels: { team: "blue" } },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: "http" }], ...spec },
  });
}

async function createPod(app: string, name: string, { ip = "10.1.0.1", ready = true, port = 8080 } = {}) {
  const { pods } = cluster.client.core.v1;
  const containers = [{ name: "c", image: "i", ports: [{ name: "http", containerPort: port }] }];
  const pod = await pods.create({
    metadata: { name, namespace, labels: { app } },
    spec: { nodeName: "node-1", containers },
  });
  const conditions = [{ type: "Ready", status: ready ? "True" : "False" }];
  return pods.updateStatus({ ...pod, status: { phase: "Running", podIP: ip, podIPs: [{ ip }], conditions } });
}

function subsetsBecome(name: string, check: (subsets: EndpointSubset[]) => unknown): Promise<void> {
  const { endpoints } = cluster.client.core.v1;
  return eventuallyHolds(async () => check((await endpoints.get(name, { namespace })).subsets ?? []));
}

const ipsOf = (addresses: EndpointSubset["addresses"]) => addresses?.map(({ ip }) => ip);

test("ready and unready pods stand in the subset of their ports", async () => {
  await createService("web");
  const pod = await createPod("web", "web-1");
  await createPod("web", "web-2", { ip: "10.1.0.2", ready: false });
  const targetRef = { kind: "Pod", namespace, name: "web-1", uid: pod.metadata?.uid };
  await subsetsBecome("web", ([subset, ...others]) => {
    assert.deepEqual(subset?.addresses, [{ ip: "10.1.0.1", nodeName: "node-1", targetRef }]);
    assert.deepEqual(ipsOf(subset?.notReadyAddresses), ["10.1.0.2"]);
    assert.deepEqual(subset?.ports, [{ port: 8080, protocol: "TCP" }]);
    assert.equal(others.length, 0);
  });
  const { metadata } = await cluster.client.core.v1.endpoints.get("web", { namespace });
  assert.deepEqual(metadata?.labels, { team: "blue", "endpoints.kubernetes.io/managed-by": "endpoint-controller" });
});

test("pods with other numbers for a port have a subset of their own, and those that go leave", async () => {
  await createService("two");
  await createPod("two", "two-1", { ip: "10.2.0.1" });
  await createPod("two", "two-2", { ip: "10.2.0.2", port: 9090 });
  await subsetsBecome("two", (subsets) => assert.equal(subsets.length, 2));
  await cluster.client.core.v1.pods.delete("two-2", { namespace, gracePeriodSeconds: 30 });
  await subsetsBecome("two", (subsets) =>
    assert.deepEqual(
      subsets.map(({ addresses }) => ipsOf(addresses)),
      [["10.2.0.1"]],
    ),
  );
});

test("unready pods are published where the service says so", async () => {
  await createService("eager", { publishNotReadyAddresses: true, clusterIP: "None" });
  await createPod("eager", "eager-1", { ready: false });
  await subsetsBecome("eager", ([subset]) => assert.deepEqual(ipsOf(subset?.addresses), ["10.1.0.1"]));
  const { metadata } = await cluster.client.core.v1.endpoints.get("eager", { namespace });
  assert.equal(metadata?.labels?.["service.kubernetes.io/headless"], "");
});

test("endpoints come back when deleted, and go with their service; those without a selector are left alone", async () => {
  const { endpoints, services } = cluster.client.core.v1;
  await createService("gone");
  await subsetsBecome("gone", () => {});
  await endpoints.delete("gone", { namespace });
  await subsetsBecome("gone", () => {});
  await cluster.settle();
  await services.delete("gone", { namespace });
  await eventuallyHolds(() => assert.rejects(endpoints.get("gone", { namespace }), { reason: "NotFound" }));
  await createService("manual", { selector: {} });
  await cluster.settle();
  await assert.rejects(endpoints.get("manual", { namespace }), { reason: "NotFound" });
});

test("a thousand addresses are kept, ready ones first", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ ip: `10.0.${index >> 8}.${index & 255}` }));
  const ports = [{ port: 1 }];
  const small = [{ addresses: many(3), ports }];
  assert.deepEqual(truncated(small), { subsets: small, overCapacity: false });
  const { subsets, overCapacity } = truncated([
    { addresses: many(600), notReadyAddresses: many(300), ports },
    { addresses: many(300), ports: [{ port: 2 }] },
  ]);
  assert.ok(overCapacity);
  assert.deepEqual(
    subsets.map((it) => [it.addresses?.length, it.notReadyAddresses?.length]),
    [
      [600, 100],
      [300, undefined],
    ],
  );
});
