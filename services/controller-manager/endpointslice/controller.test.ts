import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { Endpoint, EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createEndpointSliceController } from "./controller.ts";

const namespace = "default";
let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createEndpointSliceController]);
});
after(() => cluster.close());

function createService(name: string, spec: Service["spec"] = {}): Promise<Service> {
  return cluster.client.core.v1.services.create({
    metadata: { name, namespace, labels: { team: "blue" } },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: "http" }], ...spec },
  });
}

interface PodShape {
  ip?: string;
  ready?: boolean;
  phase?: string;
  port?: number;
  spec?: Pod["spec"];
}

async function createPod(app: string, name: string, shape: PodShape = {}): Promise<void> {
  const { ip = "10.1.0.1", ready = true, phase = "Running", port = 8080, spec } = shape;
  const { pods } = cluster.client.core.v1;
  const pod = await pods.create({
    metadata: { name, namespace, labels: { app } },
    spec: {
      nodeName: "node-1",
      containers: [{ name: "c", image: "i", ports: [{ name: "http", containerPort: port }] }],
      ...spec,
    },
  });
  const conditions = [{ type: "Ready", status: ready ? "True" : "False" }];
  await pods.updateStatus({ ...pod, status: { phase, podIP: ip, conditions } });
}

async function slicesOf(service: string): Promise<readonly EndpointSlice[]> {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  return (await cluster.client.discovery.v1.endpointslices.list({ namespace, labelSelector })).items;
}

function endpointsBecome(service: string, check: (endpoints: Endpoint[]) => unknown): Promise<void> {
  return eventuallyHolds(async () => check((await slicesOf(service)).flatMap((slice) => slice.endpoints ?? [])));
}

function addresses(endpoints: readonly Endpoint[]): string[] {
  return endpoints.flatMap((endpoint) => endpoint.addresses ?? []).sort();
}

test("a slice follows the pods that the service selects", async () => {
  const service = await createService("web");
  await createPod("web", "web-1", { ip: "10.1.0.1" });
  await createPod("web", "web-2", { ip: "10.1.0.2", ready: false });
  await createPod("other", "other-1", { ip: "10.1.0.3" });
  await endpointsBecome("web", (endpoints) => {
    assert.deepEqual(addresses(endpoints), ["10.1.0.1", "10.1.0.2"]);
    const ready = endpoints.map(({ targetRef, conditions }) => [targetRef?.name, conditions?.ready]).sort();
    assert.deepEqual(ready, [
      ["web-1", true],
      ["web-2", false],
    ]);
  });
  const [slice] = await slicesOf("web");
  assert.match(slice?.metadata?.name ?? "", /^web-/);
  assert.equal(slice?.addressType, "IPv4");
  assert.deepEqual(slice?.ports, [{ name: "", protocol: "TCP", port: 8080 }]);
  assert.equal(slice?.metadata?.ownerReferences?.[0]?.uid, service.metadata?.uid);
  assert.deepEqual(slice?.metadata?.labels, {
    team: "blue",
    "kubernetes.io/service-name": "web",
    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
  });
  assert.equal(slice?.endpoints?.[0]?.nodeName, "node-1");
});

test("a pod that ends still serves, but is not ready", async () => {
  await createService("drain");
  await createPod("drain", "drain-1");
  await endpointsBecome("drain", ([endpoint]) => assert.equal(endpoint?.conditions?.ready, true));
  await cluster.client.core.v1.pods.delete("drain-1", { namespace, gracePeriodSeconds: 30 });
  await endpointsBecome("drain", ([endpoint]) =>
    assert.deepEqual(endpoint?.conditions, { ready: false, serving: true, terminating: true }),
  );
  await cluster.client.core.v1.pods.delete("drain-1", { namespace, gracePeriodSeconds: 0 });
  await endpointsBecome("drain", (endpoints) => assert.equal(endpoints.length, 0));
  // A slice without ports takes the place of that which had endpoints: either may be written first.
  await eventuallyHolds(async () => assert.equal((await slicesOf("drain")).length, 1));
});

