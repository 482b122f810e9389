import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { without } from "../support/pod-runtimes.ts";
import { PrivateContainerd, testImage } from "../support/private-containerd.ts";
import { programPath, runProgram } from "../support/program.ts";
import { waitFor } from "../support/wait.ts";
import { Place } from "../up/cluster.ts";

const skip = without("containerd");
const kubectlPath = process.env.KUBECTL ?? "kubectl";
/** A machine with other work takes its time. */
const patienceMs = 120_000;

const script = "echo started; touch /tmp/ready; exec nc -ll -p 8080 -e echo -n hello";

const web = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: "web",
            image: testImage,
            command: ["sh", "-c", script],
            readinessProbe: { exec: { command: ["test", "-e", "/tmp/ready"] }, periodSeconds: 1, timeoutSeconds: 30 },
            livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 30 },
            resources: { limits: { memory: "64Mi" } },
          },
        ],
      },
    },
  },
};

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
};

/** A cluster on a containerd of its own. */
async function clusterOn(context: TestContext) {
  // Made first, it is taken away first: while its containers can still be ended.
  const place = await Place.make(context);
  const containerd = new PrivateContainerd();
  context.after(() => containerd.stop());
  await containerd.start();
  const flags = ["--runtime", "cri", "--cri-socket", containerd.socketPath];
  const env = { ...process.env, KUBECONFIG: join(place.dataDir, "kubeconfig"), HOME: place.dataDir };
  const run = (...args: string[]) => runProgram(kubectlPath, args, { env, timeoutMs: patienceMs });
  const kubectl = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 0, `kubectl ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const apply = async (...manifests: object[]) => {
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: manifests });
    const { code, stderr } = await runProgram(kubectlPath, ["apply", "-f", "-"], { env, input });
    assert.equal(code, 0, stderr);
  };
  const start = async () => {
    const program = await place.start(...flags);
    await waitFor("the service account is there", () => kubectl("get", "serviceaccount", "default"), patienceMs);
    return program;
  };
  return { containerd, place, start, run, kubectl, apply };
}

test("a cluster on containerd: deployment, logs, exec, probes, service, restart, and nothing left", {
  skip,
}, async (context) => {
  const { containerd, place, start, run, kubectl, apply } = await clusterOn(context);
  const program = await start();
  assert.match(await kubectl("get", "nodes", "-o", "wide"), /containerd:\/\/\d/);
  await apply(web, service);
  await kubectl("rollout", "status", "deployment/web", "--timeout=120s");
  assert.equal(await kubectl("logs", "deployment/web"), "started\n");

  const pods = (await kubectl("get", "pods", "-l", "app=web", "-o", "name")).trim().split("\n");
  assert.equal(pods.length, 2);
  const [first = ""] = pods;
  assert.equal(await kubectl("exec", first, "--", "sh", "-c", "echo out; hostname"), `out\n${first.slice(4)}\n`);
  assert.equal((await run("exec", first, "--", "sh", "-c", "exit 7")).code, 7);
  const missing = await run("exec", first, "--", "no-such-command");
  assert.match(missing.stderr, /no-such-command.*not found/);

  const answer = await waitFor(
    "the service answers by its name",
    async () => (await run("exec", first, "--", "nc", "-w", "5", "web", "80")).stdout || undefined,
    patienceMs,
  );
  assert.equal(answer, "hello");

  const containers = () =>
    kubectl("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].status.containerStatuses[*].containerID}");
  const before = await containers();
  program.kill("SIGKILL");
  await waitFor("the program has gone", async () => program.ended);
  const again = await start();
  assert.equal(await containers(), before, "containers outlive their kubelet");
  assert.equal(await kubectl("logs", "deployment/web"), "started\n");

  await kubectl("exec", first, "--", "rm", "/tmp/ready");
  await kubectl("wait", first, "--for=condition=Ready=false", "--timeout=120s");

  await kubectl("delete", "deployment/web", "service/web");
  await waitFor(
    "the pods' containers are gone",
    async () => (await containerd.left()).every((line) => line.startsWith("network:")),
    patienceMs,
  );
  await again.stop(60_000);
  assert.deepEqual(await containerd.left(), []);
  assert.deepEqual(place.left(), []);
});

test("a container that fails its liveness probe starts again, and down takes away a killed cluster", {
  skip,
}, async (context) => {
  const { containerd, place, start, kubectl, apply } = await clusterOn(context);
  const program = await start();
  await apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "ill" },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: "main",
          image: testImage,
          command: ["sh", "-c", "echo life; exec sleep 1000"],
          livenessProbe: {
            exec: { command: ["test", "-e", "/tmp/well"] },
            ...{ periodSeconds: 1, failureThreshold: 1, initialDelaySeconds: 1, timeoutSeconds: 30 },
          },
        },
      ],
    },
  });
  const restarts = () => kubectl("get", "pod", "ill", "-o", "jsonpath={.status.containerStatuses[0].restartCount}");
  await waitFor("the container starts again", async () => Number(await restarts()) > 0, patienceMs);
  assert.equal(await kubectl("logs", "ill", "--previous"), "life\n");
  program.kill("SIGKILL");
  await waitFor("the program has gone", async () => program.ended);
  assert.notDeepEqual(await containerd.left(), []);
  const down = await place.down();
  assert.equal(down.code, 0, down.stderr);
  assert.deepEqual(await containerd.left(), []);
  assert.deepEqual(place.left(), []);
});

test("without containerd, pods on it are refused", async (context) => {
  const place = await Place.make(context);
  const flags = place.up("--runtime", "cri", "--cri-socket", join(place.dataDir, "no.sock"));
  const { code, stderr } = await runProgram(programPath("typernetes"), flags);
  assert.equal(code, 1);
  assert.match(stderr, /^error: containerd cannot be used: .*no\.sock.*--runtime process runs pods\n$/);
});
