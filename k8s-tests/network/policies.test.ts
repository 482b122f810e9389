import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NetworkPolicy } from "../../clients/sdk/index.ts";
import { without } from "../support/pod-runtimes.ts";
import { sharedCluster } from "../support/shared-cluster.ts";
import type { Space } from "../support/space.ts";
import { type Agent, impatient, runAgents } from "./agent.ts";
import { agentPort } from "./agent-program.ts";
import { until } from "./until.ts";

type PolicySpec = NonNullable<NetworkPolicy["spec"]>;

describe("network policies", { skip: without("process"), concurrency: 4 }, () => {
  const cluster = sharedCluster(["--nodes", "2"]);

  /** A web server on one node with a client beside it; one on the other node; and one in another namespace. */
  async function stage(name: string) {
    const [space, other] = await Promise.all([cluster.space(name), cluster.space(`${name}-other`)]);
    await cluster.client.core.v1.namespaces.patch(other.namespace, { metadata: { labels: { team: "blue" } } });
    const [own, others] = await Promise.all([
      runAgents(space, {
        web: { spec: { nodeName: "node-1" } },
        near: { labels: { role: "client" }, spec: { nodeName: "node-1" } },
        far: { labels: { role: "client" }, spec: { nodeName: "node-2" } },
      }),
      runAgents(other, { stranger: { spec: { nodeName: "node-2" } } }),
    ]);
    const agents = { ...own, ...others };
    const get = (one: string): Agent => {
      const found = agents[one];
      assert.ok(found, one);
      return found;
    };
    /** Who of all reaches the web server. */
    const reaching = async () => {
      const names = ["far", "near", "stranger"];
      const answers = await Promise.all(names.map((one) => get(one).connect(get("web").ip, agentPort, impatient)));
      return names.filter((_, index) => answers[index] === "web").join();
    };
    return { space, get, reaching };
  }

  const policies = () => cluster.client.networking.v1.networkpolicies;
  const web = { podSelector: { matchLabels: { name: "web" } } };
  const put = (space: Space, name: string, spec: PolicySpec) => space.create(policies(), { metadata: { name }, spec });

  test("who comes in is chosen by labels, namespaces, blocks of addresses and ports; policies add up", async () => {
    const { space, get, reaching } = await stage("ingress");
    await until("far,near,stranger", reaching, "without policies");
    await put(space, "closed", { ...web, policyTypes: ["Ingress"] });
    await until("", reaching, "closed");
    const client = { podSelector: { matchLabels: { role: "client" } } };
    await put(space, "clients", { ...web, ingress: [{ from: [client], ports: [{ port: "http" }] }] });
    await until("far,near", reaching, "clients by the port's name");
    const blue = { namespaceSelector: { matchLabels: { team: "blue" } } };
    await put(space, "blue", {
      ...web,
      ingress: [{ from: [blue], ports: [{ port: agentPort - 1, endPort: agentPort }] }],
    });
    await until("far,near,stranger", reaching, "a namespace by a range of ports");
    await space.delete(policies(), "clients");
    await until("stranger", reaching, "the namespace alone");
    await space.delete(policies(), "blue");
    const except = [`${get("near").ip}/32`];
    await put(space, "block", { ...web, ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8", except } }] }] });
    await until("far,stranger", reaching, "a block of addresses but for one");
    await put(space, "packets", { ...web, ingress: [{ ports: [{ port: 1 }, { port: agentPort, protocol: "UDP" }] }] });
    await until("web", () => get("near").send(get("web").ip, agentPort), "packets");
    await until("far,stranger", reaching, "and no connections");
    for (const name of ["closed", "block", "packets"]) await space.delete(policies(), name);
    await until("far,near,stranger", reaching, "without policies again");
  });

  test("what goes out is held to names and to what is allowed, by a service, too", async () => {
    const { space, get } = await stage("egress");
    const spec = { selector: { name: "web" }, ports: [{ port: 80, targetPort: agentPort }] };
    const service = await space.create(cluster.client.core.v1.services, { metadata: { name: "web" }, spec });
    const ip = service.spec?.clusterIP ?? "";
    const near = get("near");
    const reaches = async (host: string, port: number) =>
      (await near.connect(host, port, impatient)) !== "TimeoutError";
    await until("web", () => near.connect(ip));
    const guarded = { podSelector: { matchLabels: { name: "near" } }, policyTypes: ["Egress"] };
    await put(space, "closed", guarded);
    await until([false, false], () => Promise.all([reaches(ip, 80), reaches(get("stranger").ip, agentPort)]));
    const dns = {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    };
    const ports = [53, 53].map((port, index) => ({ port, protocol: index === 0 ? "UDP" : "TCP" }));
    await put(space, "web", { ...guarded, egress: [{ to: [web] }] });
    await until("web", () => near.connect(ip), "the service of an allowed pod");
    await put(space, "names", { ...guarded, egress: [{ to: [dns], ports }] });
    await until(ip, () => near.resolve("web"), "names, where only the cluster's DNS is allowed");
    assert.equal(await reaches(get("stranger").ip, agentPort), false);
  });
});
