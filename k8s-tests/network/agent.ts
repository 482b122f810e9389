import type { Pod, PodSpec } from "../../clients/sdk/index.ts";
import { isReady } from "../support/pods.ts";
import type { Space } from "../support/space.ts";
import { agentPort, agentProgram } from "./agent-program.ts";

/** Who answered, and whom it saw; or why nobody did. */
export interface Answer {
  name?: string;
  client?: string;
  error?: string;
}

/** How long a client waits for an answer that is to come, on a machine that has much else to do, in seconds. */
const patient = 10;
/** And for one that may well not come: it is asked for again. */
export const impatient = 1;

/** A pod that serves, and asks for the test. */
export class Agent {
  readonly pod: Pod;

  constructor(pod: Pod) {
    this.pod = pod;
  }

  get name(): string {
    return this.pod.metadata?.name ?? "";
  }

  get ip(): string {
    return this.pod.status?.podIP ?? "";
  }

  get ips(): string[] {
    return (this.pod.status?.podIPs ?? []).map(({ ip }) => ip ?? "");
  }

  /** Who answers a connection; the name of the error when nobody does. */
  async connect(host: string, port = 80, seconds = patient): Promise<string> {
    const { name, error } = await this.visit(host, port, seconds);
    return name ?? error ?? "";
  }

  async visit(host: string, port = 80, seconds = patient): Promise<Answer> {
    return fetchJson(this.ip, "connect", { host, port: String(port), seconds: String(seconds) });
  }

  /** Everybody who answers some connections, each once. */
  async spread(host: string, port = 80, times = 20): Promise<string> {
    const names = new Set<string>();
    for (let count = 0; count < times; count++) names.add(await this.connect(host, port));
    return [...names].sort().join();
  }

  /** Who answers a packet from a port of the pod. */
  async send(host: string, port: number, source = 0): Promise<string> {
    const query = { host, port: String(port), source: String(source), seconds: String(impatient) };
    const answer: Answer = await fetchJson(this.ip, "send", query);
    return answer.name ?? answer.error ?? "";
  }

  /** All addresses of a name, as programs in the pod see them. */
  async resolve(host: string): Promise<string> {
    const answer: string[] | Answer = await fetchJson(this.ip, "resolve", { host });
    return Array.isArray(answer) ? answer.join() : (answer.error ?? "");
  }
}

/** Asks from the machine itself, which is outside of the nodes. */
export async function visitFromMachine(host: string, port: number): Promise<Answer> {
  try {
    const response = await fetch(`http://${host}:${port}/`, { signal: AbortSignal.timeout(patient * 1000) });
    const text = await response.text();
    return JSON.parse(text);
  } catch (error) {
    return { error: String(error instanceof Error ? (error.cause ?? error) : error) };
  }
}

/** Makes pods with agents, by name; each runs where and as its specification says. */
export async function runAgents(
  space: Space,
  wanted: Record<string, { labels?: Record<string, string>; spec?: PodSpec; hostPort?: number }>,
): Promise<Record<string, Agent>> {
  const { pods } = space.client.core.v1;
  const names = Object.keys(wanted);
  await Promise.all(
    names.map((name) => {
      const { labels = {}, spec = {}, hostPort } = wanted[name] ?? {};
      const ports = [
        { name: "http", containerPort: agentPort, hostPort },
        { name: "packets", containerPort: agentPort, protocol: "UDP" },
      ];
      const readinessProbe = { tcpSocket: { port: agentPort }, periodSeconds: 1, timeoutSeconds: 30 };
      const command = ["python3", "-c", agentProgram];
      const containers = [{ name: "main", image: "host", command, ports, readinessProbe }];
      return space.create(pods, {
        metadata: { name, labels: { name, ...labels } },
        spec: space.onMachine({ containers, terminationGracePeriodSeconds: 0, ...spec }),
      });
    }),
  );
  const ready = await space.until("the agents are ready", pods, (all) => {
    const own = all.filter(({ metadata }) => names.includes(metadata?.name ?? ""));
    return own.length === names.length && own.every(isReady) && own;
  });
  return Object.fromEntries(ready.map((pod) => [pod.metadata?.name ?? "", new Agent(pod)]));
}

async function fetchJson<T>(ip: string, what: string, query: Record<string, string>): Promise<T> {
  const url = `http://${ip}:${agentPort}/${what}?${new URLSearchParams(query)}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  return JSON.parse(await response.text());
}
