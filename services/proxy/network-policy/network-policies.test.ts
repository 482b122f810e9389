import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, beforeEach, test } from "node:test";
import { type Namespace, NamespaceServiceDefinition } from "../../../gen/typernetes/core/v1/namespace.ts";
import { type Pod, PodServiceDefinition } from "../../../gen/typernetes/core/v1/pod.ts";
import {
  type EndpointSlice,
  EndpointSliceServiceDefinition,
} from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import {
  type NetworkPolicy,
  NetworkPolicyServiceDefinition,
  type NetworkPolicySpec,
} from "../../../gen/typernetes/networking/v1/network_policy.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import { createClient } from "../../../lib/client/create-client.ts";
import { FakeKind } from "../../../lib/client/fake-api.ts";
import { createInformerFactory } from "../../../lib/client/shared-informers.ts";
import { inProcessTransport } from "../../../lib/grpc/in-process.ts";
import { Router } from "../../../lib/grpc/router.ts";
import { silentLogger } from "../../../lib/observe/logger.ts";
import { inNamespace, type NamespaceStage, openNamespaceStage, podIPv6 } from "../backends/nftables/namespace-stage.ts";
import { proxyDefaults } from "../options.ts";
import { type NetworkPolicies, startNetworkPolicies } from "./network-policies.ts";
import { createPolicyProgrammer, type PolicyProgrammer } from "./policy-programmer.ts";

const table = "policies-test";
const policies = new FakeKind<NetworkPolicy>();
const pods = new FakeKind<Pod>();
const namespaces = new FakeKind<Namespace>();
const slices = new FakeKind<EndpointSlice>();
const router = new Router();
const informers = createInformerFactory();
let stage: NamespaceStage;
let programmer: PolicyProgrammer;
let enforcement: NetworkPolicies;

before(async () => {
  stage = await openNamespaceStage();
  policies.serve(router, NetworkPolicyServiceDefinition);
  pods.serve(router, PodServiceDefinition);
  namespaces.serve(router, NamespaceServiceDefinition);
  slices.serve(router, EndpointSliceServiceDefinition);
  for (const name of ["a", "b"]) namespaces.create({ metadata: { name, labels: { team: name } } });
  for (const [index, key] of ["a/web", "a/client", "b/client"].entries()) pods.create(pod(key, index));
  programmer = await createPolicyProgrammer({ table, netns: stage.netns, hostAddresses: [] });
  const client = createClient(inProcessTransport(router, { user: "proxy", groups: [] }, { logger: silentLogger }));
  const deps = { client, informers, programmer, clock: systemClock, random: Math.random, logger: silentLogger };
  enforcement = await startNetworkPolicies(deps, { ...proxyDefaults, nodeName: "here" });
});
beforeEach(async () => {
  for (const key of [...policies.objects.keys()]) policies.remove(key);
  await eventually(() => !isProgrammed());
});
after(async () => {
  await enforcement?.stop();
  await informers.stop();
  await programmer?.close();
  await stage?.close();
});

function pod(key: string, index: number, labels: Record<string, string> = {}, more: Pod = {}): Pod {
  const [namespace = "", name = ""] = key.split("/");
  const containers = [{ name: "main", ports: [{ name: "http", containerPort: 8080 }] }];
  return {
    metadata: { namespace, name, labels: { app: name, ...labels } },
    spec: { nodeName: "here", containers },
    status: { phase: "Running", podIP: ipOf(index), podIPs: [{ ip: ipOf(index) }, { ip: podIPv6(index) }] },
    ...more,
  };
}

function ipOf(index: number): string {
  return stage.endpoints[index]?.ip ?? "";
}

function isProgrammed(): boolean {
  return inNamespace(stage.netns, ["nft", "list", "tables"]).includes(table);
}

const webOnly = { podSelector: { matchLabels: { app: "web" } } };

async function enforce(name: string, spec: NetworkPolicySpec): Promise<void> {
  policies.put({ metadata: { namespace: "a", name }, spec });
  await eventually(isProgrammed);
}

