import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { KubeletServiceDefinition } from "../../../gen/typernetes/kubelet/v1/kubelet.ts";
import type { GetRequest, ListRequest } from "../../../gen/typernetes/meta/v1/requests.ts";
import type { NodeMetrics, NodeMetricsList } from "../../../gen/typernetes/metrics/v1beta1/node_metrics.ts";
import type { PodMetrics, PodMetricsList } from "../../../gen/typernetes/metrics/v1beta1/pod_metrics.ts";
import { parseFieldSelector } from "../../../lib/api/field-selector.ts";
import { parseLabelSelector } from "../../../lib/api/label-selector-parser.ts";
import { Quantity } from "../../../lib/base/quantity.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Caller, Core } from "../core.ts";
import { type MeasuredNode, type Usage, UsageSamples } from "./usage-samples.ts";

/** A node that does not answer by then is left out. */
const askMsMax = 5_000;
const apiVersion = "metrics.k8s.io/v1beta1";

type StoredNode = ApiObject & Node;
type StoredPod = ApiObject & Pod;

/** What nodes and pods use, as their kubelets tell when they are asked. */
export class Measurements {
  readonly #core: Core;
  readonly #samples = new Map<string, UsageSamples>();

  constructor(core: Core) {
    this.#core = core;
  }

  async listNodes(request: ListRequest, caller: Caller): Promise<NodeMetricsList> {
    const nodes = this.#nodes().filter(selection(request));
    const measured = await this.#measure(nodes, caller.signal);
    const items = nodes.flatMap((node) => nodeMetrics(node, measured.get(nameOf(node))));
    return { apiVersion, kind: "NodeMetricsList", metadata: {}, items };
  }

  /** @throws StatusError `NotFound` when the node is not there or does not answer. */
  async getNode({ name = "" }: GetRequest, caller: Caller): Promise<NodeMetrics> {
    const nodes = this.#nodes().filter((node) => nameOf(node) === name);
    const measured = await this.#measure(nodes, caller.signal);
    const [found] = nodes.flatMap((node) => nodeMetrics(node, measured.get(name)));
    return found ?? notFound("nodemetrics", name, name);
  }

  async listPods(request: ListRequest, caller: Caller): Promise<PodMetricsList> {
    const pods: StoredPod[] = this.#stored("pods", request.namespace || undefined).filter(selection(request));
    return { apiVersion, kind: "PodMetricsList", metadata: {}, items: await this.#podMetrics(pods, caller) };
  }

  /** @throws StatusError `NotFound` when the pod is not there or has nothing running. */
  async getPod({ namespace = "", name = "" }: GetRequest, caller: Caller): Promise<PodMetrics> {
    const pods: StoredPod[] = this.#stored("pods", namespace).filter((pod) => nameOf(pod) === name);
    const [found] = await this.#podMetrics(pods, caller);
    return found ?? notFound("podmetrics", `${namespace}/${name}`, name);
  }

  async #podMetrics(pods: readonly StoredPod[], { signal }: Caller): Promise<PodMetrics[]> {
    const running = pods.filter((pod) => pod.spec?.nodeName && pod.status?.phase === "Running");
    const names = new Set(running.map((pod) => pod.spec?.nodeName));
    const nodes = this.#nodes().filter((node) => names.has(nameOf(node)));
    const measured = await this.#measure(nodes, signal);
    return running.flatMap((pod) => podMetrics(pod, measured.get(pod.spec?.nodeName ?? "")));
  }

  /** By node; those that do not answer are left out. */
  async #measure(nodes: readonly StoredNode[], signal: AbortSignal): Promise<Map<string, MeasuredNode>> {
    const measured = new Map<string, MeasuredNode>();
    this.#forgetGoneNodes();
    await Promise.all(
      nodes.map(async (node) => {
        try {
          measured.set(nameOf(node), await this.#samplesOf(node).measure(signal));
        } catch (error) {
          if (signal.aborted) throw error;
          this.#core.logger.debug({ err: error, node: nameOf(node) }, "a node does not tell what it uses");
        }
      }),
    );
    return measured;
  }

