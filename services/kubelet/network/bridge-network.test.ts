import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { freePort } from "../../../lib/base/test-port.ts";
import { createBridgeNetwork } from "./bridge-network.ts";
import { netnsPath, runCommand } from "./command.ts";
import { findFreeRange } from "./free-range.ts";
import { removeNetworkLeftovers } from "./leftovers.ts";
import { kernelNames } from "./names.ts";
import { createNodeNamespace } from "./node-namespace.ts";
import type { NodePlace, PodNetwork } from "./pod-network.ts";

/** Starts a server in `netns` (a name) that answers every connection with the address of its peer. */
const PEER_SERVER = `require("net").createServer(s => s.end(s.remoteAddress.replace("::ffff:", ""))).listen(+process.argv[1], "0.0.0.0", () => console.log("up"))`;
const PEER_CLIENT = `require("net").connect(+process.argv[2], process.argv[1]).setTimeout(30_000, () => { console.error("timeout"); process.exit(1) }).on("error", e => { console.error(e.message); process.exit(1) }).pipe(process.stdout)`;

let dir: string;
const namespaces: string[] = [];
const servers: AbortController[] = [];

before(() => {
  dir = mkdtempSync(join(tmpdir(), "pod-network-"));
});

after(async () => {
  for (const server of servers) server.abort();
  for (const netns of namespaces) await runCommand(["ip", "netns", "del", netns]);
  await removeNetworkLeftovers(dir);
  rmSync(dir, { recursive: true });
});

test("pods of one node in the machine's network reach each other, the machine and, by a host port, themselves", async () => {
  const podCIDR = await findFreeRange(candidates());
  const place: NodePlace = { internalIP: "127.0.0.1", podCIDR };
  const stateDir = join(dir, "single");
  const before = await snapshot();
  const network = await createBridgeNetwork({ place, nodeName: "n1", stateDir, cluster: dir });
  const hostPort = await freePort();
  const a = await pod(network, "a", [{ hostPort, containerPort: 80, protocol: "TCP" }]);
  const b = await pod(network, "b", []);
  const gateway = podCIDR.replace(/0\/24$/, "1");
  await serve(a.netns, 80);

  assert.equal(await ask(undefined, a.ip, 80), gateway, "machine to pod");
  assert.equal(await ask(b.netns, a.ip, 80), b.ip, "pod to pod");
  assert.equal(await ask(b.netns, gateway, hostPort), b.ip, "pod to host port keeps its address");
  assert.equal(await ask(a.netns, gateway, hostPort), gateway, "pod to itself by its host port");
  assert.equal(await ask(undefined, "127.0.0.1", hostPort), gateway, "machine's loopback to host port");

  const again = await createBridgeNetwork({ place, nodeName: "n1", stateDir, cluster: dir });
  assert.deepEqual(await again.setUp("a", netnsPath(a.netns), []), { ips: [a.ip] }, "a new kubelet finds the address");
  assert.equal(await ask(b.netns, gateway, hostPort), b.ip, "and the host port still works");
  await again.retain(new Set(["a"]));
  await assert.rejects(ask(b.netns, a.ip, 80));
  await again.tearDown("a");
  await again.tearDown("a");
  await assert.rejects(ask(undefined, "127.0.0.1", hostPort));
  await again.remove();
  await again.remove();
  assert.deepEqual(await snapshot(), before);
});

