import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmdirSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, suite, test } from "node:test";
import { type Node, waitFor } from "../../clients/sdk/index.ts";
import { PodCluster, patienceMs } from "../support/pod-cluster.ts";
import { without } from "../support/pod-runtimes.ts";

const serving = "echo up; while :; do sleep 0.2; done";
const memory = { "memory.available": "1Mi", "nodefs.inodesFree": "1%", "imagefs.inodesFree": "1%" };
const configuration = {
  evictionHard: { ...memory, "nodefs.available": "64Mi", "imagefs.available": "16Mi" },
  evictionPressureTransitionPeriod: "1s",
  shutdownGracePeriod: "60s",
  shutdownGracePeriodCriticalPods: "20s",
};

/** The whole cluster lies on a small disk of its own: a pod can fill it. */
suite("a node and what it tells", { skip: without("process") }, () => {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-small-disk-"));
  let cluster: PodCluster;
  let name = "";

  before(async () => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=224m", "tmpfs", directory]);
    const usual = process.env["TMPDIR"];
    process.env["TMPDIR"] = directory;
    cluster = new PodCluster("process");
    if (usual === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = usual;
    await cluster.start(configuration);
    name = await cluster.nodeName();
  });
  after(async () => {
    try {
      await cluster?.stop();
    } finally {
      execFileSync("umount", ["--lazy", directory]);
      rmdirSync(directory);
    }
  });

  const nodeIs = async (check: (node: Node) => boolean | undefined) => {
    const options = { timeoutMs: patienceMs };
    const node = await waitFor(cluster.client.core.v1.nodes, name, (it) => it !== undefined && !!check(it), options);
    return node ?? {};
  };
  const conditionOf = ({ status }: Node, type: string) => status?.conditions?.find((it) => it.type === type);

  test("the kubelet answers through the server and at its own port, to those who may ask", async () => {
    await cluster.create("speaker", cluster.shell(serving));
    await cluster.lines("speaker", 1);
    const through = async (path: string, ...flags: string[]) => {
      const { code, stdout, stderr } = await cluster.kubectl([
        ...flags,
        "get",
        "--raw",
        `/api/v1/nodes/${name}/proxy${path}`,
      ]);
      return code === 0 ? stdout : stderr;
    };
    assert.equal(await through("/healthz"), "ok");
    const pods: { items?: { metadata?: { name?: string } }[] } = JSON.parse(await through("/pods"));
    assert.ok(pods.items?.some(({ metadata }) => metadata?.name === "speaker"));
    assert.match(await through("/metrics/resource"), /^container_memory_working_set_bytes\{.*pod="speaker"/m);
    const summary: { node?: { nodeName?: string }; pods?: unknown[] } = JSON.parse(await through("/stats/summary"));
    assert.deepEqual([summary.node?.nodeName, summary.pods?.length], [name, 1]);
    assert.equal(await through("/containerLogs/default/speaker/main"), "up\n");
    const stranger = ["--as", "system:serviceaccount:default:default"];
    assert.match(await through("/pods", ...stranger), /[Ff]orbidden/);
    const { status } = await nodeIs((node) => Boolean(node.status?.daemonEndpoints?.kubeletEndpoint?.Port));
    const host = status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "";
    const port = status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
    const kubeconfig = readFileSync(cluster.kubeconfig, "utf8");
    const part = (key: string) =>
      Buffer.from(new RegExp(`"?${key}"?:\\s*"?([A-Za-z0-9+/=]+)`).exec(kubeconfig)?.[1] ?? "", "base64").toString();
    const ca = part("certificate-authority-data");
    const administrator = { cert: part("client-certificate-data"), key: part("client-key-data") };
    const ask = async (identity: object) => {
      const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
        get({ host, port, path: "/metrics/resource", ca, agent: false, ...identity }, resolve).on("error", reject);
      });
      return { code: response.statusCode, body: await text(response) };
    };
    const { code, body } = await ask(administrator);
    assert.equal(code, 200);
    assert.match(body, /^node_cpu_usage_seconds_total/m);
    assert.equal((await ask({})).code, 401);
    await cluster.delete("speaker");
  });

  test("on a disk that runs full the pod goes that takes more than it asked for, and others stay", async () => {
    const fill = (mebibytes: number) =>
      cluster.shell(`dd if=/dev/zero of=/data/file bs=1M count=${mebibytes} 2>/dev/null; ${serving}`, {
        volumeMounts: [{ name: "data", mountPath: "/data" }],
        ...(mebibytes < 50 && { resources: { requests: { "ephemeral-storage": "60Mi" } } }),
      });
    const volumes = [{ name: "data", emptyDir: {} }];
    await cluster.create("modest", fill(40), { volumes });
    await cluster.lines("modest", 1);
    const { lastTransitionTime } = conditionOf(await nodeIs(() => true), "DiskPressure") ?? {};
    await cluster.create("greedy", fill(130), { volumes });
    const { status } = await cluster.ended("greedy");
    assert.deepEqual([status?.phase, status?.reason], ["Failed", "Evicted"]);
    assert.match(status?.message ?? "", /^The node was low on resource: ephemeral-storage\./);
    // It has come and gone.
    await nodeIs((node) => {
      const pressure = conditionOf(node, "DiskPressure");
      return pressure?.status === "False" && pressure.lastTransitionTime !== lastTransitionTime;
    });
    const modest = await cluster.client.core.v1.pods.get("modest", { namespace: "default" });
    assert.equal(modest.status?.phase, "Running");
    await cluster.delete("greedy");
  });

  test("when the node is shut down its pods end in good order, and the server knows", async () => {
    const last = cluster.shell(`trap 'sleep 1; echo last words > /dev/termination-log; exit 0' TERM; ${serving}`);
    await cluster.create("polite", last, { terminationGracePeriodSeconds: 30, restartPolicy: "Always" });
    await cluster.lines("polite", 1);
    await cluster.down();
    await cluster.restart();
    const { status } = await cluster.ended("polite");
    const message = "Pod was terminated in response to imminent node shutdown.";
    assert.deepEqual([status?.phase, status?.reason, status?.message], ["Failed", "Terminated", message]);
    assert.equal(status?.containerStatuses?.[0]?.state?.terminated?.message, "last words\n");
    await nodeIs((node) => conditionOf(node, "Ready")?.status === "True");
    await cluster.create("fresh", cluster.shell(serving));
    await cluster.lines("fresh", 1);
  });
});
