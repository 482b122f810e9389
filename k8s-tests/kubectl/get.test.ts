import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../support/wait.ts";
import { deployment, kubectlCluster, sleeper } from "./kubectl-cluster.ts";

const cluster = kubectlCluster(async (cluster) => {
  await cluster.apply(sleeper("beta", { order: "1" }));
  await cluster.apply(sleeper("alpha", { order: "2" }));
  await cluster.awaited("condition=Ready", "pod", "--all");
});

const lines = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => line.trimEnd().split(/ {2,}/));

test("get prints the columns of Kubernetes", async () => {
  const [head, ...rows] = lines(await cluster.kubectl("get", "pods"));
  assert.deepEqual(head, ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]);
  assert.deepEqual(
    rows.map((row) => row.slice(0, 4)),
    [
      ["alpha", "1/1", "Running", "0"],
      ["beta", "1/1", "Running", "0"],
    ],
  );
  assert.match(rows[0]?.[4] ?? "", /^(\d+[ms])+$/);
  const headings = {
    nodes: "NAME STATUS ROLES AGE VERSION",
    services: "NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE",
    namespaces: "NAME STATUS AGE",
    endpointslices: "NAME ADDRESSTYPE PORTS ENDPOINTS AGE",
    events: "LAST SEEN TYPE REASON OBJECT MESSAGE",
    clusterroles: "NAME CREATED AT",
    configmaps: "NAME DATA AGE",
    servicecidrs: "NAME CIDRS AGE",
    ipaddresses: "NAME PARENTREF AGE",
    priorityclasses: "NAME VALUE GLOBAL-DEFAULT AGE PREEMPTIONPOLICY",
  };
  for (const [kind, expected] of Object.entries(headings)) {
    const [printed = []] = lines(await cluster.kubectl("get", kind));
    assert.equal(printed.join(" "), expected, kind);
  }
});

test("get says when there is nothing", async () => {
  const { code, stdout, stderr } = await cluster.run(["get", "deployments"]);
  assert.deepEqual([code, stdout, stderr], [0, "", "No resources found in default namespace.\n"]);
  assert.equal((await cluster.run(["get", "persistentvolumes"])).stderr, "No resources found\n");
  assert.equal(
    await cluster.failure("get", "nonsense"),
    'error: the server doesn\'t have a resource type "nonsense"\n',
  );
  assert.equal(await cluster.failure("get", "pod", "none"), 'Error from server (NotFound): pods "none" not found\n');
  assert.equal(await cluster.kubectl("get", "pod", "none", "--ignore-not-found"), "");
});

test("get -o wide, with labels, without headers", async () => {
  const [head] = lines(await cluster.kubectl("get", "pods", "-o", "wide"));
  assert.deepEqual(head?.slice(5), ["IP", "NODE", "NOMINATED NODE", "READINESS GATES"]);
  const [nodes] = lines(await cluster.kubectl("get", "nodes", "-o", "wide"));
  assert.deepEqual(nodes?.slice(5), ["INTERNAL-IP", "EXTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME"]);
  const [, row] = lines(await cluster.kubectl("get", "pods", "--show-labels"));
  assert.equal(row?.[5], "order=2");
  const [labelled] = lines(await cluster.kubectl("get", "pods", "-L", "order"));
  assert.equal(labelled?.[5], "ORDER");
  assert.equal(lines(await cluster.kubectl("get", "pods", "--no-headers")).length, 2);
  const [everywhere] = lines(await cluster.kubectl("get", "pods", "-A"));
  assert.equal(everywhere?.[0], "NAMESPACE");
});

test("get -o name, json, yaml", async () => {
  assert.equal(await cluster.kubectl("get", "pods", "-o", "name"), "pod/alpha\npod/beta\n");
  const list: { kind: string; items: { kind: string; metadata: { name: string } }[] } = JSON.parse(
    await cluster.kubectl("get", "pods", "-o", "json"),
  );
  assert.equal(list.kind, "List");
  assert.deepEqual(
    list.items.map(({ kind, metadata }) => [kind, metadata.name]),
    [
      ["Pod", "alpha"],
      ["Pod", "beta"],
    ],
  );
  assert.match(await cluster.kubectl("get", "pods", "-o", "yaml"), /^items:\n- apiVersion: v1\n {2}kind: Pod\n/m);
  const yaml = await cluster.kubectl("get", "pod", "alpha", "-o", "yaml");
  assert.match(yaml, /^apiVersion: v1\nkind: Pod\nmetadata:\n/);
  assert.match(yaml, /^ {2}name: alpha\n {2}namespace: default\n {2}resourceVersion: "\d+"\n {2}uid: /m);
});

