import { StatusError } from "../../../lib/base/status-error.ts";
import { createMetrics, type Metrics } from "../../../lib/observe/metrics.ts";
import type { NodeContext } from "../pods/node-context.ts";
import type { PodManager } from "../pods/pod-manager.ts";
import type { PodWorker } from "../pods/pod-worker.ts";
import { streamLogs } from "../server/logs.ts";
import { containerMetrics } from "./container-metrics.ts";
import { CpuRates } from "./cpu-rates.ts";
import { type Endpoint, type HttpAnswer, jsonAnswer, textAnswer } from "./http-answer.ts";
import { nodeLogs } from "./node-logs.ts";
import { measureUsage } from "./node-usage.ts";
import { probeMetrics } from "./probe-metrics.ts";
import { prometheusText, prometheusType } from "./prometheus-text.ts";
import { resourceMetrics } from "./resource-metrics.ts";
import { summary } from "./summary.ts";

/** What a kubelet answers over HTTP, in one list; who may ask is decided before. */
export function createEndpoints(node: NodeContext, pods: PodManager): readonly Endpoint[] {
  const rates = new CpuRates();
  const metrics = kubeletMetrics(node, pods);
  const usage = () => measureUsage(node, pods.workers());
  const healthz = async () => textAnswer("ok");
  return [
    { path: "/healthz/", subresources: ["healthz", "proxy"], answer: healthz },
    { path: "/metrics", subresources: ["metrics"], answer: async () => metricsAnswer(await metrics.text()) },
    { path: "/metrics/resource", subresources: ["metrics"], answer: () => resources(node, usage) },
    {
      path: "/metrics/cadvisor",
      subresources: ["metrics"],
      answer: async () => metricsAnswer(prometheusText(containerMetrics(await usage()))),
    },
    {
      path: "/metrics/probes",
      subresources: ["metrics"],
      answer: async () => metricsAnswer(prometheusText(probeMetrics(pods.workers()))),
    },
    {
      path: "/stats/summary",
      subresources: ["stats"],
      answer: async (url) => {
        const briefly = url.searchParams.get("only_cpu_and_memory") === "true";
        return jsonAnswer(await summary(node, await usage(), rates, briefly));
      },
    },
    { path: "/pods", subresources: ["pods", "proxy"], answer: async () => podList([...pods.workers()]) },
    { path: "/runningpods/", subresources: ["proxy"], answer: async () => podList(await running(node, pods)) },
    { path: "/configz", subresources: ["configz", "proxy"], answer: async () => configuration(node) },
    {
      path: "/containerLogs/",
      subresources: ["proxy"],
      answer: (url, signal) => containerLogs(node, pods, url, signal),
    },
    { path: "/logs/", subresources: ["log"], answer: ({ pathname }) => nodeLogs(pathname.slice("/logs/".length)) },
  ];
}

/** The endpoint that a path belongs to; undefined when there is none. */
export function endpointOf(endpoints: readonly Endpoint[], pathname: string): Endpoint | undefined {
  return endpoints.find(({ path }) => {
    if (pathname === path || `${pathname}/` === path) return true;
    return path.endsWith("/") && pathname.startsWith(path);
  });
}

function metricsAnswer(text: string): HttpAnswer {
  return textAnswer(text, prometheusType);
}

function kubeletMetrics(node: NodeContext, pods: PodManager): Metrics {
  const metrics = createMetrics("kubelet");
  metrics.gauge("node_name", "[ALPHA] The node's name. The count is always 1.").set(1, { node: node.options.nodeName });
  const active = () => [...pods.workers()].filter(({ isAdmitted }) => isAdmitted);
  metrics.gauge("active_pods", "[ALPHA] The number of pods the kubelet considers active.", () => active().length);
  metrics.gauge("desired_pods", "[ALPHA] The number of pods the kubelet is being instructed to run.", () => {
    return [...pods.workers()].length;
  });
  metrics.gauge("running_pods", "[ALPHA] Number of pods that have a running pod sandbox", () => {
    return active().filter(({ pod }) => pod.status?.phase === "Running").length;
  });
  metrics.gauge("running_containers", "[ALPHA] Number of containers currently running", () => {
    const statuses = active().flatMap(({ pod }) => pod.status?.containerStatuses ?? []);
    return statuses.filter(({ state }) => state?.running).length;
  });
  return metrics;
}

async function resources({ logger }: NodeContext, usage: () => ReturnType<typeof measureUsage>): Promise<HttpAnswer> {
  const measured = await usage().catch((error: unknown) => {
    logger.warn({ err: error }, "could not measure what containers use");
    return undefined;
  });
  return metricsAnswer(prometheusText(resourceMetrics(measured)));
}

function podList(workers: readonly PodWorker[]): HttpAnswer {
  return jsonAnswer({ kind: "PodList", apiVersion: "v1", metadata: {}, items: workers.map(({ pod }) => pod) });
}

async function running({ view }: NodeContext, pods: PodManager): Promise<PodWorker[]> {
  const sandboxes = await view.sandboxesByPod();
  return [...pods.workers()].filter(({ pod }) => {
    return sandboxes.get(pod.metadata?.uid ?? "")?.some(({ state }) => state === "Ready");
  });
}

function configuration({ options }: NodeContext): HttpAnswer {
  const kind = { kind: "KubeletConfiguration", apiVersion: "kubelet.config.k8s.io/v1beta1" };
  const { clusterDNS, clusterDomain, staticPodPath, port } = options;
  const own = { port, clusterDomain, ...(clusterDNS && { clusterDNS: [clusterDNS] }) };
  const flags = staticPodPath ? { staticPodPath } : {};
  return jsonAnswer({ kubeletconfig: { ...kind, ...own, ...options.configuration, ...flags } });
}

/** `/containerLogs/<namespace>/<pod>/<container>`, with the options of `kubectl logs`. */
async function containerLogs(node: NodeContext, pods: PodManager, url: URL, signal: AbortSignal): Promise<HttpAnswer> {
  const [namespace = "", name = "", container = ""] = url.pathname.split("/").slice(2).map(decodeURIComponent);
  const worker = pods.find(namespace, name);
  if (!worker) throw new StatusError("NotFound", `pod ${JSON.stringify(name)} does not exist`);
  const asked = (key: string) => url.searchParams.get(key) === "true";
  const number = (key: string) => (url.searchParams.has(key) ? Number(url.searchParams.get(key)) : undefined);
  const options = {
    container,
    follow: asked("follow"),
    previous: asked("previous"),
    timestamps: asked("timestamps"),
    tailLines: number("tailLines"),
    sinceSeconds: number("sinceSeconds"),
    limitBytes: number("limitBytes"),
    sinceTime: url.searchParams.get("sinceTime") ?? undefined,
  };
  const body = chunksOf(streamLogs(node, worker, options, signal));
  return { code: 200, contentType: "text/plain", body };
}

async function* chunksOf(answers: AsyncIterable<{ chunk?: Uint8Array | undefined }>): AsyncGenerator<Uint8Array> {
  for await (const { chunk } of answers) if (chunk) yield chunk;
}
