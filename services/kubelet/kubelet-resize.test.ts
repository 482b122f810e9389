import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Container, Pod, ResourceRequirements } from "../../gen/typernetes/core/v1/pod.ts";
import { isReady, restarts, shell, TestKubelet } from "./test-kubelet.ts";
import { processMachine } from "./test-process-machine.ts";

let node: TestKubelet;
before(async () => {
  node = await TestKubelet.start({ machine: await processMachine() });
});
after(() => node.close());

const size = (cpu: string, memory: string): ResourceRequirements => ({
  requests: { cpu: "10m", memory: "16Mi" },
  limits: { cpu, memory },
});

async function start(name: string, more: Partial<Container>): Promise<void> {
  await node.create(name, shell("sleep 1000", { resources: size("100m", "32Mi"), ...more }));
  await node.until(name, isReady);
}

function resize(name: string, resources: ResourceRequirements): Promise<Pod> {
  const spec = { containers: [{ name: "main", resources }] };
  return node.client.core.v1.pods.patch(name, { spec }, { namespace: "default", subresource: "resize" });
}

const limitOf = (pod: Pod, name: "cpu" | "memory") => pod.status?.containerStatuses?.[0]?.resources?.limits?.[name];
const memoryLimit = async (id: string) => {
  const read = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max";
  const session = await node.runtime.exec(id, { command: ["sh", "-c", read], stdin: false, tty: false });
  let text = "";
  for await (const chunk of session.stdout) text += chunk;
  return Number(text);
};

test("a running container is given more, and less, without a restart", async () => {
  await start("growing", {});
  const [container] = await node.runtime.listContainers();
  const id = container?.id ?? "";
  assert.equal(await memoryLimit(id), 32 << 20);
  await resize("growing", size("200m", "64Mi"));
  const pod = await node.until("growing", (it) => limitOf(it, "memory") === "64Mi");
  assert.deepEqual([limitOf(pod, "cpu"), restarts(pod), await memoryLimit(id)], ["200m", 0, 64 << 20]);
  await resize("growing", size("50m", "48Mi"));
  await node.until("growing", (it) => limitOf(it, "memory") === "48Mi");
  assert.equal(await memoryLimit(id), 48 << 20);
  await node.delete("growing", 0);
});

test("a container that asks for it is started again with its new size", async () => {
  await start("restarting", { resizePolicy: [{ resourceName: "memory", restartPolicy: "RestartContainer" }] });
  await resize("restarting", size("100m", "64Mi"));
  const pod = await node.until("restarting", (it) => restarts(it) === 1 && isReady(it));
  assert.equal(limitOf(pod, "memory"), "64Mi");
  await node.told("restarting", "Killing: Container main resize requires restart");
  await node.delete("restarting", 0);
});

test("a size that the node never has stays pending", async () => {
  await start("immense", {});
  const requests = { cpu: "10000", memory: "16Mi" };
  await resize("immense", { requests, limits: { cpu: "10000", memory: "32Mi" } });
  const pod = await node.until("immense", ({ status }) => {
    return status?.conditions?.some(({ type, reason }) => type === "PodResizePending" && reason === "Infeasible");
  });
  assert.equal(limitOf(pod, "cpu"), "100m");
  await resize("immense", size("100m", "32Mi"));
  await node.until("immense", ({ status }) => !status?.conditions?.some(({ type }) => type === "PodResizePending"));
  await node.delete("immense", 0);
});
