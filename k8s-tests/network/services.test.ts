import assert from "node:assert/strict";
import { Resolver } from "node:dns/promises";
import { describe, test } from "node:test";
import type { Service } from "../../clients/sdk/index.ts";
import { without } from "../support/pod-runtimes.ts";
import { sharedCluster } from "../support/shared-cluster.ts";
import type { Space } from "../support/space.ts";
import { type Agent, impatient, runAgents, visitFromMachine } from "./agent.ts";
import { agentPort } from "./agent-program.ts";
import { until } from "./until.ts";

type ServiceSpec = NonNullable<Service["spec"]>;

const zoneLabel = "topology.kubernetes.io/zone";
const refused = "ConnectionRefusedError";
const onNode = (number: number) => ({ spec: { nodeName: `node-${number}` } });

describe("services", { skip: without("process"), concurrency: 4 }, () => {
  let space: Space;
  /** `one` and `two` serve, each on its node; `near` and `far` ask from there. */
  let agents: Record<string, Agent>;
  let nodeIps: string[];
  let names: Resolver;

  const flags = ["--nodes", "2", "--load-balancer-pool", "203.0.113.1-203.0.113.20"];
  const cluster = sharedCluster(flags, prepare);
  const services = () => cluster.client.core.v1.services;
  const agent = (name: string): Agent => {
    const found = agents[name];
    assert.ok(found, name);
    return found;
  };

  async function prepare(): Promise<void> {
    space = await cluster.space("services");
    const { nodes } = cluster.client.core.v1;
    for (const [index, zone] of ["a", "b"].entries())
      await nodes.patch(`node-${index + 1}`, { metadata: { labels: { [zoneLabel]: zone } } });
    const serving = { labels: { app: "web" } };
    agents = await runAgents(space, {
      one: { ...serving, ...onNode(1) },
      two: { ...serving, ...onNode(2) },
      near: onNode(1),
      far: onNode(2),
    });
    const { items } = await nodes.list();
    nodeIps = items.map(({ status }) => status?.addresses?.[0]?.address ?? "");
    names = new Resolver({ timeout: 5000, tries: 6 });
    const dns = await services().get("kube-dns", { namespace: "kube-system" });
    names.setServers([dns.spec?.clusterIP ?? ""]);
  }

  /** A service of the pods `app=web`. */
  async function serve(name: string, spec: ServiceSpec = {}): Promise<Service> {
    const ports = [{ name: "http", port: 80, targetPort: "http" }];
    return space.create(services(), { metadata: { name }, spec: { selector: { app: "web" }, ports, ...spec } });
  }

  const addressOf = ({ spec }: Service) => spec?.clusterIP ?? "";
  const nodePortOf = ({ spec }: Service, index = 0) => spec?.ports?.[index]?.nodePort ?? 0;
  const balancerOf = (name: string) =>
    space.untilOne("an address", services(), name, (it) => it?.status?.loadBalancer?.ingress?.[0]?.ip);

  test("a cluster address leads to all endpoints, from every node, from the machine, and from an endpoint to itself", async () => {
    const ip = addressOf(await serve("plain"));
    for (const name of ["near", "far", "one"])
      await until("one,two", () => agent(name).spread(ip), `${name} reaches all`);
    await until(
      "one",
      async () => (await visitFromMachine(ip, 80)).name?.replace("two", "one"),
      "the machine reaches one",
    );
    assert.equal((await agent("near").visit(ip)).client, agent("near").ip, "the client's address is kept");
  });

  test("a service without endpoints refuses, and serves as soon as there are some", async () => {
    const created = await serve("empty", { selector: { app: "nobody" } });
    await until(refused, () => agent("near").connect(addressOf(created)));
    await space.patch(services(), "empty", { spec: { selector: { app: "web" } } });
    await until("one,two", () => agent("near").spread(addressOf(created)));
  });

  test("a node port answers on every node, from outside and inside", async () => {
    const port = nodePortOf(await serve("node-port", { type: "NodePort" }));
    for (const ip of nodeIps) {
      await until("one,two", () => agent("far").spread(ip, port), `${ip} from inside`);
      await until(true, async () => (await visitFromMachine(ip, port)).name !== undefined, `${ip} from outside`);
    }
  });

  test("a load balancer's address and external addresses lead to the endpoints", async () => {
    await serve("balanced", { type: "LoadBalancer", externalIPs: ["198.51.100.7"] });
    for (const ip of [await balancerOf("balanced"), "198.51.100.7"])
      await until("one,two", () => agent("near").spread(ip), ip);
  });

  test("headless services have their pods' addresses, and external names the name of another", async () => {
    await serve("headless", { clusterIP: "None" });
    await serve("elsewhere", { type: "ExternalName", externalName: "web.example.com" });
    const domain = `${space.namespace}.svc.cluster.local`;
    const ips = [agent("one").ip, agent("two").ip].sort();
    await until(ips, async () => (await names.resolve4(`headless.${domain}`)).sort());
    await until(ips.join(), () => agent("near").resolve("headless"));
    await until(["web.example.com"], () => names.resolveCname(`elsewhere.${domain}`));
    const ports = (await names.resolveSrv(`_http._tcp.headless.${domain}`)).map(({ port }) => port);
    assert.deepEqual(ports, [agentPort, agentPort]);
    const pod = agent("one").ip.replaceAll(".", "-");
    assert.deepEqual(await names.resolve4(`${pod}.${space.namespace}.pod.cluster.local`), [agent("one").ip]);
  });

  test("a client keeps its endpoint for as long as its affinity lasts", async () => {
    const sticky = { sessionAffinity: "ClientIP" };
    const ip = addressOf(await serve("sticky", sticky));
    await until(true, async () => ["one", "two"].includes(await agent("near").connect(ip)));
    const kept = await agent("near").connect(ip);
    assert.equal(await agent("near").spread(ip), kept);
    const timeoutSeconds = 1;
    await space.patch(services(), "sticky", { spec: { sessionAffinityConfig: { clientIP: { timeoutSeconds } } } });
    const seen = new Set<string>();
    await until(2, async () => {
      seen.add(await agent("near").connect(ip));
      await new Promise((resolve) => setTimeout(resolve, timeoutSeconds * 1500));
      return seen.size;
    });
  });

  test("with the internal policy Local, clients reach the endpoints of their node alone", async () => {
    const selector = { name: "two" };
    const ip = addressOf(await serve("inside", { internalTrafficPolicy: "Local", selector }));
    await until("two", () => agent("far").spread(ip));
    await until(refused, () => agent("near").connect(ip));
    await space.patch(services(), "inside", { spec: { internalTrafficPolicy: "Cluster" } });
    await until("two", () => agent("near").spread(ip));
  });

  test("with the external policy Local, clients from outside reach the endpoints of the node they ask, and are seen", async () => {
    const spec = { type: "LoadBalancer", externalTrafficPolicy: "Local", selector: { name: "two" } };
    const created = await serve("outside", spec);
    const port = nodePortOf(created);
    const [first = "", second = ""] = nodeIps;
    await until("two", async () => (await visitFromMachine(second, port)).name);
    assert.match((await visitFromMachine(second, port)).client ?? "", /\.2\.1$/, "the machine's own address");
    assert.match((await visitFromMachine(first, port)).error ?? "", /ECONNREFUSED/);
    await until("two", () => agent("near").spread(first, port), "a pod by the port of its node, which has no endpoint");
    await until(refused, () => agent("far").connect(first, port), "a pod by the port of another node without endpoint");
    await until("two", () => agent("near").spread(second, port), "a pod by the port of another node with one");
    const balancer = await balancerOf("outside");
    for (const name of ["near", "far"]) await until("two", () => agent(name).spread(balancer), name);
    await space.patch(services(), "outside", { spec: { externalTrafficPolicy: "Cluster" } });
    await until("two", async () => (await visitFromMachine(first, port)).name);
  });

  test("a health check port tells of each node whether it has endpoints", async () => {
    const spec = { type: "LoadBalancer", externalTrafficPolicy: "Local", selector: { name: "two" } };
    const port = (await serve("checked", spec)).spec?.healthCheckNodePort ?? 0;
    const status = async (ip: string) => {
      try {
        return (await fetch(`http://${ip}:${port}/healthz`, { signal: AbortSignal.timeout(5000) })).status;
      } catch (error) {
        return String(error instanceof Error ? error.cause : error);
      }
    };
    await until([503, 200], () => Promise.all(nodeIps.map(status)));
    await space.patch(services(), "checked", { spec: { selector: { name: "one" } } });
    await until([200, 503], () => Promise.all(nodeIps.map(status)));
    await space.delete(services(), "checked");
    await until(true, async () => /ECONNREFUSED/.test(String(await status(nodeIps[0] ?? ""))));
  });

  test("types and ports change in place", async () => {
    const created = await serve("changing");
    const ip = addressOf(created);
    const change = (spec: ServiceSpec) => space.patch(services(), "changing", { spec });
    const nodePort = nodePortOf(await change({ type: "NodePort" }));
    const [node = ""] = nodeIps;
    await until("one,two", () => agent("near").spread(node, nodePort));
    assert.equal(nodePortOf(await change({ type: "LoadBalancer" })), nodePort);
    const balancer = await balancerOf("changing");
    await until("one,two", () => agent("near").spread(balancer));
    await change({ type: "ClusterIP" });
    await until(refused, () => agent("near").connect(node, nodePort));
    await space.untilOne("it has none", services(), "changing", (it) => !it?.status?.loadBalancer?.ingress?.length);
    // A patch merges ports by their number.
    const ports = [{ $patch: "replace" }, { name: "http", port: 81, targetPort: agentPort }];
    await space.patch(services(), "changing", { spec: { ports } });
    await until("one,two", () => agent("near").spread(ip, 81));
    await until(false, async () => ["one", "two"].includes(await agent("near").connect(ip, 80, impatient)));
    await change({ type: "ExternalName", externalName: "example.com" });
    await until(false, async () => ["one", "two"].includes(await agent("near").connect(ip, 81, impatient)));
    const again = await space.patch(services(), "changing", { spec: { type: "ClusterIP", externalName: null } });
    await until("one,two", () => agent("near").spread(addressOf(again), 81));
  });

  test("packets of a client that has sent before go to another endpoint when theirs has gone", async () => {
    const ports = [{ name: "packets", port: 80, targetPort: "packets", protocol: "UDP" }];
    const ip = addressOf(await serve("packets", { ports, selector: { name: "one" } }));
    await until("one", () => agent("near").send(ip, 80, 40_123));
    await space.patch(services(), "packets", { spec: { selector: { name: "two" } } });
    await until("two", () => agent("near").send(ip, 80, 40_123));
  });

  test("traffic stays in its zone, or on its node, while there are endpoints", async () => {
    for (const trafficDistribution of ["PreferClose", "PreferSameZone", "PreferSameNode"]) {
      const name = trafficDistribution.toLowerCase();
      const ip = addressOf(await serve(name, { trafficDistribution }));
      await until("one", () => agent("near").spread(ip), `${name} on node-1`);
      await until("two", () => agent("far").spread(ip), `${name} on node-2`);
      await space.patch(services(), name, { spec: { selector: { name: "two" } } });
      await until("two", () => agent("near").spread(ip), `${name} elsewhere`);
      await space.patch(services(), name, { spec: { selector: { name: null }, trafficDistribution: null } });
      await until("one,two", () => agent("near").spread(ip), `${name} no longer`);
    }
  });

  test("a service that is aware of topology keeps traffic in its zone while each zone has its part", async () => {
    const ip = addressOf(await serve("aware"));
    const annotate = (annotations: Record<string, string | null>) =>
      space.patch(services(), "aware", { metadata: { annotations } });
    await annotate({ "service.kubernetes.io/topology-mode": "Auto" });
    await until("one", () => agent("near").spread(ip), "in zone a");
    await until("two", () => agent("far").spread(ip), "in zone b");
    await space.untilEvent({ of: "aware", type: "Normal", reason: "TopologyAwareHintsEnabled" });
    await space.patch(services(), "aware", { spec: { selector: { name: "two" } } });
    await until("two", () => agent("near").spread(ip), "from where there is one");
    const message = "Insufficient number of endpoints (1 endpoints, 2 zones), addressType: IPv4";
    await space.untilEvent({ of: "aware", type: "Warning", reason: "TopologyAwareHintsDisabled", message });
  });

  test("the proxy of each node tells at a port of the node whether it takes traffic", async () => {
    const health = async (ip: string) => {
      const answer = await fetch(`http://${ip}:10256/healthz`, { signal: AbortSignal.timeout(5000) });
      const told: unknown = await answer.json();
      return [answer.status, told && typeof told === "object" && "nodeEligible" in told && told.nodeEligible];
    };
    for (const ip of nodeIps) {
      await until([200, true], () => health(ip), ip);
      assert.equal(await agent("near").connect(ip, 10_249), refused, "its figures are for the node alone");
    }
  });
});
