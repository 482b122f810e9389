import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Pod } from "../../clients/sdk/index.ts";
import { readProc } from "../support/traces.ts";
import { waitFor } from "../support/wait.ts";
import { ConstantLoad, spread, type Target } from "./load.ts";
import type { Stage } from "./stage.ts";

const manifest = readFileSync(join(import.meta.dirname, "../../examples/hello.yaml"), "utf8");
const namespace = "default";

/** One step of the story: `run` answers what is worth telling. */
export interface Step {
  name: string;
  run(stage: Stage): Promise<string>;
}

/** What Typernetes is for, from an empty machine to an empty machine. */
export const story: readonly Step[] = [
  { name: "apply a Deployment with 3 replicas and a Service", run: applyHello },
  { name: "300 requests through the Service spread over the pods", run: spreadRequests },
  { name: "a pod whose process is killed comes back", run: healPod },
  { name: "rolling update under constant load", run: rollOut },
  { name: "a broken version is stopped by its deadline and rolled back", run: rollBack },
  { name: "scale to 6", run: scaleUp },
  { name: "drain a node", run: drainNode },
];

async function applyHello(stage: Stage): Promise<string> {
  const start = performance.now();
  await stage.typectl(["apply", "-f", "-"], { input: manifest });
  const target = await serviceOf(stage);
  await waitFor("the first pod serves", async () => (await spread(target, 1)).size > 0);
  const firstMs = performance.now() - start;
  await rolledOut(stage);
  return `first pod served ${(firstMs / 1000).toFixed(2)} s after apply began`;
}

async function spreadRequests(stage: Stage): Promise<string> {
  const target = await serviceOf(stage);
  await waitFor("3 pods answer", async () => (await spread(target, 30)).size === 3);
  const answers = await spread(target, 300);
  assert.equal(answers.size, 3, `3 pods should answer, not ${[...answers.keys()]}`);
  for (const [pod, count] of answers) assert.ok(count > 50, `${pod} answered only ${count} of 300 requests`);
  return [...answers].map(([pod, count]) => `${pod}: ${count}`).join(", ");
}

async function healPod(stage: Stage): Promise<string> {
  const [pod] = await readyPods(stage);
  const name = pod?.metadata?.name ?? "";
  const before = restarts(pod);
  const start = performance.now();
  process.kill(processOf(name), "SIGKILL");
  await waitFor(`${name} has been started again and is ready`, async () => {
    const now = await stage.client.core.v1.pods.get(name, { namespace });
    return restarts(now) > before && isReady(now);
  });
  return `${name} is ready again after ${((performance.now() - start) / 1000).toFixed(2)} s`;
}

async function rollOut(stage: Stage): Promise<string> {
  const load = new ConstantLoad(await serviceOf(stage));
  try {
    await stage.typectl(["apply", "-f", "-"], { input: version("2") });
    await rolledOut(stage);
    await waitFor("only the new version is left", async () => (await livePods(stage)).length === 3);
  } finally {
    await load.stop();
  }
  const { requests, failures, versions } = await load.stop();
  assert.deepEqual(failures, [], `of ${requests} requests ${failures.length} failed`);
  assert.ok(
    (versions.get("v1") ?? 0) > 0 && (versions.get("v2") ?? 0) > 0,
    `both versions should have answered: ${[...versions]}`,
  );
  return `${requests} requests, ${failures.length} failed`;
}

async function rollBack(stage: Stage): Promise<string> {
  const { deployments } = stage.client.apps.v1;
  const { spec } = await deployments.get("hello", { namespace });
  const broken = version("3").replace("$(SERVER_JS)", "process.exit(1)");
  await stage.typectl(["apply", "-f", "-"], { input: broken.replace(/(progressDeadlineSeconds:) \d+/, "$1 10") });
  const failure = await rolledOut(stage).catch((error: Error) => error);
  assert.ok(
    failure instanceof Error && /exceeded its progress deadline/.test(failure.message),
    `the rollout should have failed: ${failure}`,
  );
  assert.equal((await readyPods(stage)).length, 3, "three pods of the version before should serve on");
  // Good versions have as long as a busy machine needs for them.
  const { progressDeadlineSeconds } = spec ?? {};
  await deployments.patch("hello", { spec: { progressDeadlineSeconds } }, { namespace });
  await stage.typectl(["rollout", "undo", "deployment/hello"]);
  await rolledOut(stage);
  const answers = await spread(await serviceOf(stage), 30);
  return `the version before serves on from ${answers.size} pods`;
}

async function scaleUp(stage: Stage): Promise<string> {
  const start = performance.now();
  await stage.typectl(["scale", "deployment/hello", "--replicas=6"]);
  await waitFor("6 pods are ready", async () => (await readyPods(stage)).length === 6);
  return `6 pods are ready after ${((performance.now() - start) / 1000).toFixed(2)} s`;
}

async function drainNode(stage: Stage): Promise<string> {
  const node = "node-2";
  await stage.typectl(["drain", node, "--ignore-daemonsets", "--timeout=240s"], { timeoutMs: 270_000 });
  await waitFor("6 pods are ready elsewhere", async () => {
    const pods = await readyPods(stage);
    return pods.length === 6 && pods.every((pod) => pod.spec?.nodeName !== node);
  });
  await stage.typectl(["uncordon", node]);
  return `all pods have left ${node}`;
}

/** Waits until the rollout is complete. @throws Error when its deadline passes. */
async function rolledOut(stage: Stage): Promise<void> {
  await stage.typectl(["rollout", "status", "deployment/hello", "--timeout=240s"], { timeoutMs: 270_000 });
}

async function serviceOf(stage: Stage): Promise<Target> {
  const service = await stage.client.core.v1.services.get("hello", { namespace });
  return { host: service.spec?.clusterIP ?? "", port: service.spec?.ports?.[0]?.port ?? 0 };
}

async function livePods(stage: Stage): Promise<Pod[]> {
  return (await stage.client.core.v1.pods.list({ namespace, labelSelector: "app=hello" })).items;
}

async function readyPods(stage: Stage): Promise<Pod[]> {
  return (await livePods(stage)).filter((pod) => isReady(pod) && !pod.metadata?.deletionTimestamp);
}

function isReady(pod: Pod): boolean {
  return (
    pod.status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false
  );
}

function restarts(pod: Pod | undefined): number {
  return pod?.status?.containerStatuses?.[0]?.restartCount ?? 0;
}

/** The process of the hello server in a pod, by its environment. */
function processOf(podName: string): number {
  const pid = readdirSync("/proc").find((name) => {
    if (!/^\d+$/.test(name) || !readProc(name, "cmdline").startsWith("node\0")) return false;
    return readProc(name, "environ").split("\0").includes(`POD_NAME=${podName}`);
  });
  assert.ok(pid, `the process of ${podName} should run`);
  return Number(pid);
}

function version(number: string): string {
  return manifest.replace('value: "1"', `value: "${number}"`);
}
