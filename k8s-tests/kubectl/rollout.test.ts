import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../support/wait.ts";
import { deployment, kubectlCluster, sleeper } from "./kubectl-cluster.ts";

const cluster = kubectlCluster((cluster) => cluster.apply(deployment("web", 2)));

test("rollout status waits until the deployment is complete", async () => {
  const printed = await cluster.kubectl("rollout", "status", "deployment/web");
  assert.match(printed, /^(Waiting for deployment .*\.\.\.\n)*deployment "web" successfully rolled out\n$/);
});

test("rollout history, undo, restart, pause and resume", async () => {
  const rollout = (...args: string[]) => cluster.kubectl("rollout", ...args);
  const setImage = ["set", "image", "deployment/web", "main=host:2"];
  assert.equal(await cluster.kubectl(...setImage), "deployment.apps/web image updated\n");
  await rollout("status", "deployment/web");
  assert.equal(
    await rollout("history", "deployment/web"),
    "deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n",
  );
  const second = await rollout("history", "deployment/web", "--revision=2");
  assert.match(
    second,
    /^deployment\.apps\/web with revision #2\nPod Template:\n {2}Labels:\tapp=web\n\tpod-template-hash=/,
  );
  assert.match(second, /^ {4}Image:\s+host:2$/m);
  assert.equal(await rollout("undo", "deployment/web"), "deployment.apps/web rolled back\n");
  await rollout("status", "deployment/web");
  assert.equal(await cluster.field("deployment/web", ".spec.template.spec.containers[0].image"), "host:1");
  assert.equal(await rollout("restart", "deployment/web"), "deployment.apps/web restarted\n");
  await rollout("status", "deployment/web");
  assert.match(
    await cluster.field("deployment/web", ".spec.template.metadata.annotations"),
    /"kubectl\.kubernetes\.io\/restartedAt":"2/,
  );
  assert.equal(await rollout("pause", "deployment/web"), "deployment.apps/web paused\n");
  assert.match(await cluster.failure("rollout", "pause", "deployment/web"), /is already paused\n$/);
  assert.equal(await rollout("resume", "deployment/web"), "deployment.apps/web resumed\n");
});

test("scale and autoscale", async () => {
  assert.equal(await cluster.kubectl("scale", "deployment/web", "--replicas=1"), "deployment.apps/web scaled\n");
  await cluster.kubectl("rollout", "status", "deployment/web");
  await waitFor("one is left", async () => (await cluster.field("deployment/web", ".status.replicas")) === "1");
  assert.match(
    await cluster.failure("scale", "deployment/web", "--current-replicas=9", "--replicas=1"),
    /Expected replicas to be 9, was 1/,
  );
  const autoscale = ["autoscale", "deployment", "web", "--min=1", "--max=3", "--cpu-percent=50"];
  assert.equal(await cluster.kubectl(...autoscale), "horizontalpodautoscaler.autoscaling/web autoscaled\n");
  await cluster.kubectl("delete", "hpa", "web");
});

test("stateful and daemon sets roll out, too", async () => {
  const { spec } = deployment("rolled", 2);
  const metadata = { name: "rolled" };
  const set = { apiVersion: "apps/v1", kind: "StatefulSet", metadata, spec: { ...spec, serviceName: "rolled" } };
  assert.equal(await cluster.apply(set), "statefulset.apps/rolled created\n");
  assert.match(await cluster.kubectl("rollout", "status", "statefulset/rolled"), /(complete|rolling update).*\n$/);
  const { selector, template } = spec;
  const everywhere = { apiVersion: "apps/v1", kind: "DaemonSet", metadata, spec: { selector, template } };
  assert.equal(await cluster.apply(everywhere), "daemonset.apps/rolled created\n");
  assert.match(
    await cluster.kubectl("rollout", "status", "daemonset/rolled"),
    /daemon set "rolled" successfully rolled out\n$/,
  );
  await cluster.kubectl("delete", "statefulset/rolled", "daemonset/rolled");
});

test("wait for conditions, for fields, for the end, and not for ever", async () => {
  await cluster.apply(sleeper("awaited"));
  assert.equal(await cluster.awaited("condition=Ready", "pod/awaited"), "pod/awaited condition met\n");
  if (cluster.minor >= 23) {
    const field = "jsonpath={.status.phase}=Running";
    assert.equal(await cluster.awaited(field, "pod/awaited"), "pod/awaited condition met\n");
  }
  assert.equal(
    await cluster.failure("wait", "--for=condition=Initialised", "pod/awaited", "--timeout=1s"),
    "error: timed out waiting for the condition on pods/awaited\n",
  );
  const waiting = cluster.background("wait", "--for=delete", "pod/awaited", "--timeout=200s", "--v=6");
  // It has looked at the pod: what has gone before that is not found.
  await waiting.printed("/pods/awaited", 120_000);
  await cluster.kubectl("delete", "pod", "awaited", "--wait=false");
  await waiting.printed("pod/awaited condition met", 120_000);
});

test("set changes environment, resources and selectors", async () => {
  const set = (...args: string[]) => cluster.kubectl("set", ...args);
  assert.equal(await set("env", "deployment/web", "A=1"), "deployment.apps/web env updated\n");
  assert.equal(await set("env", "deployment/web", "--list"), "# Deployment web, container main\nA=1\n");
  assert.equal(
    await set("resources", "deployment/web", "--requests=cpu=10m"),
    "deployment.apps/web resource requirements updated\n",
  );
  assert.equal(
    await set("serviceaccount", "deployment/web", "default"),
    "deployment.apps/web serviceaccount updated\n",
  );
});
