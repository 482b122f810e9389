import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { runCli, startTestCluster, type TestCluster } from "../test-cluster.ts";

describe("objects are printed as kubectl prints them", () => {
  let cluster: TestCluster;
  let clock: SimulatedClock;
  before(async () => {
    cluster = await startTestCluster();
    const { client } = cluster;
    const pod = (name: string, labels: Record<string, string>) => ({
      metadata: { name, namespace: "default", labels },
      spec: { containers: [{ name: "main", image: "example/web:1" }] },
    });
    const { metadata } = await client.core.v1.pods.create(pod("web-1", { app: "web", tier: "front" }));
    // What is made within the next half hour is ten hours old, too.
    clock = new SimulatedClock(Date.parse(metadata?.creationTimestamp ?? "") + 10.5 * 3_600_000);
    await client.core.v1.pods.create(pod("db-1", { app: "db" }));
    await client.core.v1.configmaps.create({
      metadata: { name: "settings", namespace: "default" },
      data: { color: "blue" },
    });
    await client.core.v1.namespaces.create({ metadata: { name: "empty" } });
  });
  after(() => cluster.close());

  const show = async (words: string) => {
    const { code, stdout, stderr } = await cluster.typectl(words.split(" "), { clock });
    return `${stdout}${stderr}${code === 0 ? "" : `[${code}]`}`;
  };

  const tables: readonly [words: string, printed: string][] = [
    [
      "get pods",
      "NAME    READY   STATUS    RESTARTS   AGE\ndb-1    0/1     Pending   0          10h\nweb-1   0/1     Pending   0          10h\n",
    ],
    ["get po web-1 --no-headers", "web-1   0/1   Pending   0     10h\n"],
    [
      "get pod/web-1 -o wide",
      "NAME    READY   STATUS    RESTARTS   AGE   IP       NODE     NOMINATED NODE   READINESS GATES\nweb-1   0/1     Pending   0          10h   <none>   <none>   <none>           <none>\n",
    ],
    [
      "get pods -l app=web --show-labels",
      "NAME    READY   STATUS    RESTARTS   AGE   LABELS\nweb-1   0/1     Pending   0          10h   app=web,tier=front\n",
    ],
    [
      "get pods -L tier",
      "NAME    READY   STATUS    RESTARTS   AGE   TIER\ndb-1    0/1     Pending   0          10h   \nweb-1   0/1     Pending   0          10h   front\n",
    ],
    [
      "get cm,pods -l app!=x",
      "NAME                 DATA   AGE\nconfigmap/settings   1      10h\n\nNAME        READY   STATUS    RESTARTS   AGE\npod/db-1    0/1     Pending   0          10h\npod/web-1   0/1     Pending   0          10h\n",
    ],
    [
      "get cm -A --field-selector=metadata.name=settings",
      "NAMESPACE   NAME       DATA   AGE\ndefault     settings   1      10h\n",
    ],
    ["get pods -o name", "pod/db-1\npod/web-1\n"],
    ["get pods --field-selector metadata.name=db-1 -o name", "pod/db-1\n"],
    ["get pods --sort-by=.metadata.labels.tier -o name", "pod/db-1\npod/web-1\n"],
    [
      "get pods -o custom-columns=NAME:.metadata.name,TIER:.metadata.labels.tier",
      "NAME    TIER\ndb-1    <none>\nweb-1   front\n",
    ],
    ["get cm settings -o jsonpath={.data.color}", "blue"],
    ["get cm settings -o jsonpath-as-json={.data}", '[\n    {\n        "color": "blue"\n    }\n]\n'],
    ["get pods -n empty", "No resources found in empty namespace.\n"],
    ["get deploy -A", "No resources found\n"],
    ["get cm none", 'Error from server (NotFound): configmaps "none" not found\n[1]'],
    ["get cm none --ignore-not-found", ""],
    ["get frobs", `error: the server doesn't have a resource type "frobs"\n[1]`],
    [
      "get pods -o frob",
      'error: unable to match a printer suitable for the output format "frob", allowed formats are: json, yaml, name, jsonpath, custom-columns, wide\n[1]',
    ],
    ["get pods x -A", "error: a resource cannot be retrieved by name across all namespaces\n[1]"],
    ["get pods x -l a=b", "error: name cannot be provided when a selector is specified\n[1]"],
    ["get pods --frob", "error: unknown flag: --frob\nSee 'typectl get --help' for usage.\n[1]"],
    ["get pods -l ,,", "Error from server (BadRequest): "],
  ];
  for (const [words, printed] of tables) {
    test(`typectl ${words}`, async () => {
      const shown = await show(words);
      if (printed.endsWith(": ")) assert.ok(shown.startsWith(printed), shown);
      else assert.equal(shown, printed);
    });
  }

  test("YAML and JSON of one object, and of many", async () => {
    const one: unknown = JSON.parse((await cluster.typectl("get cm settings -o json".split(" "))).stdout);
    const many: unknown = JSON.parse((await cluster.typectl("get cm -o json".split(" "))).stdout);
    assert.deepEqual(many, { apiVersion: "v1", items: [one], kind: "List", metadata: { resourceVersion: "" } });
    const { stdout } = await cluster.typectl("get cm settings -o yaml".split(" "));
    assert.match(
      stdout,
      /^apiVersion: v1\ndata:\n {2}color: blue\nkind: ConfigMap\nmetadata:\n {2}creationTimestamp: "/,
    );
  });

  test("get -w prints what there is, then every change", async () => {
    const stop = new AbortController();
    let printed = "";
    const watching = cluster.typectl(
      "get cm -w --no-headers -o custom-columns=N:.metadata.name,C:.data.color".split(" "),
      {
        signal: stop.signal,
        onOutput: (text) => {
          printed = text;
        },
      },
    );
    await eventually(() => printed.includes("settings"));
    await cluster.client.core.v1.configmaps.create({
      metadata: { name: "late", namespace: "default" },
      data: { color: "red" },
    });
    await eventually(() => /late\s+red/.test(printed));
    await cluster.client.core.v1.configmaps.delete("late", { namespace: "default" });
    await eventually(() => printed.split("late").length === 3);
    stop.abort(new Error("stopped by the test"));
    await watching;
  });

  test("wait resolves when the condition comes, and fails when it does not", async () => {
    const { pods } = cluster.client.core.v1;
    const waiting = cluster.typectl("wait --for=condition=Ready pod/web-1 --timeout=60s".split(" "));
    const pod = await pods.get("web-1", { namespace: "default" });
    await pods.updateStatus({ ...pod, status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } });
    assert.deepEqual(await waiting, { code: 0, stdout: "pod/web-1 condition met\n", stderr: "" });
    const late = await cluster.typectl("wait --for=condition=Ready pod/db-1 --timeout=50ms".split(" "));
    assert.deepEqual(late, {
      code: 1,
      stdout: "",
      stderr: "error: timed out waiting for the condition on pods/db-1\n",
    });
    const path = await cluster.typectl(["wait", "--for=jsonpath={.status.phase}=Running", "pod/web-1"]);
    assert.equal(path.stdout, "pod/web-1 condition met\n");
  });

  test("wait for deletion and for creation", async () => {
    const { configmaps } = cluster.client.core.v1;
    await configmaps.create({ metadata: { name: "brief", namespace: "default" } });
    const gone = cluster.typectl("wait --for=delete cm/brief --timeout=60s".split(" "));
    await configmaps.delete("brief", { namespace: "default" });
    assert.equal((await gone).code, 0);
    const made = cluster.typectl("wait --for=create cm/fresh --timeout=60s".split(" "));
    await configmaps.create({ metadata: { name: "fresh", namespace: "default" } });
    assert.equal((await made).stdout, "configmap/fresh condition met\n");
  });

  test("describe tells of a pod and what happened to it", async () => {
    const { client } = cluster;
    const pod = await client.core.v1.pods.get("db-1", { namespace: "default" });
    await client.core.v1.events.create({
      metadata: { name: "db-1.1", namespace: "default" },
      involvedObject: { kind: "Pod", name: "db-1", namespace: "default", uid: pod.metadata?.uid ?? "" },
      type: "Warning",
      reason: "FailedScheduling",
      message: "0/1 nodes are available",
      source: { component: "default-scheduler" },
      firstTimestamp: pod.metadata?.creationTimestamp,
      lastTimestamp: pod.metadata?.creationTimestamp,
      count: 2,
    });
    const shown = await show("describe pod db-1");
    assert.match(shown, /^Name: {13}db-1\nNamespace: {8}default\n/);
    assert.match(shown, /\nContainers:\n {2}main:\n {4}Image: {8}example\/web:1\n/);
    assert.match(
      shown,
      /\nEvents:\n {2}Type +Reason +Age +From +Message\n(.*\n) +Warning {2}FailedScheduling {2}10h \(x2 over 10h\) {2}default-scheduler {2}0\/1 nodes are available\n$/,
    );
  });

  test("kinds without a description of their own are described by their fields", async () => {
    await cluster.client.coordination.v1.leases.create({
      metadata: { name: "turn", namespace: "default" },
      spec: { holderIdentity: "me" },
    });
    assert.match(await show("describe lease turn"), /\nSpec:\n {2}Holder Identity: {2}me\n/);
  });

  test("what is known without a server needs none", async () => {
    const { code, stdout } = await runCli(["api-resources", "--api-group=apps", "-o", "name"]);
    assert.deepEqual([code, stdout.split("\n")[0]], [0, "controllerrevisions.apps"]);
    assert.match((await runCli(["explain", "pods.spec.containers.image"])).stdout, /FIELD: image <string>/);
    assert.match((await runCli(["completion", "bash"])).stdout, /complete -o default -F _typectl typectl/);
    assert.equal((await runCli(["version", "--client"])).stdout, "Client Version: v1.34.0\n");
  });

  test("contexts are listed and chosen", async () => {
    assert.equal(await show("config current-context"), "typernetes\n");
    assert.equal(await show("config use-context other"), 'error: no context exists with the name: "other"\n[1]');
    assert.doesNotMatch(await show("config view"), /PRIVATE KEY|client-key-data: [A-Za-z0-9]{20}/);
    assert.equal(
      await show("config set-context other --cluster=typernetes --user=kubernetes-admin --namespace=empty"),
      'Context "other" created.\n',
    );
    assert.equal(await show("get pods --context other"), "No resources found in empty namespace.\n");
  });

  test("no cluster, no kubeconfig, no such context: each says what to do", async () => {
    const none = await runCli(["get", "pods"]);
    assert.match(
      none.stderr,
      /^error: no kubeconfig at \/nonexistent\/\.kube\/config: start a cluster with "typernetes up"/,
    );
    const path = await cluster.file(
      "dead",
      "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: c, cluster: {server: 'https://127.0.0.1:1', extensions: [{name: typernetes.io/grpc, extension: {address: '127.0.0.1:1'}}]}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {}}]\n",
    );
    const dead = await runCli(["get", "pods"], { env: { KUBECONFIG: path } });
    assert.deepEqual(
      [dead.code, dead.stderr],
      [1, "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n"],
    );
    assert.match(
      (await runCli(["--context", "x", "get", "pods"], { env: { KUBECONFIG: path } })).stderr,
      /^error: the kubeconfig has no entry "x" in contexts\n$/,
    );
  });

  test("a flag before the command that is none is told of, not what stands behind it", async () => {
    assert.equal((await runCli(["--server", "127.0.0.1:1", "get", "pods"])).stderr, "error: unknown flag: --server\n");
  });

  test("unknown commands name their neighbours", async () => {
    assert.equal(
      (await runCli(["gte"])).stderr,
      'error: unknown command "gte" for "typectl"\n\nDid you mean this?\n\tget\n',
    );
    assert.match((await runCli(["help"])).stdout, /Commands:\n {2}get /);
  });
});