/** Whether a connection is made within a time that packets in one machine do not need unless it is busy. */
function connects(place: string, ip: string, port = 8080, seconds = 0.4): Promise<boolean> {
  const attempt = `exec 3<>/dev/tcp/${ip}/${port} && read -t ${seconds} line <&3`;
  // Without it, bash takes its input for a network connection and reads what is to be read for logins.
  const args = [`--net=/run/netns/${stage.nameOf(place)}`, "timeout", `${seconds}`, "bash", "--norc", "-c", attempt];
  return new Promise((resolve) => execFile("nsenter", args, (error) => resolve(error === null)));
}

/** Resolves when a connection is made. */
function becomesConnected(place: string, ip: string, port = 8080): Promise<boolean> {
  let seconds = 0.4;
  return eventually(() => {
    seconds = Math.min(seconds * 1.3, 5);
    return connects(place, ip, port, seconds);
  });
}

/** Waits until exactly these reach the pod `web`. */
async function expectReaching(expected: string[], port = 8080): Promise<void> {
  const everyone = ["node", "outside", "pod1", "pod2"];
  let reaching: string[] = [];
  let seconds = 0.4;
  await eventually(async () => {
    const answers = await Promise.all(everyone.map((place) => connects(place, ipOf(0), port, seconds)));
    seconds = Math.min(seconds * 1.3, 5);
    reaching = everyone.filter((_, index) => answers[index]);
    return reaching.join() === expected.join();
  }).catch(() => assert.deepEqual(reaching, expected));
}

test("without policies there are no rules and no pods are followed; the first policy isolates, the last opens again", async () => {
  assert.equal(pods.calls["list"] ?? 0, 0);
  await expectReaching(["node", "outside", "pod1", "pod2"]);
  await enforce("deny", { podSelector: {}, policyTypes: ["Ingress"] });
  await expectReaching(["node"]);
  policies.remove("a/deny");
  await expectReaching(["node", "outside", "pod1", "pod2"]);
  await eventually(() => !isProgrammed());
});

test("pods are let in by their labels and by those of their namespace", async () => {
  await enforce("in", { ...webOnly, ingress: [{ from: [{ podSelector: { matchLabels: { app: "client" } } }] }] });
  await expectReaching(["node", "pod1"]);
  await enforce("in", { ...webOnly, ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: "b" } } }] }] });
  await expectReaching(["node", "pod2"]);
  await enforce("in", {
    ...webOnly,
    ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { role: "friend" } } }] }],
  });
  await expectReaching(["node"]);
  pods.put(pod("b/client", 2, { role: "friend" }));
  await expectReaching(["node", "pod2"]);
  pods.put(pod("b/client", 2));
  await expectReaching(["node"]);
});

test("a namespace's new labels count, and so does what several policies allow together", async () => {
  await enforce("one", { ...webOnly, ingress: [{ from: [{ namespaceSelector: { matchLabels: { open: "yes" } } }] }] });
  await enforce("two", { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: "10.250.0.0/24" } }] }] });
  await expectReaching(["node", "outside"]);
  namespaces.put({ metadata: { name: "b", labels: { team: "b", open: "yes" } } });
  await expectReaching(["node", "outside", "pod2"]);
  namespaces.put({ metadata: { name: "b", labels: { team: "b" } } });
  await expectReaching(["node", "outside"]);
});

test("blocks of addresses leave out their exceptions", async () => {
  const except = [`${ipOf(1)}/32`, "10.250.0.0/16"];
  await enforce("in", { ...webOnly, ingress: [{ from: [{ ipBlock: { cidr: "0.0.0.0/0", except } }] }] });
  await expectReaching(["node", "pod2"]);
});

test("a pod's second address is guarded as its first", async () => {
  inNamespace(stage.netns, ["sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding"]);
  const web = podIPv6(0);
  await stage.pods[0]?.request({ do: "serve", ip: web, port: 8080, name: "six" });
  const expectOnly = async (expected: string[]) => {
    for (const place of expected) await becomesConnected(place, web);
    for (const place of ["pod1", "pod2"].filter((other) => !expected.includes(other)))
      await eventually(async () => !(await connects(place, web)));
  };
  await expectOnly(["pod1", "pod2"]);
  const http = [{ port: "http" }];
  await enforce("in", {
    ...webOnly,
    ingress: [{ from: [{ podSelector: { matchLabels: { app: "client" } } }], ports: http }],
  });
  await expectOnly(["pod1"]);
  await enforce("in", {
    ...webOnly,
    ingress: [{ from: [{ ipBlock: { cidr: "fd00:251::/64", except: [`${podIPv6(1)}/128`] } }] }],
  });
  await expectOnly(["pod2"]);
  await enforce("in", { ...webOnly, ingress: [{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }] });
  await expectOnly([]);
});

