import assert from "node:assert/strict";
import { test } from "node:test";
import { eventuallyHolds, startTestCluster } from "../testing/test-cluster.ts";
import { createEndpointSliceMirroringController } from "./controller.ts";

const namespace = "default";

test("Endpoints of a service without a selector are mirrored, by family and ports, and go with it", async (t) => {
  const cluster = await startTestCluster([createEndpointSliceMirroringController]);
  t.after(() => cluster.close());
  const { core, discovery } = cluster.client;
  const slices = async () =>
    (await discovery.v1.endpointslices.list({ namespace, labelSelector: "kubernetes.io/service-name=ext" })).items;
  const become = (...expected: [string, string[]][]) =>
    eventuallyHolds(async () => {
      const found = (await slices()).map(({ addressType, endpoints = [] }) => [
        addressType,
        endpoints.map(({ addresses, conditions }) => `${addresses?.[0]} ${conditions?.ready}`),
      ]);
      assert.deepEqual(found.sort(), expected);
    });
  await core.v1.services.create({ metadata: { name: "ext", namespace }, spec: { ports: [{ port: 80 }] } });
  const ports = [{ port: 80, protocol: "TCP" }];
  const made = await core.v1.endpoints.create({
    metadata: { name: "ext", namespace, labels: { team: "blue" }, annotations: { note: "own" } },
    subsets: [{ addresses: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }], notReadyAddresses: [{ ip: "10.0.0.2" }], ports }],
  });
  await become(["IPv4", ["10.0.0.1 true", "10.0.0.2 false"]], ["IPv6", ["fd00::1 true"]]);
  const [slice] = await slices();
  assert.deepEqual(slice?.metadata?.labels, {
    team: "blue",
    "kubernetes.io/service-name": "ext",
    "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
  });
  assert.deepEqual(slice?.metadata?.annotations, { note: "own" });
  assert.equal(slice?.metadata?.ownerReferences?.[0]?.kind, "Endpoints");
  await core.v1.endpoints.update({ ...made, subsets: [{ addresses: [{ ip: "10.0.0.3" }], ports }] });
  await become(["IPv4", ["10.0.0.3 true"]]);
  await cluster.settle();
  const skip = { "endpointslice.kubernetes.io/skip-mirror": "true" };
  await core.v1.endpoints.patch("ext", { metadata: { labels: skip } }, { namespace });
  await become();
});
