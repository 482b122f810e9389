import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { test } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { kubectlCluster } from "../kubectl/kubectl-cluster.ts";
import { waitFor } from "../support/wait.ts";

/** Counts on its output, and answers on a port with what it is sent. */
const program = `
  let n = 0;
  setInterval(() => console.log("line " + ++n), 100);
  require("node:net").createServer((socket) => socket.on("data", (text) => socket.end("echo " + text))).listen(8080);`;

const namespace = "default";
const readinessProbe = { tcpSocket: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 30 };
const pod = {
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "talker", labels: { app: "talker" } } },
  spec: {
    containers: [{ name: "main", image: "host", command: [process.execPath, "-e", program], readinessProbe }],
    terminationGracePeriodSeconds: 0,
  },
};

const config = new k8s.KubeConfig();
const cluster = kubectlCluster(async ({ kubeconfig }) => {
  config.loadFromFile(kubeconfig);
  await config.makeApiClient(k8s.CoreV1Api).createNamespacedPod({ namespace, body: pod });
  await waitFor("the pod is ready", async () => {
    const { status } = await core().readNamespacedPod({ namespace, name: "talker" });
    return status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
  });
});

function core(): k8s.CoreV1Api {
  return config.makeApiClient(k8s.CoreV1Api);
}

/** Gathers what is written to a stream. */
function gathering(): { stream: PassThrough; text: () => string } {
  const stream = new PassThrough();
  let text = "";
  stream.setEncoding("utf8").on("data", (more: string) => (text += more));
  return { stream, text: () => text };
}

const configMap = (name: string, data: Record<string, string> = {}) => ({ metadata: { name }, data });

test("list: objects, pages, selectors, and faults as the client knows them", async () => {
  const nodes = await core().listNode();
  assert.deepEqual(
    nodes.items.map(({ metadata }) => metadata?.name),
    ["node-1"],
  );
  assert.deepEqual([nodes.kind, nodes.items[0]?.kind], ["NodeList", undefined]);
  assert.equal((await core().readNode({ name: "node-1" })).kind, "Node");
  const first = await core().listNamespace({ limit: 1 });
  assert.ok(first.metadata?._continue);
  assert.equal(first.items.length, 1);
  const next = await core().listNamespace({ limit: 1, _continue: first.metadata._continue });
  assert.notEqual(next.items[0]?.metadata?.name, first.items[0]?.metadata?.name);
  const selected = await core().listNamespacedPod({ namespace, labelSelector: "app=talker" });
  assert.ok(selected.items[0]?.metadata?.creationTimestamp instanceof Date);
  await assert.rejects(core().readNamespacedPod({ namespace, name: "none" }), (error) => {
    assert.ok(error instanceof k8s.ApiException);
    assert.equal(error.code, 404);
    assert.match(String(error.body), /"reason":"NotFound"/);
    return true;
  });
});

test("watch: events until it is aborted", async () => {
  const seen: string[] = [];
  const ended: unknown[] = [];
  const follow = (phase: string, object: k8s.KubernetesObject) => seen.push(`${phase} ${object.metadata?.name}`);
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const { metadata } = await core().listNamespacedConfigMap({ namespace });
  const query = { fieldSelector: "metadata.name=watched", resourceVersion: metadata?.resourceVersion };
  const controller = await new k8s.Watch(config).watch(path, query, follow, (error) => ended.push(error));
  await core().createNamespacedConfigMap({ namespace, body: configMap("watched") });
  await core().replaceNamespacedConfigMap({ namespace, name: "watched", body: configMap("watched", { a: "1" }) });
  await core().deleteNamespacedConfigMap({ namespace, name: "watched" });
  await waitFor("all has been told", async () => seen.length >= 3);
  controller.abort();
  await waitFor("the watch has ended", async () => ended.length > 0);
  assert.deepEqual(seen, ["ADDED watched", "MODIFIED watched", "DELETED watched"]);
});