test("get -o jsonpath, go-template, custom-columns", async () => {
  const get = (output: string) => cluster.kubectl("get", "pods", "-o", output);
  assert.equal(await get("jsonpath={.items[*].metadata.name}"), "alpha beta");
  assert.equal(
    await get('jsonpath={range .items[*]}{.metadata.name}={.metadata.labels.order}{"\\n"}{end}'),
    "alpha=2\nbeta=1\n",
  );
  assert.equal(await get('jsonpath={.items[?(@.metadata.labels.order=="1")].metadata.name}'), "beta");
  assert.equal(await get("go-template={{range .items}}{{.metadata.name}} {{end}}"), "alpha beta ");
  assert.deepEqual(lines(await get("custom-columns=POD:.metadata.name,ORDER:.metadata.labels.order")), [
    ["POD", "ORDER"],
    ["alpha", "2"],
    ["beta", "1"],
  ]);
});

test("get --sort-by", async () => {
  const sorted = (path: string) => cluster.kubectl("get", "pods", `--sort-by=${path}`, "-o", "name");
  assert.equal(await sorted(".metadata.labels.order"), "pod/beta\npod/alpha\n");
  const table = lines(await cluster.kubectl("get", "pods", "--sort-by=.metadata.labels.order"));
  assert.deepEqual(
    table.map(([name]) => name),
    ["NAME", "beta", "alpha"],
  );
});

test("get by selectors of labels and fields", async () => {
  const names = (...args: string[]) => cluster.kubectl("get", "pods", "-o", "name", ...args);
  assert.equal(await names("-l", "order=1"), "pod/beta\n");
  assert.equal(await names("-l", "order in (2,3)"), "pod/alpha\n");
  assert.equal(await names("-l", "!order"), "");
  assert.equal(await names("--field-selector", "metadata.name=beta,status.phase=Running"), "pod/beta\n");
  assert.equal(await names("--field-selector", "status.phase!=Running"), "");
  assert.equal(await names("--chunk-size", "1"), "pod/alpha\npod/beta\n");
  assert.equal(
    await cluster.failure("get", "pods", "--field-selector", "spec.none=1"),
    'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "spec.none=1": field label not supported: spec.none\n',
  );
});

test("get --watch follows what changes", async () => {
  const watch = cluster.background(
    "get",
    "pods",
    "--watch",
    "-o",
    "custom-columns=NAME:.metadata.name",
    "--no-headers",
  );
  await watch.printed("beta", 120_000);
  await cluster.apply(sleeper("watched"));
  await watch.printed("watched", 120_000);
  const table = cluster.background("get", "pods", "watched", "--watch");
  await table.printed("watched", 120_000);
  // A pod that has no node goes at once.
  await cluster.awaited("condition=PodScheduled", "pod/watched");
  await cluster.kubectl("delete", "pod", "watched", "--now");
  await table.printed("Terminating", 120_000);
  await Promise.all([watch.stop(), table.stop()]);
});

test("get of several kinds, and of all", async () => {
  await cluster.apply(deployment("several", 1));
  await cluster.kubectl("rollout", "status", "deployment/several");
  const both = await cluster.kubectl("get", "deployments,services");
  assert.match(
    both,
    /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\ndeployment\.apps\/several +1\/1 +1 +1 +(\d+[ms])+\n\nNAME +TYPE .*\nservice\/kubernetes +ClusterIP +10\.\d+\.0\.1 +<none> +443\/TCP +(\d+[ms])+\n$/,
  );
  const all = await cluster.kubectl("get", "all");
  assert.match(all, /^pod\/alpha .*\npod\/beta .*\npod\/several-/m);
  assert.match(all, /^replicaset\.apps\/several-\w+ +1 +1 +1 +(\d+[ms])+$/m);
  assert.match(
    await cluster.kubectl("get", "--raw", "/api/v1/namespaces/default"),
    /^\{"apiVersion":"v1","kind":"Namespace"|"kind":"Namespace"/,
  );
  await cluster.kubectl("delete", "deployment", "several");
});

test("describe tells of pods, nodes, and what happened to them", async () => {
  const scheduled = /^ {2}Normal +Scheduled .* default-scheduler +Successfully assigned default\/alpha to node-1$/m;
  const started = /^ {2}Normal +Started .* kubelet.* +Started container main$/m;
  const pod = await waitFor("it is told that the pod has a node and its container has started", async () => {
    const described = await cluster.kubectl("describe", "pod", "alpha");
    return scheduled.test(described) && started.test(described) && described;
  });
  assert.match(pod, /^Name: +alpha\nNamespace: +default\n/);
  assert.match(pod, /^Status: +Running$/m);
  assert.match(pod, /^Events:\n {2}Type +Reason +Age +From +Message\n/m);
  const node = await waitFor("only these pods are on the node", async () => {
    const described = await cluster.kubectl("describe", "node", "node-1");
    return /^Non-terminated Pods: +\(2 in total\)$/m.test(described) && described;
  });
  assert.match(node, /^Roles: +<none>$/m);
  assert.match(node, /^Unschedulable: +false$/m);
});
