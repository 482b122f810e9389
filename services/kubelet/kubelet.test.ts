import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Pod } from "../../gen/typernetes/core/v1/pod.ts";
import { eventually } from "../../lib/base/eventually.ts";
import { freePort } from "../../lib/base/test-port.ts";
import type { ContainerConfig, Runtime } from "./runtimes/runtime.ts";
import { isReady, nodeName, restarts, TestKubelet } from "./test-kubelet.ts";

let node: TestKubelet;
before(async () => {
  node = await TestKubelet.start();
});
after(() => node.close());

const fate = (values: Record<string, string>) => ({
  env: Object.entries(values).map(([name, value]) => ({ name, value })),
});

test("a bound pod runs, is ready and says where", async () => {
  await node.create("web", { imagePullPolicy: "IfNotPresent" });
  const { status } = await node.until("web", isReady);
  assert.equal(status?.phase, "Running");
  assert.deepEqual([status?.hostIP, status?.hostIPs], ["127.0.0.1", [{ ip: "127.0.0.1" }]]);
  assert.match(status?.podIP ?? "", /^127\.98\./);
  const conditions = status?.conditions?.map(({ type, status: value }) => `${type}=${value}`);
  assert.deepEqual(conditions, [
    "PodReadyToStartContainers=True",
    "Initialized=True",
    "Ready=True",
    "ContainersReady=True",
    "PodScheduled=True",
  ]);
  const [container] = status?.containerStatuses ?? [];
  assert.match(container?.containerID ?? "", /^hollow:\/\//);
  assert.deepEqual([container?.ready, container?.started, container?.restartCount], [true, true, 0]);
  const events = [
    'Pulled: Container image "host" already present on machine',
    "Created: Created container: main",
    "Started: Started container main",
  ];
  // They are written beside each other.
  for (const event of events) await node.told("web", event);
  assert.deepEqual(await node.events("web"), events);
  const [event] = await node.eventObjects("web");
  const { kind, namespace, name } = event?.involvedObject ?? {};
  assert.deepEqual([kind, namespace, name, event?.source?.host], ["Pod", "default", "web", nodeName]);
});

test("a pod that asks for more than this node does is refused: an event, Failed, and nothing runs", async () => {
  const volumes = [{ name: "remote", nfs: { server: "nowhere", path: "/" } }];
  await node.create("demanding", {}, { volumes });
  const { status } = await node.until("demanding", (pod) => pod.status?.phase === "Failed");
  const message = "Pod was rejected: this node does not support spec.volumes[0].nfs";
  assert.deepEqual([status?.reason, status?.message], ["UnsupportedPodSpec", message]);
  assert.equal(status?.containerStatuses, undefined);
  await node.told("demanding", `UnsupportedPodSpec: ${message}`);
  assert.ok((await node.runtime.listSandboxes()).every(({ pod }) => pod.name !== "demanding"));
  await node.delete("demanding");
  await node.untilGone("demanding");
});

test("a pod that was not scheduled gets no host port that is taken", async () => {
  const ports = [{ containerPort: 80, hostPort: await freePort() }];
  await node.create("first", { ports });
  await node.until("first", isReady);
  await node.create("second", { ports });
  const { status } = await node.until("second", (pod) => pod.status?.phase === "Failed");
  const message =
    "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
  assert.deepEqual([status?.reason, status?.message], ["NodePorts", message]);
  for (const name of ["first", "second"]) {
    await node.delete(name);
    await node.untilGone(name);
  }
});

test("a pod past its deadline is stopped and fails", async () => {
  await node.create("late", {}, { activeDeadlineSeconds: 600 });
  await node.until("late", isReady);
  await node.client.core.v1.pods.patch("late", { spec: { activeDeadlineSeconds: 1 } }, { namespace: "default" });
  const { status } = await node.until("late", (pod) => pod.status?.phase === "Failed");
  const message = "Pod was active on the node longer than the specified deadline";
  assert.deepEqual([status?.reason, status?.message], ["DeadlineExceeded", message]);
  assert.ok(status?.containerStatuses?.[0]?.state?.terminated);
  await node.told("late", `DeadlineExceeded: ${message}`);
});

test("a change of image starts the container anew", async () => {
  await node.create("changing", { image: "app:1" });
  const pod = await node.until("changing", isReady);
  const [container] = pod.spec?.containers ?? [];
  await node.client.core.v1.pods.update({
    ...pod,
    spec: { ...pod.spec, containers: [{ ...container, image: "app:2" }] },
  });
  const now = await node.until("changing", (it) => restarts(it) === 1 && isReady(it));
  assert.equal(now.status?.containerStatuses?.[0]?.image, "app:2");
  await node.told("changing", "Killing: Container main definition changed, will be restarted");
});

test("a pod that somebody else holds with a finalizer is stopped, and stays until it is let go", async () => {
  await node.create("held", {});
  const pod = await node.until("held", isReady);
  const held = { ...pod, metadata: { ...pod.metadata, finalizers: ["example.com/hold"] } };
  await node.client.core.v1.pods.update(held);
  await node.delete("held");
  const ended = await node.until("held", ({ status }) => status?.phase === "Succeeded");
  await eventually(async () => (await node.runtime.listSandboxes()).every((it) => it.pod.name !== "held"));
  assert.deepEqual(ended.metadata?.finalizers, ["example.com/hold"]);
  await node.client.core.v1.pods.patch("held", { metadata: { finalizers: null } }, { namespace: "default" });
  await node.untilGone("held");
});

test("a pod that is deleted while its container starts is not started for long", async () => {
  await node.create("starting", fate({ HOLLOW_START_SECONDS: "3" }));
  await eventually(async () => (await node.runtime.listContainers()).some(({ state }) => state === "Created"));
  await node.delete("starting");
  await node.untilGone("starting");
});

/** What a kubelet leaves that is killed at some point between the first sandbox and the first status. */
async function leaveBehind(runtime: Runtime, { metadata }: Pod, until: "sandbox" | "created" | "started") {
  const { namespace = "", name = "", uid = "" } = metadata ?? {};
  const place = { attempt: 0, hostname: name, hostNetwork: false, portMappings: [], labels: {} };
  const sandboxId = await runtime.runSandbox({ pod: { namespace, name, uid }, ...place });
  if (until === "sandbox") return sandboxId;
  const id = await runtime.createContainer(sandboxId, config);
  if (until === "started") await runtime.startContainer(id);
  return sandboxId;
}

const config: ContainerConfig = {
  ...{ name: "main", attempt: 0, image: "host", env: [], mounts: [], resources: {}, labels: {} },
  ...{ stdin: false, stdinOnce: false, tty: false },
  security: {
    ...{ privileged: false, readOnlyRootFilesystem: false, noNewPrivileges: false },
    ...{ supplementalGroups: [], addCapabilities: [], dropCapabilities: [] },
  },
};

for (const until of ["sandbox", "created", "started"] as const) {
  test(`a start that a kubelet was killed in is carried on by the next: ${until}`, async () => {
    const { runtime } = node;
    await node.stop();
    const name = `broken-${until}`;
    const sandboxId = await leaveBehind(runtime, await node.create(name, {}), until);
    await node.run();
    const pod = await node.until(name, isReady);
    assert.equal(restarts(pod), 0);
    const sandboxes = (await runtime.listSandboxes()).filter((it) => it.pod.name === name);
    assert.deepEqual(
      sandboxes.map(({ id }) => id),
      [sandboxId],
    );
    const containers = await runtime.listContainers(sandboxId);
    assert.deepEqual(
      containers.map(({ attempt, state }) => [attempt, state]),
      [[0, "Running"]],
    );
  });
}

test("a node that lost all its containers starts them again, and says that the old ones are gone", async () => {
  await node.create("lost", {});
  await node.until("lost", isReady);
  const { runtime } = node;
  await node.stop();
  for (const { id } of (await runtime.listSandboxes()).filter(({ pod }) => pod.name === "lost"))
    await runtime.removeSandbox(id);
  await node.run();
  const pod = await node.until("lost", (it) => restarts(it) === 1 && isReady(it));
  assert.equal(pod.status?.containerStatuses?.[0]?.lastState?.terminated?.reason, "ContainerStatusUnknown");
});

test("the node tells its size, its address and its state", async () => {
  const { status, spec, metadata } = await node.client.core.v1.nodes.get(nodeName);
  const names = Object.keys(status?.capacity ?? {}).filter((name) => !name.startsWith("hugepages-"));
  assert.deepEqual(names.sort(), ["cpu", "ephemeral-storage", "memory", "pods"]);
  const { capacity, allocatable } = status ?? {};
  assert.deepEqual([allocatable?.["cpu"], allocatable?.["pods"]], [capacity?.["cpu"], "110"]);
  const kibibytes = (amounts: Record<string, string> | undefined) => Number.parseInt(amounts?.["memory"] ?? "", 10);
  assert.equal(kibibytes(capacity) - kibibytes(allocatable), 100 * 1024, "what has to stay free");
  assert.deepEqual(status?.addresses, [
    { type: "InternalIP", address: "127.0.0.1" },
    { type: "Hostname", address: nodeName },
  ]);
  assert.equal(status?.conditions?.find(({ type }) => type === "Ready")?.status, "True");
  assert.match(status?.nodeInfo?.containerRuntimeVersion ?? "", /^hollow:\/\//);
  assert.equal(spec?.podCIDR, "127.98.0.0/16");
  assert.equal(metadata?.labels?.["kubernetes.io/hostname"], nodeName);
  await node.told(nodeName, "Starting: Starting kubelet.");
  const lease = await node.client.coordination.v1.leases.get(nodeName, { namespace: "kube-node-lease" });
  assert.equal(lease.spec?.holderIdentity, nodeName);
  assert.equal(lease.metadata?.ownerReferences?.[0]?.uid, metadata?.uid);
});

test("a node that is cordoned and labelled stays so when its kubelet comes back", async () => {
  const { nodes } = node.client.core.v1;
  await nodes.patch(nodeName, { metadata: { labels: { disk: "ssd" } }, spec: { unschedulable: true } });
  await node.stop();
  await node.run();
  const { spec, metadata } = await nodes.get(nodeName);
  assert.deepEqual([spec?.unschedulable, metadata?.labels?.["disk"]], [true, "ssd"]);
  await nodes.patch(nodeName, { spec: { unschedulable: null } });
  assert.equal((await nodes.get(nodeName)).spec?.unschedulable, undefined);
});