test("a service that takes the name of another has slices of its own", async () => {
  const former = await createService("again");
  await createPod("again", "again-1", { ip: "10.4.0.1" });
  await endpointsBecome("again", (endpoints) => assert.equal(endpoints.length, 1));
  await cluster.client.core.v1.services.delete("again", { namespace });
  const { metadata } = await createService("again");
  assert.notEqual(metadata?.uid, former.metadata?.uid);
  await eventuallyHolds(async () => {
    const slices = await slicesOf("again");
    assert.deepEqual(
      slices.map((slice) => slice.metadata?.ownerReferences?.[0]?.uid),
      [metadata?.uid],
    );
    assert.deepEqual(addresses(slices.flatMap((slice) => slice.endpoints ?? [])), ["10.4.0.1"]);
  });
});

test("pods whose labels change come and go, and those that have ended are left out", async () => {
  await createService("moving");
  await createPod("elsewhere", "mover", { ip: "10.2.0.1" });
  await createPod("moving", "done", { ip: "10.2.0.2", phase: "Succeeded" });
  await cluster.client.core.v1.pods.patch("mover", { metadata: { labels: { app: "moving" } } }, { namespace });
  await endpointsBecome("moving", (endpoints) => assert.deepEqual(addresses(endpoints), ["10.2.0.1"]));
  await cluster.client.core.v1.pods.patch("mover", { metadata: { labels: { app: "gone" } } }, { namespace });
  await endpointsBecome("moving", (endpoints) => assert.equal(endpoints.length, 0));
});

test("pods with other numbers for a named port have slices of their own", async () => {
  await createService("mixed");
  await createPod("mixed", "mixed-1", { ip: "10.3.0.1", port: 8080 });
  await createPod("mixed", "mixed-2", { ip: "10.3.0.2", port: 9090 });
  await eventuallyHolds(async () => {
    const ports = (await slicesOf("mixed")).map((slice) => slice.ports?.[0]?.port).sort();
    assert.deepEqual(ports, [8080, 9090]);
  });
});

test("a headless service names its pods and publishes those that are not ready when it says so", async () => {
  await createService("db", { clusterIP: "None", publishNotReadyAddresses: true });
  await createPod("db", "db-0", { ready: false, spec: podSpec({ hostname: "db-0", subdomain: "db" }) });
  await endpointsBecome("db", ([endpoint]) => {
    assert.deepEqual([endpoint?.hostname, endpoint?.conditions?.ready], ["db-0", true]);
  });
  const [slice] = await slicesOf("db");
  assert.equal(slice?.metadata?.labels?.["service.kubernetes.io/headless"], "");
});

function podSpec(spec: Pod["spec"]): Pod["spec"] {
  const ports = [{ name: "http", containerPort: 8080 }];
  return { nodeName: "node-1", containers: [{ name: "c", image: "i", ports }], ...spec };
}

test("endpoints carry the zone of their node", async () => {
  const labels = { "topology.kubernetes.io/zone": "east" };
  await cluster.client.core.v1.nodes.create({ metadata: { name: "node-east", labels } });
  await createService("zoned");
  await cluster.settle();
  await createPod("zoned", "zoned-1", { spec: podSpec({ nodeName: "node-east" }) });
  await endpointsBecome("zoned", ([endpoint]) => assert.equal(endpoint?.zone, "east"));
});

test("a service that prefers what is close gives its ready endpoints the zone as a hint", async () => {
  const labels = { "topology.kubernetes.io/zone": "west" };
  await cluster.client.core.v1.nodes.create({ metadata: { name: "node-west", labels } });
  await cluster.settle();
  await createService("close", { trafficDistribution: "PreferClose" });
  await createPod("close", "close-1", { spec: podSpec({ nodeName: "node-west" }) });
  await createPod("close", "close-2", { ready: false, spec: podSpec({ nodeName: "node-west" }) });
  await endpointsBecome("close", (endpoints) => {
    const hints = endpoints.map(({ targetRef, hints: own }) => [targetRef?.name, own]).sort();
    assert.deepEqual(hints, [
      ["close-1", { forZones: [{ name: "west" }] }],
      ["close-2", undefined],
    ]);
  });
});