test("informer: a cache that follows the cluster", async () => {
  const list = () => core().listNamespacedConfigMap({ namespace });
  const informer = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, list);
  const told: string[] = [];
  for (const verb of ["add", "update", "delete"] as const) {
    informer.on(verb, ({ metadata }) => metadata?.name === "informed" && told.push(verb));
  }
  await informer.start();
  try {
    await core().createNamespacedConfigMap({ namespace, body: configMap("informed") });
    await waitFor("it is known", async () => informer.get("informed", namespace) !== undefined);
    await core().replaceNamespacedConfigMap({ namespace, name: "informed", body: configMap("informed", { a: "1" }) });
    await waitFor("the change is known", async () => informer.get("informed", namespace)?.data?.["a"] === "1");
    await core().deleteNamespacedConfigMap({ namespace, name: "informed" });
    await waitFor("it has gone", async () => informer.get("informed", namespace) === undefined);
  } finally {
    await informer.stop();
  }
  assert.deepEqual(told, ["add", "update", "delete"]);
});

test("exec: output, input and the exit code", async () => {
  const [out, err] = [gathering(), gathering()];
  const script = "read word; echo got $word; echo err >&2; exit 7";
  const stdin = Readable.from(["typed\n"]);
  const status = await new Promise<k8s.V1Status>((resolve, reject) => {
    new k8s.Exec(config)
      .exec(namespace, "talker", "main", ["sh", "-c", script], out.stream, err.stream, stdin, false, resolve)
      .catch(reject);
  });
  assert.equal(status.reason, "NonZeroExitCode");
  assert.deepEqual(status.details?.causes, [{ reason: "ExitCode", message: "7" }]);
  await waitFor("all output is there", async () => out.text() !== "" && err.text() !== "");
  assert.deepEqual([out.text(), err.text()], ["got typed\n", "err\n"]);
});

test("port-forward: bytes there and back", async () => {
  const [out, err] = [gathering(), gathering()];
  const input = new PassThrough();
  const forward = new k8s.PortForward(config);
  const socket = await forward.portForward(namespace, "talker", [8080], out.stream, err.stream, input);
  try {
    input.write("over");
    await waitFor("the pod answered", async () => {
      assert.equal(err.text(), "");
      return out.text() === "echo over";
    });
  } finally {
    (typeof socket === "function" ? socket() : socket)?.close();
  }
});

test("log: the last lines, and what follows", async () => {
  const out = gathering();
  const log = new k8s.Log(config);
  const controller = await log.log(namespace, "talker", "main", out.stream, { follow: true, tailLines: 1 });
  await waitFor("the log goes on", async () => out.text().split("\n").length > 4);
  controller.abort();
  assert.match(out.text(), /^line \d+\nline \d+\n/);
  assert.match(await core().readNamespacedPodLog({ namespace, name: "talker", limitBytes: 7 }), /^line 1\n$/);
});

test("patch in all four forms", async () => {
  await core().createNamespacedConfigMap({ namespace, body: configMap("patched", { a: "1" }) });
  const patch = (strategy: k8s.PatchStrategy, body: object, fieldManager?: string) => {
    const named = fieldManager === undefined ? {} : { fieldManager, force: true };
    return core().patchNamespacedConfigMap(
      { namespace, name: "patched", body, ...named },
      k8s.setHeaderOptions("Content-Type", strategy),
    );
  };
  const { JsonPatch, MergePatch, StrategicMergePatch, ServerSideApply } = k8s.PatchStrategy;
  assert.deepEqual((await patch(JsonPatch, [{ op: "add", path: "/data/b", value: "2" }])).data, { a: "1", b: "2" });
  assert.deepEqual((await patch(MergePatch, { data: { a: null } })).data, { b: "2" });
  assert.deepEqual((await patch(StrategicMergePatch, { data: { c: "3" } })).data, { b: "2", c: "3" });
  const whole = { apiVersion: "v1", kind: "ConfigMap", ...configMap("patched", { d: "4" }) };
  assert.deepEqual((await patch(ServerSideApply, whole, "tester")).data, { b: "2", c: "3", d: "4" });
});

test("objects of any kind, by what they say they are", async () => {
  const api = k8s.KubernetesObjectApi.makeApiClient(config);
  const object = { apiVersion: "v1", kind: "ConfigMap", ...configMap("any", { a: "1" }) };
  const header = { ...object, metadata: { ...object.metadata, namespace } };
  await api.create(header);
  const patched = await api.patch({ ...header, data: { a: "2" } });
  assert.equal(patched.data.a, "2");
  await api.delete(header);
  await assert.rejects(api.read(header), k8s.ApiException);
  assert.equal(await cluster.kubectl("get", "configmap", "any", "--ignore-not-found"), "");
});
