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
    const readinessProbe = { exec: { command: ["true"] }, periodSeconds: 1 };
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
});
