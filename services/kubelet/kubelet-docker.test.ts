import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, suite, test } from "node:test";
import { systemClock } from "../../lib/base/clock.ts";
import { eventually } from "../../lib/base/eventually.ts";
import { createDockerRuntime } from "./runtimes/docker/docker-runtime.ts";
import { removeEverything } from "./runtimes/docker/remove-everything.ts";
import { ensureTestImage, testImage } from "./runtimes/docker/test-image.ts";
import { BookNetwork, withoutDocker } from "./runtimes/docker/test-runtime.ts";
import { isReady, restarts, shell, TestKubelet, type TestMachine } from "./test-kubelet.ts";

async function dockerMachine(): Promise<TestMachine> {
  await ensureTestImage();
  const cluster = `kubelet-${randomBytes(6).toString("hex")}`;
  const place = { internalIP: "10.99.1.1", podCIDR: "10.99.0.0/24" };
  const options = { nodeName: "node-1", cluster, network: new BookNetwork(), place, clock: systemClock };
  const open = async () => createDockerRuntime(options);
  return { place, open, dispose: () => removeEverything({ cluster, clock: systemClock }) };
}

suite("the kubelet on Docker", { skip: withoutDocker }, () => {
  let node: TestKubelet;
  before(async () => {
    node = await TestKubelet.start({ machine: await dockerMachine() });
  });
  after(() => node.close());

  const image = { image: testImage, imagePullPolicy: "IfNotPresent" };

  test("a pod runs to its end, and is taken away", async () => {
    await node.create("job", shell("echo done; exit 3", image), { restartPolicy: "Never" });
    const pod = await node.until("job", ({ status }) => status?.phase === "Failed");
    assert.equal(pod.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 3);
    assert.equal(await node.logs("job"), "done\n");
    await node.delete("job");
    await node.untilGone("job");
    await eventually(async () => (await node.runtime.listContainers()).length === 0);
  });

  test("a container that crashes is started again, then held back; its last log is kept", async () => {
    await node.create("crashing", shell("echo crash; exit 1", image));
    const heldBack = await node.until("crashing", ({ status }) => {
      return status?.containerStatuses?.[0]?.state?.waiting?.reason === "CrashLoopBackOff";
    });
    assert.equal(restarts(heldBack), 1);
    assert.equal(await node.logs("crashing", { previous: true }), "crash\n");
    await node.delete("crashing", 0);
  });

  test("a command that is not there is held back, and says why", async () => {
    await node.create("mistaken", { ...image, command: ["no-such-command"] });
    const pod = await node.until("mistaken", ({ status }) => {
      return status?.containerStatuses?.[0]?.state?.waiting?.reason === "CrashLoopBackOff";
    });
    const { exitCode, message } = pod.status?.containerStatuses?.[0]?.lastState?.terminated ?? {};
    assert.ok(exitCode === 127 || exitCode === 128, `ended with ${exitCode}`);
    assert.match(message ?? "", /no-such-command/);
    await node.delete("mistaken", 0);
  });

  test("a restarted kubelet finds its pod, and restarts nothing", async () => {
    const readinessProbe = { exec: { command: ["true"] }, periodSeconds: 1, timeoutSeconds: 60 };
    await node.create("staying", shell("exec sleep 1000", { ...image, readinessProbe }));
    const before = await node.until("staying", isReady);
    await node.stop();
    await node.run();
    await node.client.core.v1.pods.patch(
      "staying",
      { metadata: { labels: { last: "yes" } } },
      { namespace: "default" },
    );
    const now = await node.until("staying", ({ metadata }) => metadata?.labels?.["last"] === "yes");
    const idOf = ({ status }: typeof now) => status?.containerStatuses?.[0]?.containerID;
    assert.deepEqual([idOf(now), restarts(now), isReady(now)], [idOf(before), 0, true]);
  });

  test("a container that is killed is started again within the same sandbox", async () => {
    await node.create("killed", shell("exec sleep 1000", image));
    await node.until("killed", isReady);
    const [sandbox] = (await node.runtime.listSandboxes()).filter(({ pod }) => pod.name === "killed");
    const [container] = await node.runtime.listContainers(sandbox?.id);
    await node.runtime.stopContainer(container?.id ?? "", 0);
    await node.until("killed", (pod) => restarts(pod) === 1 && isReady(pod));
    assert.equal((await node.runtime.listContainers(sandbox?.id)).length, 2);
  });

  test("volumes: in memory, parts of one, the pod's own fields, and of the node", async () => {
    const metadata = { namespace: "default", name: "keys" };
    await node.client.core.v1.configmaps.create({ metadata, data: { key: "value" } });
    const labels = { path: "labels", fieldRef: { fieldPath: "metadata.labels" } };
    const volumes = [
      { name: "memory", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
      { name: "keys", configMap: { name: "keys", defaultMode: 0o400 } },
      { name: "all", projected: { sources: [{ configMap: { name: "keys" } }, { downwardAPI: { items: [labels] } }] } },
      { name: "node", hostPath: { path: "/proc/sys/kernel/ostype", type: "File" } },
    ];
    const volumeMounts = [
      { name: "memory", mountPath: "/memory" },
      { name: "memory", mountPath: "/part", subPathExpr: "$(NAME)" },
      { name: "keys", mountPath: "/keys" },
      { name: "keys", mountPath: "/one", subPath: "key" },
      { name: "all", mountPath: "/all" },
      { name: "node", mountPath: "/ostype" },
    ];
    const env = [{ name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }];
    const script = [
      "stat -fc %T /memory; stat -c %a /memory; echo part > /part/file; cat /memory/volumes/file",
      "stat -Lc %a /keys/key; cat /keys/key /one /all/key /all/labels /ostype; touch /keys/x 2>/dev/null || echo denied",
    ].join("; ");
    const spec = { restartPolicy: "Never", volumes };
    await node.create("volumes", shell(script, { ...image, volumeMounts, env }), spec, { app: "web" });
    await node.until("volumes", ({ status }) => status?.phase === "Succeeded");
    assert.equal(await node.logs("volumes"), 'tmpfs\n777\npart\n400\nvaluevaluevalueapp="web"Linux\ndenied\n');
  });

  test("sidecars and hooks: started before, stopped after, with their words", async () => {
    const serving = "trap 'exit 0' TERM; touch /shared/trapped; while :; do sleep 0.1; done";
    const volumes = [{ name: "shared", emptyDir: {} }];
    const volumeMounts = [{ name: "shared", mountPath: "/shared" }];
    const postStart = {
      exec: { command: ["sh", "-c", "until [ -e /shared/trapped ]; do sleep 0.05; done; echo begun > /shared/begun"] },
    };
    const side = {
      name: "side",
      restartPolicy: "Always",
      ...shell(serving, { ...image, volumeMounts, lifecycle: { postStart } }),
    };
    const main = { name: "main", ...shell("cat /shared/begun", { ...image, volumeMounts }) };
    const lists = { volumes, initContainers: [side], containers: [main] };
    const spec = { restartPolicy: "Never", terminationGracePeriodSeconds: 60, ...lists };
    await node.create("sided", {}, spec);
    const pod = await node.until("sided", ({ status }) => status?.phase === "Succeeded");
    assert.equal(await node.logs("sided", { container: "main" }), "begun\n");
    assert.equal(pod.status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode, 0);
  });

  test("containers of a pod may share their processes", async () => {
    const script = "readlink /proc/self/ns/pid; exec sleep 1000";
    const containers = ["one", "two"].map((name) => ({ name, ...shell(script, image) }));
    await node.create("together", {}, { shareProcessNamespace: true, containers });
    await node.until("together", isReady);
    const namespace = (container: string) =>
      eventually(async () => (await node.logs("together", { container })) || undefined);
    assert.equal(await namespace("one"), await namespace("two"));
    await node.delete("together", 0);
  });
});
