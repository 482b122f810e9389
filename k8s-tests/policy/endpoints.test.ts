import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EndpointSlice, Pod, Service } from "../../clients/sdk/index.ts";
import { sleeping } from "../support/pods.ts";
import { sharedCluster } from "../support/shared-cluster.ts";
import type { Space } from "../support/space.ts";

const labels = { app: "web" };
const gate = { readinessGates: [{ conditionType: "example.com/open" }] };

describe("endpoints of services", { concurrency: 6 }, () => {
  const cluster = sharedCluster(["--nodes", "2", "--load-balancer-pool", "192.0.2.200-192.0.2.210"]);
  const services = () => cluster.client.core.v1.services;
  const endpoints = () => cluster.client.core.v1.endpoints;
  const slices = () => cluster.client.discovery.v1.endpointslices;
  const pods = () => cluster.client.core.v1.pods;

  const service = (space: Space, spec: Service["spec"], metadata = {}) =>
    space.create(services(), {
      metadata: { name: "web", ...metadata },
      spec: { selector: labels, ports: [{ port: 80 }], ...spec },
    });

  async function pod(space: Space, name: string, spec = {}): Promise<Pod> {
    await space.create(pods(), { metadata: { name, labels }, spec: sleeping(spec) });
    return space.untilOne(
      `${name} runs`,
      pods(),
      name,
      (it) => it?.status?.podIP !== undefined && it.status.phase === "Running" && it,
    );
  }

  const open = (space: Space, name: string, status: string) =>
    pods().patch(
      name,
      { status: { conditions: [{ type: "example.com/open", status }] } },
      { namespace: space.namespace, subresource: "status" },
    );

  /** Waits until all slices of the service together say this of each address. */
  function untilEndpoints(space: Space, expected: Record<string, string>): Promise<EndpointSlice> {
    const told = (slice: EndpointSlice) =>
      (slice.endpoints ?? []).map(({ addresses, conditions = {} }) => [
        addresses?.[0],
        Object.entries(conditions)
          .filter(([, value]) => value)
          .map(([name]) => name)
          .join(" "),
      ]);
    return space.until(`endpoints are ${JSON.stringify(expected)}`, slices(), (all) => {
      const found: Record<string, string> = Object.fromEntries(all.flatMap(told));
      const isSame =
        Object.keys(found).length === Object.keys(expected).length &&
        Object.entries(expected).every(([ip, state]) => found[ip] === state);
      return isSame && all[0];
    });
  }

  test("slices and endpoints follow pods: ready, not ready, terminating, gone", async () => {
    const space = await cluster.space("follow");
    await service(space, { ports: [{ name: "http", port: 80, targetPort: 8080 }] });
    const { status: one } = await pod(space, "one", gate);
    const { status: two } = await pod(space, "two", { terminationGracePeriodSeconds: 600, containers: stubborn });
    const [first = "", second = ""] = [one?.podIP, two?.podIP];
    const slice = await untilEndpoints(space, { [first]: "", [second]: "ready serving" });
    assert.deepEqual(
      slice.ports?.map(({ name, port, protocol }) => [name, port, protocol]),
      [["http", 8080, "TCP"]],
    );
    assert.equal(slice.metadata?.labels?.["kubernetes.io/service-name"], "web");
    assert.equal(slice.metadata?.labels?.["endpointslice.kubernetes.io/managed-by"], "endpointslice-controller.k8s.io");
    assert.deepEqual(
      slice.metadata?.ownerReferences?.map(({ kind, name }) => `${kind}/${name}`),
      ["Service/web"],
    );
    assert.equal(slice.addressType, "IPv4");
    assert.deepEqual(slice.endpoints?.map(({ targetRef }) => targetRef?.name).sort(), ["one", "two"]);
    const [subset] = await space.untilOne("the old kind follows", endpoints(), "web", (it) => {
      const [only] = it?.subsets ?? [];
      return only?.addresses?.length === 1 && only.notReadyAddresses?.length === 1 && it?.subsets;
    });
    assert.equal(subset?.notReadyAddresses?.[0]?.ip, first);
    await open(space, "one", "True");
    await untilEndpoints(space, { [first]: "ready serving", [second]: "ready serving" });
    await space.delete(pods(), "two");
    await untilEndpoints(space, { [first]: "ready serving", [second]: "serving terminating" });
    await space.untilOne("the old kind leaves it out", endpoints(), "web", (it) => {
      const { addresses = [], notReadyAddresses = [] } = it?.subsets?.[0] ?? {};
      return addresses.length === 1 && notReadyAddresses.length === 0;
    });
    await pods().delete("two", { namespace: space.namespace, gracePeriodSeconds: 0 });
    await untilEndpoints(space, { [first]: "ready serving" });
    await space.delete(services(), "web");
    await space.until("slices go with the service", slices(), (all) => all.length === 0);
    await space.untilGone(endpoints(), "web");
  });

  const [sleeper] = sleeping().containers ?? [];
  const stubborn = [{ ...sleeper, command: ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"] }];

  test("a service may publish pods that are not ready, and a headless one names them", async () => {
    const space = await cluster.space("unready");
    await service(space, { clusterIP: "None", publishNotReadyAddresses: true });
    const { status } = await pod(space, "one", { ...gate, hostname: "first", subdomain: "web" });
    const slice = await untilEndpoints(space, { [status?.podIP ?? ""]: "ready" });
    assert.equal(slice.endpoints?.[0]?.hostname, "first");
    assert.equal(slice.metadata?.labels?.["service.kubernetes.io/headless"], "");
  });

  test("pods that differ in the number of a named port are in slices of their own", async () => {
    const space = await cluster.space("named");
    await service(space, { ports: [{ port: 80, targetPort: "http" }] });
    const withPort = (containerPort: number) => ({
      containers: [{ ...sleeper, ports: [{ name: "http", containerPort }] }],
    });
    await pod(space, "one", withPort(8001));
    await pod(space, "two", withPort(8002));
    await space.until("there is a slice for each", slices(), (all) => {
      const ports = all.flatMap((slice) => (slice.endpoints?.length === 1 ? [slice.ports?.[0]?.port] : []));
      return ports.length === 2 && ports.includes(8001) && ports.includes(8002);
    });
    await space.untilOne("so are subsets", endpoints(), "web", (it) => it?.subsets?.length === 2);
  });

  test("hints keep traffic in the zone, or on the node, where the service wants that", async () => {
    const space = await cluster.space("hints");
    const { nodes } = cluster.client.core.v1;
    await nodes.patch("node-1", { metadata: { labels: { "topology.kubernetes.io/zone": "east" } } });
    await service(space, { trafficDistribution: "PreferClose" });
    await pod(space, "one", { nodeName: "node-1" });
    await space.until("there is a hint for the zone", slices(), ([slice]) => {
      const [endpoint] = slice?.endpoints ?? [];
      return (
        endpoint?.zone === "east" && endpoint.nodeName === "node-1" && endpoint.hints?.forZones?.[0]?.name === "east"
      );
    });
    await space.patch(services(), "web", { spec: { trafficDistribution: "PreferSameNode" } });
    await space.until(
      "there is a hint for the node",
      slices(),
      ([slice]) => slice?.endpoints?.[0]?.hints?.forNodes?.[0]?.name === "node-1",
    );
  });

  test("endpoints that somebody writes by hand are mirrored to slices", async () => {
    const space = await cluster.space("mirror");
    await space.create(services(), { metadata: { name: "web" }, spec: { ports: [{ port: 80 }] } });
    const write = (ips: string[]) => ({
      metadata: { name: "web", labels: { mine: "yes" } },
      subsets: [
        { addresses: ips.map((ip) => ({ ip })), notReadyAddresses: [{ ip: "192.0.2.9" }], ports: [{ port: 9376 }] },
      ],
    });
    await space.create(endpoints(), write(["192.0.2.1"]));
    const slice = await untilEndpoints(space, { "192.0.2.1": "ready", "192.0.2.9": "" });
    const { labels: own = {}, ownerReferences } = slice.metadata ?? {};
    assert.equal(own["endpointslice.kubernetes.io/managed-by"], "endpointslicemirroring-controller.k8s.io");
    assert.deepEqual([own["kubernetes.io/service-name"], own["mine"]], ["web", "yes"]);
    assert.deepEqual(
      ownerReferences?.map(({ kind, name }) => `${kind}/${name}`),
      ["Endpoints/web"],
    );
    assert.equal(slice.ports?.[0]?.port, 9376);
    const now = await space.get(endpoints(), "web");
    await endpoints().update({ ...now, subsets: write(["192.0.2.1", "192.0.2.2"]).subsets ?? [] });
    await untilEndpoints(space, { "192.0.2.1": "ready", "192.0.2.2": "ready", "192.0.2.9": "" });
    await space.delete(endpoints(), "web");
    await space.until("the slice goes", slices(), (all) => all.length === 0);
  });

  test("load balancers get addresses of their own, give them back, and take the one that is asked for", async () => {
    const space = await cluster.space("balancers");
    const addressOf = (name: string) =>
      space.untilOne(`${name} has an address`, services(), name, (it) => it?.status?.loadBalancer?.ingress?.[0]?.ip);
    await service(space, { type: "LoadBalancer" });
    const first = await addressOf("web");
    await space.untilEvent({ of: "web", reason: "EnsuringLoadBalancer", message: "Ensuring load balancer" });
    await space.untilEvent({ of: "web", reason: "EnsuredLoadBalancer", message: "Ensured load balancer" });
    await service(space, { type: "LoadBalancer" }, { name: "second" });
    assert.notEqual(await addressOf("second"), first);
    await service(space, { type: "LoadBalancer", loadBalancerClass: "example.com/other" }, { name: "foreign" });
    await service(space, { type: "LoadBalancer", loadBalancerIP: first }, { name: "wishes" });
    await space.untilEvent({ of: "wishes", type: "Warning", reason: "SyncLoadBalancerFailed" });
    await space.patch(services(), "web", { spec: { type: "ClusterIP" } });
    await space.untilOne(
      "it gives its address back",
      services(),
      "web",
      (it) => it?.status?.loadBalancer?.ingress === undefined,
    );
    await space.patch(services(), "wishes", { metadata: { labels: { again: "yes" } } });
    assert.equal(await addressOf("wishes"), first);
    assert.equal((await space.get(services(), "foreign")).status?.loadBalancer?.ingress, undefined);
  });
});