  #samplesOf(node: StoredNode): UsageSamples {
    const key = `${nameOf(node)} ${node.metadata?.uid}`;
    let samples = this.#samples.get(key);
    if (!samples) {
      const name = nameOf(node);
      samples = new UsageSamples(this.#core.clock, () => this.#ask(name));
      this.#samples.set(key, samples);
    }
    return samples;
  }

  /** Several callers wait for the same answer: it is not bound to one of them. */
  async #ask(name: string) {
    const node = this.#nodes().find((it) => nameOf(it) === name);
    if (!node) throw new StatusError("NotFound", `nodes "${name}" not found`);
    const kubelet = await this.#core.kubeletTransport(node);
    return kubelet.unary(KubeletServiceDefinition, KubeletServiceDefinition.methods.stats, {}, { timeoutMs: askMsMax });
  }

  #forgetGoneNodes(): void {
    const present = new Set(this.#nodes().map((node) => `${nameOf(node)} ${node.metadata?.uid}`));
    for (const key of this.#samples.keys()) if (!present.has(key)) this.#samples.delete(key);
  }

  #nodes(): StoredNode[] {
    return this.#stored("nodes", undefined);
  }

  #stored(plural: "nodes" | "pods", namespace: string | undefined): ApiObject[] {
    const cache = this.#core.cache.cacheOf(this.#core.resource("", plural));
    return cache.snapshot(namespace).map(cache.decode);
  }
}

/** @throws StatusError `BadRequest` for selectors that cannot be read. */
function selection({ options }: ListRequest): (object: ApiObject) => boolean {
  const labels = parseLabelSelector(options?.labelSelector ?? "");
  const fields = parseFieldSelector(options?.fieldSelector ?? "");
  const unsupported = fields.unsupported(["metadata.name", "metadata.namespace"]);
  if (unsupported !== undefined) throw new StatusError("BadRequest", `field label not supported: ${unsupported}`);
  const value = ({ metadata }: ApiObject, path: string) =>
    (path === "metadata.name" ? metadata?.name : metadata?.namespace) ?? "";
  return (object) => labels.matches(object.metadata?.labels) && fields.matches((path) => value(object, path));
}

function nodeMetrics(node: StoredNode, measured: MeasuredNode | undefined): NodeMetrics[] {
  if (!measured?.node) return [];
  const usage = measured.node;
  return [{ ...identity("NodeMetrics", node), ...timesOf(usage), usage: quantities(usage) }];
}

/** A pod of which not every running container is known yet is left out. */
function podMetrics(pod: StoredPod, measured: MeasuredNode | undefined): PodMetrics[] {
  const found = measured?.pods.find((it) => it.pod.uid === pod.metadata?.uid);
  const [first] = found?.containers ?? [];
  if (!found || !first || found.containers.length < (found.pod.containers?.length ?? 0)) return [];
  const containers = found.containers.map(({ name, usage }) => ({ name, usage: quantities(usage) }));
  return [{ ...identity("PodMetrics", pod), ...timesOf(first.usage), containers }];
}

function identity(kind: string, { metadata }: ApiObject) {
  const { name, namespace, labels, creationTimestamp } = metadata ?? {};
  return { apiVersion, kind, metadata: { name, namespace, labels, creationTimestamp } };
}

function timesOf({ timeMs, windowMs }: Usage) {
  return { timestamp: rfc3339(timeMs), window: `${windowMs / 1000}s` };
}

function quantities({ cpuNanoCores, memoryBytes }: Usage): Record<string, string> {
  const cpu = new Quantity(BigInt(cpuNanoCores)).toString();
  return { cpu, memory: Quantity.of(Math.round(memoryBytes), "BinarySI").toString() };
}

function nameOf({ metadata }: ApiObject): string {
  return metadata?.name ?? "";
}

function notFound(kind: string, shown: string, name: string): never {
  throw new StatusError("NotFound", `${kind}.metrics.k8s.io "${shown}" not found`, {
    ...{ group: "metrics.k8s.io", kind, name },
  });
}