test("ports are numbers, ranges and names", async () => {
  for (const port of [{ port: 8080 }, { port: 8000, endPort: 8100 }, { port: "http" }, { protocol: "TCP" }]) {
    await enforce("in", { ...webOnly, ingress: [{ ports: [port] }] });
    await expectReaching(["node", "outside", "pod1", "pod2"]);
  }
  for (const port of [{ port: 81 }, { port: 8000, endPort: 8079 }, { port: "other" }, { protocol: "UDP" }]) {
    await enforce("in", { ...webOnly, ingress: [{ ports: [port] }] });
    await expectReaching(["node"]);
  }
});

test("the router of a node in a network namespace is the machine that probes its pods", async () => {
  const other = await createPolicyProgrammer({ table: `${table}-2`, netns: stage.netns });
  assert.deepEqual(other.hostAddresses, ["10.250.0.2", "fd00:250::2"]);
  await other.close();
});

test("what goes out is guarded by its own rules, also to services and to pods' named ports", async () => {
  const endpoints = stage.endpoints.slice(0, 1);
  const address = "10.96.0.77";
  await stage.backend.apply({
    ports: [{ id: "a/web", protocol: "TCP", addresses: [address], port: 80, endpoints }],
  });
  const podSelector = { matchLabels: { app: "client" } };
  await enforce("out", { podSelector, policyTypes: ["Egress"] });
  await expectReaching(["node", "outside", "pod2"]);
  await eventually(async () => !(await connects("pod1", address, 80)));
  await enforce("out", {
    podSelector,
    egress: [{ to: [webOnly], ports: [{ port: "http" }] }],
    policyTypes: ["Egress"],
  });
  await expectReaching(["node", "outside", "pod1", "pod2"]);
  await becomesConnected("pod1", address, 80);
  assert.ok(!(await connects("pod1", ipOf(2))));
  // The policy says nothing about what comes in.
  await becomesConnected("pod2", ipOf(1));
});

test("a pod reaches itself by a service whatever policies say", async () => {
  const address = "10.96.0.78";
  const endpoints = stage.endpoints.slice(0, 1);
  await stage.backend.apply({
    ports: [{ id: "a/web", protocol: "TCP", addresses: [address], port: 80, endpoints }],
  });
  await enforce("deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  await expectReaching(["node"]);
  await becomesConnected("pod0", address, 80);
});

test("connections that are open go on when a policy would refuse them", async () => {
  const { connection = 0 } = await stage.pods[2]!.open(ipOf(0), 8080);
  await enforce("deny", { podSelector: {} });
  await expectReaching(["node"]);
  assert.equal((await stage.pods[2]!.request({ do: "ask", connection, text: "still there" })).text, "still there");
});

test("pods of other nodes and of the node's own network are not guarded here", async () => {
  await enforce("deny", { podSelector: {} });
  await expectReaching(["node"]);
  const spec = { nodeName: "elsewhere", containers: [] };
  pods.put(pod("a/web", 0, {}, { spec }));
  await expectReaching(["node", "outside", "pod1", "pod2"]);
  pods.put(pod("a/web", 0, {}, { spec: { nodeName: "here", hostNetwork: true, containers: [] } }));
  await expectReaching(["node", "outside", "pod1", "pod2"]);
  pods.put(pod("a/web", 0));
  await expectReaching(["node"]);
});

test("a table that others took away comes back with the next change, and closing takes it away for good", async () => {
  await enforce("deny", { podSelector: {} });
  await expectReaching(["node"]);
  inNamespace(stage.netns, ["nft", "delete", "table", "inet", table]);
  pods.put(pod("b/client", 2, { some: "change" }));
  await expectReaching(["node"]);
  await enforcement.stop();
  await programmer.close();
  assert.ok(!isProgrammed());
});
