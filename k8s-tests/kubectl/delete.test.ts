import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../support/wait.ts";
import { deployment, kubectlCluster, sleeper } from "./kubectl-cluster.ts";

const cluster = kubectlCluster();

/** Newer ones tell the namespace, too. */
const deleted = (kind: string, name: string) =>
  new RegExp(`^${kind} "${name}" (force )?deleted( from default namespace)?\n$`);
const names = (kind: string) => cluster.kubectl("get", kind, "-o", "name");

async function deployed(name: string): Promise<void> {
  await cluster.apply(deployment(name, 1));
  await cluster.kubectl("rollout", "status", `deployment/${name}`);
}

test("delete one, several, by selector, all, from a file", async () => {
  for (const name of ["a", "b", "c", "d"]) {
    await cluster.kubectl("create", "configmap", name);
    await cluster.kubectl("label", "configmap", name, `name=${name}`);
  }
  assert.match(await cluster.kubectl("delete", "configmap", "a"), deleted("configmap", "a"));
  assert.match(await cluster.kubectl("delete", "configmap", "-l", "name=b"), deleted("configmap", "b"));
  assert.match(await cluster.kubectl("delete", "cm/c", "cm/d"), /^configmap "c" deleted.*\nconfigmap "d" deleted.*\n$/);
  assert.equal(
    await cluster.failure("delete", "configmap", "a"),
    'Error from server (NotFound): configmaps "a" not found\n',
  );
  assert.equal(await cluster.kubectl("delete", "configmap", "a", "--ignore-not-found"), "");
  await cluster.apply(sleeper("quick"));
  const force = ["delete", "pod", "quick", "--grace-period=0", "--force"];
  assert.match(await cluster.kubectl(...force), deleted("pod", "quick"));
});

test("delete in the background takes dependents away afterwards", async () => {
  await deployed("background");
  assert.match(
    await cluster.kubectl("delete", "deployment", "background", "--cascade=background"),
    deleted("deployment\\.apps", "background"),
  );
  await waitFor("all dependents have gone", async () => (await names("replicasets,pods")) === "");
});

test("delete in the foreground takes dependents away first", async () => {
  await deployed("foreground");
  await cluster.kubectl("delete", "deployment", "foreground", "--cascade=foreground");
  assert.equal(await names("deployments,replicasets"), "");
  await waitFor("the pods have gone", async () => (await names("pods")) === "");
});

test("orphans stay, and belong to nobody", async () => {
  await deployed("orphaned");
  await cluster.kubectl("delete", "deployment", "orphaned", "--cascade=orphan");
  const [set = ""] = (await names("replicasets")).split("\n");
  assert.match(set, /^replicaset\.apps\/orphaned-/);
  await waitFor("it belongs to nobody", async () => (await cluster.field(set, ".metadata.ownerReferences")) === "");
  await cluster.kubectl("delete", set, "--cascade=orphan");
  await waitFor("the pod is left", async () => (await names("pods")).startsWith("pod/orphaned-"));
  assert.match(await cluster.kubectl("delete", "pods", "--all", "--now"), /^pod "orphaned-\S+" deleted/);
});

test("an object with a finalizer stays until that is taken off", async () => {
  await cluster.kubectl("create", "configmap", "held");
  const finalizers = (list: string[]) => JSON.stringify({ metadata: { finalizers: list } });
  const patch = (list: string[]) =>
    cluster.kubectl("patch", "configmap", "held", "--type=merge", "-p", finalizers(list));
  await patch(["example.com/held"]);
  await cluster.kubectl("delete", "configmap", "held", "--wait=false");
  assert.notEqual(await cluster.field("configmap/held", ".metadata.deletionTimestamp"), "");
  const waiting = cluster.background("delete", "configmap", "held");
  await waiting.printed('configmap "held" deleted', 120_000);
  assert.equal(waiting.ended, false);
  await patch([]);
  await waitFor("it has gone", async () => waiting.ended);
});

test("a namespace goes with all that is in it", async () => {
  await cluster.kubectl("create", "namespace", "leaving");
  await cluster.apply(deployment("inside", 1), "-n", "leaving");
  assert.equal(await cluster.kubectl("delete", "namespace", "leaving"), 'namespace "leaving" deleted\n');
  assert.equal(
    await cluster.failure("get", "namespace", "leaving"),
    'Error from server (NotFound): namespaces "leaving" not found\n',
  );
  assert.equal(await cluster.kubectl("get", "all", "-n", "leaving"), "");
});

test("--dry-run leaves everything as it is", async () => {
  await cluster.kubectl("create", "configmap", "left");
  for (const where of ["client", "server"]) {
    const word = where === "server" ? "server dry run" : "dry run";
    const printed = await cluster.kubectl("delete", "configmap", "left", `--dry-run=${where}`);
    assert.match(printed, new RegExp(`^configmap "left" deleted( from default namespace)? \\(${word}\\)\n$`));
  }
  assert.match(await names("configmaps"), /^configmap\/left$/m);
});
