import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { hollowMachine, isReady, nodeName, TestKubelet } from "../test-kubelet.ts";
import { readManifests } from "./read-manifests.ts";

const manifest = (image: string) => `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: default
  labels: {app: web}
spec:
  containers:
    - name: main
      image: ${image}
`;
const name = `web-${nodeName}`;

async function staticNode(t: { after(end: () => Promise<void>): void }) {
  const staticPodPath = mkdtempSync(join(tmpdir(), "static-pods-"));
  writeFileSync(join(staticPodPath, "web.yaml"), manifest("one"));
  const clock = new SimulatedClock(Date.now());
  const node = await TestKubelet.start({ clock, machine: await hollowMachine(clock), staticPodPath });
  t.after(async () => {
    await node.close();
    rmSync(staticPodPath, { recursive: true });
  });
  return { node, clock, file: join(staticPodPath, "web.yaml") };
}

test("a manifest of the node is a pod, which comes back when it is deleted", async (t) => {
  const { node } = await staticNode(t);
  const pod = await node.until(name, isReady);
  assert.equal(pod.metadata?.annotations?.["kubernetes.io/config.source"], "file");
  assert.deepEqual(pod.metadata?.labels, { app: "web" });
  await node.delete(name, 0);
  await node.until(name, (it) => it.metadata?.uid !== pod.metadata?.uid && isReady(it));
});

test("a manifest that changes makes its pod anew; one that goes takes its pod with it", async (t) => {
  const { node, clock, file } = await staticNode(t);
  await node.until(name, isReady);
  writeFileSync(file, manifest("two"));
  await eventually(async () => {
    await clock.advance(1_000);
    const pod = await node.get(name);
    return pod.spec?.containers?.[0]?.image === "two" && isReady(pod);
  });
  rmSync(file);
  await eventually(async () => {
    await clock.advance(1_000);
    return isStatusError(await node.get(name).catch((error: unknown) => error), "NotFound");
  });
});

test("files that hold no pod are told; hidden ones are not looked at", async () => {
  const directory = mkdtempSync(join(tmpdir(), "static-pods-"));
  writeFileSync(join(directory, ".hidden.yaml"), manifest("one"));
  writeFileSync(join(directory, "bad.yaml"), "apiVersion: v1\nkind: Pod\nspec: {contaners: []}\n");
  writeFileSync(
    join(directory, "good.json"),
    JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" } }),
  );
  const { pods, faults } = await readManifests(directory, "n");
  rmSync(directory, { recursive: true });
  assert.deepEqual(
    pods.map(({ metadata }) => metadata?.name),
    ["a-n"],
  );
  assert.deepEqual(
    faults.map(({ file }) => file),
    ["bad.yaml"],
  );
});