test("nodes in namespaces: machine, nodes and pods of all nodes reach each other, with their own addresses", async () => {
  const [clusterCIDR, nodeCIDR] = [
    "10.91.0.0/16",
    await findFreeRange(["172.29.0.0/16", "172.28.0.0/16", "172.30.0.0/16"]),
  ];
  const before = await snapshot();
  const nodes = await Promise.all(
    [1, 2].map((index) => createNodeNamespace({ cluster: dir, name: `n${index}`, index, nodeCIDR, clusterCIDR })),
  );
  const networks = await Promise.all(
    nodes.map((place, i) =>
      createBridgeNetwork({ place, nodeName: `n${i + 1}`, stateDir: join(dir, `n${i}`), cluster: dir, clusterCIDR }),
    ),
  );
  const a = await pod(networks[0]!, "na", [{ hostPort: 8080, containerPort: 80, protocol: "TCP" }]);
  const b = await pod(networks[1]!, "nb", []);
  const port = await freePort();
  await Promise.all([serve(a.netns, 80), serve(undefined, port), serve(nodes[0]!.netns, 81)]);

  assert.match(await ask(undefined, a.ip, 80), /^172\.\d+\.1\.1$/, "machine to pod");
  assert.equal(await ask(b.netns, a.ip, 80), b.ip, "pod to pod over nodes");
  assert.equal(await ask(nodes[1]!.netns, a.ip, 80), nodes[1]!.internalIP, "node to pod of another node");
  assert.equal(await ask(b.netns, nodes[0]!.internalIP, 81), nodes[1]!.internalIP, "pod to node: leaves by its node");
  assert.equal(await ask(b.netns, machineAddress(nodes[1]!), port), nodes[1]!.internalIP, "pod to machine");
  assert.equal(await ask(undefined, nodes[0]!.internalIP, 8080), machineAddress(nodes[0]!), "machine to host port");
  assert.equal(
    await ask(b.netns, nodes[0]!.internalIP, 8080),
    nodes[1]!.internalIP,
    "pod to host port of another node",
  );

  const again = await createNodeNamespace({ cluster: dir, name: "n1", index: 1, nodeCIDR, clusterCIDR });
  assert.equal(await ask(undefined, a.ip, 80), machineAddress(again), "making a node again changes nothing");
  await networks[0]!.remove();
  for (const server of servers.splice(0)) server.abort();
  await removeNetworkLeftovers(dir);
  await removeNetworkLeftovers(dir);
  assert.deepEqual(await snapshot(), before, "leftovers of a killed cluster are found by name");
});

test("connecting a pod costs no more than a few runs of a command", async () => {
  const place: NodePlace = { internalIP: "127.0.0.1", podCIDR: await findFreeRange(candidates()) };
  const network = await createBridgeNetwork({ place, nodeName: "n1", stateDir: join(dir, "cheap"), cluster: dir });
  const netns = await namespace("cheap");
  let commands = 0;
  const count = () => {
    commands++;
  };
  subscribe("child_process", count);
  try {
    await network.setUp("cheap", netnsPath(netns), []);
  } finally {
    unsubscribe("child_process", count);
  }
  await network.remove();
  // Of processes, not of time: how long one takes is the machine's business.
  assert.ok(commands > 0 && commands <= 3, `${commands} commands`);
});

async function pod(network: PodNetwork, id: string, ports: Parameters<PodNetwork["setUp"]>[2]) {
  const netns = await namespace(id);
  const { ips } = await network.setUp(id, netnsPath(netns), ports);
  return { netns, ip: ips[0]! };
}

async function namespace(id: string): Promise<string> {
  const netns = `pnt-${process.pid}-${id}`;
  await runCommand(["ip", "netns", "add", netns]);
  namespaces.push(netns);
  return netns;
}

function candidates(): string[] {
  return Array.from({ length: 20 }, () => `10.${randomInt(100, 200)}.${randomInt(0, 250)}.0/24`);
}

function machineAddress(node: NodePlace): string {
  return node.internalIP.replace(/2$/, "1");
}

async function serve(netns: string | undefined, port: number): Promise<void> {
  const { spawn } = await import("node:child_process");
  const controller = new AbortController();
  servers.push(controller);
  const enter = netns ? ["nsenter", `--net=${netnsPath(netns)}`] : [];
  const [file = "", ...args] = [...enter, process.execPath, "-e", PEER_SERVER, String(port)];
  const child = spawn(file, args, { signal: controller.signal, stdio: ["ignore", "pipe", "inherit"] });
  child.on("error", () => {});
  await new Promise((resolve) => child.stdout.once("data", resolve));
}

function ask(netns: string | undefined, ip: string, port: number): Promise<string> {
  return runCommand([process.execPath, "-e", PEER_CLIENT, ip, String(port)], { netns, timeoutMs: 60_000 });
}

async function snapshot(): Promise<string[]> {
  const tables = (await runCommand(["nft", "list", "tables"])).split("\n");
  const rules = (await runCommand(["iptables", "-w", "-S"])).split("\n");
  const routes = (await runCommand(["ip", "route"])).split("\n");
  const ours = (text: string) => text.includes(kernelNames(dir).prefix);
  return [...readdirSync("/sys/class/net"), ...tables, ...rules, ...routes].filter(ours);
}