test("a service that is aware of topology has its endpoints divided by what its zones can do, and says so", async () => {
  const { nodes, services, events } = cluster.client.core.v1;
  const resize = async (zone: string, cpu: string) => {
    const node = await nodes.get(`node-${zone}`);
    await nodes.updateStatus({
      ...node,
      status: { allocatable: { cpu }, conditions: [{ type: "Ready", status: "True" }] },
    });
  };
  for (const zone of ["north", "south"]) {
    await nodes.create({ metadata: { name: `node-${zone}`, labels: { "topology.kubernetes.io/zone": zone } } });
    await resize(zone, "2");
  }
  const created = await createService("aware");
  const annotate = (mode: string | null) =>
    services.patch(
      "aware",
      { metadata: { annotations: { "service.kubernetes.io/topology-mode": mode } } },
      { namespace },
    );
  await annotate("Auto");
  for (const [index, zone] of ["north", "north", "north", "south"].entries())
    await createPod("aware", `aware-${index}`, {
      ip: `10.1.7.${index + 1}`,
      spec: podSpec({ nodeName: `node-${zone}` }),
    });
  const dividedAs = (zones: string[]) =>
    endpointsBecome("aware", (endpoints) =>
      assert.deepEqual(endpoints.flatMap(({ hints }) => hints?.forZones?.map(({ name }) => name) ?? []).sort(), zones),
    );
  await dividedAs(["north", "north", "south", "south"]);
  await resize("north", "6");
  await dividedAs(["north", "north", "north", "south"]);
  await annotate(null);
  await dividedAs([]);
  await eventuallyHolds(async () => {
    const { items } = await events.list({ namespace, fieldSelector: `involvedObject.uid=${created.metadata?.uid}` });
    const told = new Set(items.map(({ reason, message }) => `${reason}: ${message}`));
    assert.ok(told.has("TopologyAwareHintsEnabled: Topology Aware Hints has been enabled, addressType: IPv4"));
    assert.ok(told.has("TopologyAwareHintsDisabled: Topology Aware Hints has been disabled, addressType: IPv4"));
  });
});

test("slices of services without a selector are left alone, and changed ones are put right", async () => {
  await createService("repair");
  await createPod("repair", "repair-1", { ip: "10.4.0.1" });
  await endpointsBecome("repair", (endpoints) => assert.equal(endpoints.length, 1));
  const { endpointslices } = cluster.client.discovery.v1;
  const [slice] = await slicesOf("repair");
  await endpointslices.update({ ...slice, endpoints: [] });
  await endpointsBecome("repair", (endpoints) => assert.deepEqual(addresses(endpoints), ["10.4.0.1"]));
  await endpointslices.delete(slice?.metadata?.name ?? "", { namespace });
  await endpointsBecome("repair", (endpoints) => assert.deepEqual(addresses(endpoints), ["10.4.0.1"]));
  await cluster.client.core.v1.services.create({
    metadata: { name: "manual", namespace },
    spec: { ports: [{ port: 1 }] },
  });
  await cluster.settle();
  assert.equal((await slicesOf("manual")).length, 0);
});

test("a service's new labels reach its slices", async () => {
  await createService("relabel");
  await endpointsBecome("relabel", () => {});
  await eventuallyHolds(async () => assert.equal((await slicesOf("relabel")).length, 1));
  await cluster.client.core.v1.services.patch("relabel", { metadata: { labels: { team: "red" } } }, { namespace });
  await eventuallyHolds(async () => assert.equal((await slicesOf("relabel"))[0]?.metadata?.labels?.["team"], "red"));
});

test("250 pods fill three slices, without duplicates", async () => {
  await createService("large");
  await Promise.all(
    Array.from({ length: 250 }, (_, index) =>
      createPod("large", `large-${index}`, { ip: `10.9.${index >> 7}.${index & 127}` }),
    ),
  );
  await endpointsBecome("large", (endpoints) => assert.equal(endpoints.length, 250));
  await cluster.settle();
  const slices = await slicesOf("large");
  const uids = slices.flatMap((slice) => slice.endpoints ?? []).map((endpoint) => endpoint.targetRef?.uid);
  assert.equal(new Set(uids).size, 250);
  assert.equal(uids.length, 250);
  assert.ok(slices.length <= 4, `${slices.length} slices`);
});

test("services at rest write nothing", () => cluster.settle());
