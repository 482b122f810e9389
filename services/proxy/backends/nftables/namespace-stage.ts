import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Stage } from "../conformance.ts";
import { Agent } from "../conformance-client.ts";
import { createNftablesBackend } from "./nftables-backend.ts";

const nodeIP = "10.250.0.1";
const outsideIP = "10.250.0.2";

/** A node in a network namespace of its own, pods in others, and one for the world outside, linked by veth pairs and routes. */
export interface NamespaceStage extends Stage {
  netns: string;
  /** Namespaces by name: `node`, `outside`, `pod0`, `pod1`, `pod2`. */
  nameOf(place: string): string;
  /** What the backend warned of. */
  warnings: string[];
}

/** Makes the namespaces and starts the agents; `close` takes everything away again, as does a failure here. */
export async function openNamespaceStage(): Promise<NamespaceStage> {
  const nameOf = namespaceNames();
  const agents: Agent[] = [];
  const removeAll = async () => {
    await Promise.all(agents.map((agent) => agent.close()));
    for (const place of places) removeNamespace(nameOf(place));
  };
  try {
    makeNetwork(nameOf);
    const agentIn = (place: string) => {
      const agent = new Agent({ netns: nameOf(place) });
      agents.push(agent);
      return agent;
    };
    const host = agentIn("node");
    const pods = podNumbers.map((number) => agentIn(`pod${number}`));
    const outside = agentIn("outside");
    const endpoints = podNumbers.map((number) => ({ ip: podIP(number), port: 8080 }));
    const serving = await Promise.all(
      pods.map((pod, number) => pod.request({ do: "serve", ip: podIP(number), port: 8080, name: `e${number}` })),
    );
    for (const { error } of serving) if (error) throw new Error(`a pod does not serve: ${error}`);
    const warnings: string[] = [];
    const netns = nameOf("node");
    const backend = await createNftablesBackend({
      netns,
      podRanges: ["10.251.0.0/24"],
      warn: (message) => warnings.push(message),
    });
    return {
      backend,
      host,
      pods,
      endpoints,
      outside,
      netns,
      nameOf,
      warnings,
      serviceAddresses: ["10.96.0.10", "10.96.0.11"],
      nodeAddresses: { host: ["127.0.0.1", nodeIP, "10.251.0.1"], outside: nodeIP },
      firstPort: 31_000,
      close: async () => {
        await backend.close();
        await removeAll();
      },
    };
  } catch (error) {
    await removeAll();
    throw error;
  }
}

const podNumbers = [0, 1, 2];
const places = ["node", "outside", ...podNumbers.map((number) => `pod${number}`)];

function namespaceNames(): (place: string) => string {
  const stage = randomBytes(3).toString("hex");
  return (place) => `proxy-${stage}-${place}`;
}

function podIP(number: number): string {
  return `10.251.0.${10 + number}`;
}

/** The pod's other address. */
export function podIPv6(number: number): string {
  return `fd00:251::${10 + number}`;
}

function makeNetwork(nameOf: (place: string) => string): void {
  for (const place of places) execFileSync("ip", ["netns", "add", nameOf(place)]);
  ip(nameOf("node"), [
    "link set lo up",
    `link add out type veth peer name eth0 netns ${nameOf("outside")}`,
    `addr add ${nodeIP}/24 dev out`,
    "addr add fd00:250::1/64 dev out nodad",
    "link set out up",
    "route add default via fd00:250::2",
    `route add default via ${outsideIP}`,
    ...podNumbers.flatMap((number) => [
      `link add pod${number} type veth peer name eth0 netns ${nameOf(`pod${number}`)}`,
      `addr add 10.251.0.1/32 dev pod${number}`,
      `addr add fe80::1/64 dev pod${number} nodad`,
      `link set pod${number} up`,
      `route add ${podIP(number)} dev pod${number} src ${nodeIP}`,
      `route add ${podIPv6(number)} dev pod${number}`,
    ]),
  ]);
  ip(nameOf("outside"), [
    "link set lo up",
    `addr add ${outsideIP}/24 dev eth0`,
    "link set eth0 up",
    `route add 10.96.0.0/16 via ${nodeIP}`,
    `route add 10.251.0.0/24 via ${nodeIP}`,
  ]);
  for (const number of podNumbers) {
    ip(nameOf(`pod${number}`), [
      "link set lo up",
      `addr add ${podIP(number)}/32 dev eth0`,
      `addr add ${podIPv6(number)}/128 dev eth0 nodad`,
      "link set eth0 up",
      "route add 10.251.0.1 dev eth0 scope link",
      "route add default via 10.251.0.1",
      "route add ::/0 via fe80::1 dev eth0",
    ]);
  }
  inNamespace(nameOf("node"), [
    "sh",
    "-c",
    "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects; echo 0 | tee /proc/sys/net/ipv4/conf/pod*/send_redirects",
  ]);
}

function ip(netns: string, lines: string[]): void {
  execFileSync("ip", ["-n", netns, "-batch", "-"], { input: lines.join("\n") });
}

function removeNamespace(name: string): void {
  try {
    execFileSync("ip", ["netns", "del", name], { stdio: "ignore" });
  } catch {
    // It was not made.
  }
}

/** What a command prints in a network namespace; throws when it fails. */
export function inNamespace(netns: string, command: string[], input?: string): string {
  return execFileSync("nsenter", [`--net=/run/netns/${netns}`, "--", ...command], {
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    stdio: ["pipe", "pipe", "pipe"],
    ...(input === undefined ? {} : { input }),
  });
}
