import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PodList } from "../../gen/typernetes/core/v1/pod.ts";
import { KubeletServiceDefinition } from "../../gen/typernetes/kubelet/v1/kubelet.ts";
import { eventually } from "../../lib/base/eventually.ts";
import { isReady, nodeName, shell, TestKubelet } from "./test-kubelet.ts";
import { processMachine } from "./test-process-machine.ts";

const waitMsMax = 60_000;

let node: TestKubelet;
before(async () => {
  node = await TestKubelet.start({ machine: await processMachine() });
  const script =
    "echo started; dd if=/dev/zero of=/cache/big bs=1024 count=2048 2>/dev/null; while :; do sleep 0.1; done";
  const probe = { exec: { command: ["true"] }, periodSeconds: 1 };
  const container = shell(script, { volumeMounts: [{ name: "cache", mountPath: "/cache" }], readinessProbe: probe });
  await node.create("web", container, { volumes: [{ name: "cache", emptyDir: {} }] });
  await node.until("web", isReady);
});
after(() => node.close());

async function get(path: string): Promise<{ code: number; type: string; body: string }> {
  const { httpGet } = KubeletServiceDefinition.methods;
  const answer = { code: 0, type: "", body: "" };
  const chunks: Uint8Array[] = [];
  for await (const { code, contentType, chunk } of node.transport().serverStream(KubeletServiceDefinition, httpGet, {
    path,
  })) {
    if (code !== undefined) answer.code = code;
    if (contentType !== undefined) answer.type = contentType;
    if (chunk) chunks.push(chunk);
  }
  return { ...answer, body: Buffer.concat(chunks).toString() };
}

const metric = (text: string, name: string) => Number(new RegExp(`^${name} ([0-9.e+]+)( \\d+)?$`, "m").exec(text)?.[1]);

test("/metrics/resource tells what node, pods and containers use, by Kubernetes' names", async () => {
  const labels = 'namespace="default",pod="web"';
  const body = await eventually(async () => {
    const answer = await get("/metrics/resource");
    assert.equal(answer.code, 200);
    assert.match(answer.type, /^text\/plain; version=0.0.4/);
    return metric(answer.body, `container_cpu_usage_seconds_total{container="main",${labels}}`) > 0 && answer.body;
  }, waitMsMax);
  for (const name of [
    `container_memory_working_set_bytes{container="main",${labels}}`,
    `container_start_time_seconds{container="main",${labels}}`,
    `pod_cpu_usage_seconds_total{${labels}}`,
    `pod_memory_working_set_bytes{${labels}}`,
    "node_cpu_usage_seconds_total",
    "node_memory_working_set_bytes",
  ])
    assert.ok(metric(body, name) > 0, name);
  assert.equal(metric(body, "resource_scrape_error"), 0);
  assert.match(body, /^# TYPE container_cpu_usage_seconds_total counter$/m);
});

test("/stats/summary tells of node, pods, containers, their disks and volumes", async () => {
  const summary = await eventually(async () => {
    const { code, body } = await get("/stats/summary");
    assert.equal(code, 200);
    const answer = JSON.parse(body);
    return answer.pods[0]?.containers[0]?.cpu.usageNanoCores > 0 && answer;
  }, waitMsMax);
  assert.equal(summary.node.nodeName, nodeName);
  assert.ok(summary.node.cpu.usageCoreNanoSeconds > 0 && summary.node.memory.workingSetBytes > 0);
  assert.ok(summary.node.fs.capacityBytes > summary.node.fs.availableBytes);
  const [pod] = summary.pods;
  assert.deepEqual([pod.podRef.name, pod.podRef.namespace], ["web", "default"]);
  assert.equal(pod.containers[0].name, "main");
  assert.ok(pod.memory.workingSetBytes > 0 && pod.process_stats.process_count > 0);
  assert.ok(pod.containers[0].logs.usedBytes > 0);
  await eventually(async () => {
    const { pods } = JSON.parse((await get("/stats/summary")).body);
    const [volume] = pods[0].volume.filter(({ name }: { name: string }) => name === "cache");
    return volume.usedBytes >= 2 << 20 && pods[0]["ephemeral-storage"].usedBytes >= 2 << 20;
  }, waitMsMax);
  const brief = JSON.parse((await get("/stats/summary?only_cpu_and_memory=true")).body);
  assert.equal(brief.node.fs, undefined);
  assert.ok(brief.pods[0].memory.usageBytes > 0);
});

test("/metrics, /metrics/cadvisor and /metrics/probes tell of the kubelet, of containers and of probes", async () => {
  const own = (await get("/metrics")).body;
  assert.equal(metric(own, "kubelet_running_pods"), 1);
  assert.equal(metric(own, `kubelet_node_name{node="${nodeName}"}`), 1);
  assert.ok(metric(own, "process_cpu_seconds_total") > 0);
  const containers = (await get("/metrics/cadvisor")).body;
  assert.match(containers, /^container_memory_usage_bytes\{container="main",id="\/\w+",image="host",name="\w+",/m);
  const { uid } = (await node.get("web")).metadata ?? {};
  const labels = `container="main",namespace="default",pod="web",pod_uid="${uid}"`;
  const succeeded = `prober_probe_total{${labels},probe_type="Readiness",result="successful"}`;
  await eventually(async () => metric((await get("/metrics/probes")).body, succeeded) > 0, waitMsMax);
});

test("pods, logs, configuration and health can be asked for; what is not there is not found", async () => {
  const pods: PodList = JSON.parse((await get("/pods")).body);
  assert.deepEqual(
    pods.items?.map(({ metadata }) => metadata?.name),
    ["web"],
  );
  assert.equal((await get("/containerLogs/default/web/main?tailLines=1")).body, "started\n");
  assert.equal((await get("/containerLogs/default/nobody/main")).code, 404);
  const { kubeletconfig } = JSON.parse((await get("/configz")).body);
  assert.equal(kubeletconfig.kind, "KubeletConfiguration");
  assert.equal(kubeletconfig.evictionHard["memory.available"], "100Mi");
  assert.deepEqual(await get("/healthz"), { code: 200, type: "text/plain; charset=utf-8", body: "ok" });
  assert.match((await get("/logs/")).body, /^<pre>\n/);
  for (const path of ["/nothing", "/logs/../../etc/passwd", "/logs/%2e%2e%2f%2e%2e%2fetc%2fpasswd"])
    assert.equal((await get(path)).code, 404, path);
});

test("a pod is evicted when a volume, or what a container writes, is larger than it may be", async () => {
  const fill = (path: string) => shell(`dd if=/dev/zero of=${path} bs=1024 count=4096 2>/dev/null; sleep 1000`);
  const mounted = { ...fill("/cache/big"), volumeMounts: [{ name: "cache", mountPath: "/cache" }] };
  await node.create("large-volume", mounted, { volumes: [{ name: "cache", emptyDir: { sizeLimit: "1Mi" } }] });
  await node.create("large-layer", { ...fill("/var/tmp/big"), resources: { limits: { "ephemeral-storage": "1Mi" } } });
  const ended = ({ status }: { status?: { phase?: string | undefined } | undefined }) => status?.phase === "Failed";
  const volume = (await node.until("large-volume", ended, waitMsMax)).status;
  assert.equal(volume?.reason, "Evicted");
  assert.equal(volume?.message, 'Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ');
  const layer = (await node.until("large-layer", ended, waitMsMax)).status;
  assert.equal(layer?.reason, "Evicted");
  assert.equal(layer?.message, "Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. ");
  await node.told("large-layer", "Evicted: Pod ephemeral local storage usage exceeds");
});
