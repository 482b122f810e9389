import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { without } from "../support/pod-runtimes.ts";
import { sharedCluster } from "../support/shared-cluster.ts";
import type { Space } from "../support/space.ts";
import { type Agent, impatient, runAgents } from "./agent.ts";
import { agentPort } from "./agent-program.ts";
import { until } from "./until.ts";

const ports = [{ port: 80, targetPort: agentPort }];
const isIpv6 = (address: string) => address.includes(":");

/** Of ranges for pods, and 64 above for services: where the machine has no route, and no other test either. */
function freeOctet(): number {
  const routes = execFileSync("ip", ["-4", "route", "show", "table", "all"], { encoding: "utf8" });
  const taken = new Set([...routes.matchAll(/\b10\.(\d+)\./g)].map(([, octet]) => Number(octet)));
  const octets = Array.from({ length: 30 }, (_, index) => 60 + ((process.pid + index) % 30));
  const free = octets.find((octet) => !taken.has(octet) && !taken.has(octet + 64));
  assert.ok(free !== undefined, "the machine has routes for every range");
  return free;
}

describe("a cluster of two families", { skip: without("process") }, () => {
  const octet = freeOctet();
  const pods = `10.${octet}.0.0/16,fd00:${octet}::/56`;
  const flags = [
    "--nodes",
    "2",
    "--pod-cidr",
    pods,
    "--service-cidr",
    `10.${octet + 64}.0.0/16,fd00:${octet + 64}::/112`,
    "--load-balancer-pool",
    "198.51.100.64/28,2001:db8:64::/120",
  ];
  const hostPort = 28_080;
  let space: Space;
  let agents: Record<string, Agent>;
  const cluster = sharedCluster(flags, async () => {
    space = await cluster.space("families");
    const web = { labels: { app: "web" } };
    agents = await runAgents(space, {
      one: { ...web, spec: { nodeName: "node-1" } },
      two: { ...web, spec: { nodeName: "node-2" } },
      docked: { spec: { nodeName: "node-2" }, hostPort },
      client: { spec: { nodeName: "node-1" } },
    });
  });
  const services = () => cluster.client.core.v1.services;
  const agent = (name: string): Agent => {
    const found = agents[name];
    assert.ok(found, name);
    return found;
  };

  test("pods and nodes have an address and a range of each family, and pods of all nodes reach each other by both", async () => {
    for (const name of ["one", "two"]) {
      assert.deepEqual(agent(name).ips.map(isIpv6), [false, true]);
      for (const ip of agent(name).ips) await until(name, () => agent("client").connect(ip, agentPort));
    }
    const seen = await agent("client").visit(agent("two").ips[1] ?? "", agentPort);
    assert.equal(seen.client, agent("client").ips[1]);
    const { items } = await cluster.client.core.v1.nodes.list();
    for (const { spec } of items) assert.deepEqual(spec?.podCIDRs?.map(isIpv6), [false, true]);
  });

  test("a service has addresses, slices and names of the families that it asks for, and answers at all of them", async () => {
    const spec = { selector: { app: "web" }, ports };
    const created = await space.create(services(), {
      metadata: { name: "both" },
      spec: { ...spec, ipFamilyPolicy: "PreferDualStack", ipFamilies: ["IPv6", "IPv4"] },
    });
    const { clusterIPs = [] } = created.spec ?? {};
    assert.deepEqual(clusterIPs.map(isIpv6), [true, false]);
    for (const ip of clusterIPs) await until("one,two", () => agent("client").spread(ip), ip);
    await until([...clusterIPs].sort().join(), () => agent("client").resolve("both"));
    const slicesOf = async (name: string) => {
      const slices = await space.list(cluster.client.discovery.v1.endpointslices, `kubernetes.io/service-name=${name}`);
      return slices.map(({ addressType }) => addressType ?? "").sort();
    };
    await until(["IPv4", "IPv6"], () => slicesOf("both"));
    await space.patch(services(), "both", { spec: { ipFamilyPolicy: "SingleStack" } });
    await until(["IPv6"], () => slicesOf("both"));
    await until(clusterIPs[0], () => agent("client").resolve("both"));
    await until("one,two", () => agent("client").spread(clusterIPs[0] ?? ""));
  });

  test("a headless service has the pods' addresses of both families", async () => {
    const spec = { selector: { app: "web" }, ports, clusterIP: "None", ipFamilyPolicy: "RequireDualStack" };
    await space.create(services(), { metadata: { name: "each" }, spec });
    const expected = [...agent("one").ips, ...agent("two").ips].sort().join();
    await until(expected, () => agent("client").resolve("each"));
  });

  test("a load balancer has an address of each family of its service, and both lead to the endpoints", async () => {
    const spec = { type: "LoadBalancer", selector: { app: "web" }, ports, ipFamilyPolicy: "RequireDualStack" };
    await space.create(services(), { metadata: { name: "balanced" }, spec });
    const ips = await space.untilOne("two addresses", services(), "balanced", (it) => {
      const ingress = it?.status?.loadBalancer?.ingress ?? [];
      return ingress.length === 2 && ingress.map(({ ip = "" }) => ip);
    });
    assert.deepEqual(ips.map(isIpv6), [false, true]);
    for (const ip of ips) await until("one,two", () => agent("client").spread(ip), ip);
  });

  test("a host port and a node port answer at both addresses of a node", async () => {
    const node = await cluster.client.core.v1.nodes.get("node-2");
    const addresses = node.status?.addresses?.filter(({ type }) => type === "InternalIP") ?? [];
    assert.equal(addresses.length, 2);
    const { spec } = await space.create(services(), {
      metadata: { name: "node-port" },
      spec: { type: "NodePort", selector: { name: "two" }, ports, ipFamilyPolicy: "RequireDualStack" },
    });
    for (const { address = "" } of addresses) {
      await until("docked", () => agent("client").connect(address, hostPort), `${address} host port`);
      await until(
        "two",
        () => agent("client").connect(address, spec?.ports?.[0]?.nodePort ?? 0),
        `${address} node port`,
      );
    }
  });

  test("policies guard both addresses of a pod", async () => {
    const { networkpolicies } = cluster.client.networking.v1;
    await space.create(networkpolicies, {
      metadata: { name: "closed" },
      spec: { podSelector: { matchLabels: { name: "two" } } },
    });
    const reached = () =>
      Promise.all(
        agent("two").ips.map(async (ip) => (await agent("client").connect(ip, agentPort, impatient)) === "two"),
      );
    await until([false, false], reached);
    await space.delete(networkpolicies, "closed");
    await until([true, true], reached);
  });
});
