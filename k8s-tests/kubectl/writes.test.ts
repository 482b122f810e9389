import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../support/wait.ts";
import { deployment, kubectlCluster, sleeper } from "./kubectl-cluster.ts";

const cluster = kubectlCluster();
const configMap = (name: string, data: Record<string, string>) => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name } },
  data,
});

test("apply creates, configures, and leaves alone what is as it should be", async () => {
  assert.equal(await cluster.apply(configMap("applied", { a: "1", b: "2" })), "configmap/applied created\n");
  assert.equal(await cluster.apply(configMap("applied", { a: "1", b: "2" })), "configmap/applied unchanged\n");
  assert.equal(await cluster.apply(configMap("applied", { a: "3" })), "configmap/applied configured\n");
  assert.equal(await cluster.field("configmap/applied", ".data"), '{"a":"3"}');
  assert.equal(
    await cluster.apply(configMap("tried", { a: "1" }), "--dry-run=server"),
    "configmap/tried created (server dry run)\n",
  );
  assert.equal(
    await cluster.failure("get", "configmap", "tried"),
    'Error from server (NotFound): configmaps "tried" not found\n',
  );
});

test("apply --prune deletes what a set has no more", async () => {
  const labelled = (name: string) => ({
    ...configMap(name, { a: "1" }),
    metadata: { name, labels: { set: "pruned" } },
  });
  const list = (...items: object[]) => ({ apiVersion: "v1", kind: "List", items });
  await cluster.apply(list(labelled("kept"), labelled("gone")));
  const only = [
    "--prune",
    "-l",
    "set=pruned",
    `--prune-${cluster.minor < 26 ? "white" : "allow"}list=core/v1/ConfigMap`,
  ];
  assert.equal(
    await cluster.apply(list(labelled("kept")), ...only),
    "configmap/kept unchanged\nconfigmap/gone pruned\n",
  );
});

test("apply complains of unknown fields and of faults in an object", async () => {
  const unknown = { ...configMap("unknown", {}), datum: {} };
  const { code, stderr } = await cluster.run(["apply", "-f", cluster.file("unknown.json", unknown)]);
  assert.equal(code, 1);
  assert.match(
    stderr,
    cluster.minor < 25
      ? /unknown field "datum" in io\.k8s\.api\.core\.v1\.ConfigMap/
      : /strict decoding error: unknown field "datum"/,
  );
  const faulty = deployment("faulty", -1);
  assert.equal(
    await cluster.failure("apply", "-f", cluster.file("faulty.json", faulty)),
    'The Deployment "faulty" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0\n',
  );
  assert.match(
    await cluster.failure("create", "configmap", "Bad_Name"),
    /a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '\.'/,
  );
});

test("diff shows what apply would change", async () => {
  const path = cluster.file("diff.json", configMap("compared", { colour: "blue" }));
  await cluster.kubectl("apply", "-f", path);
  assert.deepEqual(await cluster.run(["diff", "-f", path]), { code: 0, stdout: "", stderr: "" });
  cluster.file("diff.json", configMap("compared", { colour: "red" }));
  const { code, stdout } = await cluster.run(["diff", "-f", path]);
  assert.equal(code, 1);
  assert.match(stdout, /^- {2}colour: blue\n\+ {2}colour: red$/m);
});

test("edit sends what the editor has made of the object", async () => {
  await cluster.kubectl("create", "configmap", "edited", "--from-literal=colour=blue");
  const edit = (script: string) =>
    cluster.kubectlWith({ env: { KUBE_EDITOR: `sed -i ${script}` } }, "edit", "configmap", "edited");
  assert.equal(await edit("s/blue/green/"), "configmap/edited edited\n");
  assert.equal(await cluster.field("configmap/edited", ".data.colour"), "green");
  await edit("s/nothing/nothing/");
  assert.equal(await cluster.field("configmap/edited", ".data.colour"), "green");
});

test("patch in each of the three forms", async () => {
  await cluster.apply(deployment("patched", 0));
  const patch = (type: string, body: object) =>
    cluster.kubectl("patch", "deployment", "patched", `--type=${type}`, "-p", JSON.stringify(body));
  const containers = [{ name: "side", image: "host", command: ["sleep", "1"] }];
  const strategic = { spec: { template: { spec: { containers } } } };
  assert.equal(await patch("strategic", strategic), "deployment.apps/patched patched\n");
  // Not while its controller still tells of the change before.
  await waitFor("nothing changes any more", async () => {
    const printed = await patch("strategic", strategic);
    return printed === "deployment.apps/patched patched (no change)\n";
  });
  const names = () => cluster.field("deployment/patched", ".spec.template.spec.containers[*].name");
  assert.equal(await names(), "side main");
  assert.equal(await patch("merge", strategic), "deployment.apps/patched patched\n");
  assert.equal(await names(), "side");
  const operation = { op: "replace", path: "/spec/template/spec/containers/0/name", value: "third" };
  assert.equal(await patch("json", [operation]), "deployment.apps/patched patched\n");
  assert.equal(await names(), "third");
  assert.match(
    await cluster.failure(
      "patch",
      "deployment",
      "patched",
      "--type=json",
      "-p",
      '[{"op":"remove","path":"/spec/none"}]',
    ),
    /^The request is invalid/,
  );
});

test("replace, also by force", async () => {
  await cluster.kubectl("create", "configmap", "replaced", "--from-literal=a=1");
  const path = cluster.file("replaced.json", configMap("replaced", { b: "2" }));
  assert.equal(await cluster.kubectl("replace", "-f", path), "configmap/replaced replaced\n");
  assert.equal(await cluster.field("configmap/replaced", ".data"), '{"b":"2"}');
  const identity = await cluster.field("configmap/replaced", ".metadata.uid");
  const forced = await cluster.kubectl("replace", "--force", "-f", path);
  assert.match(forced, /^configmap "replaced" deleted( from default namespace)?\nconfigmap\/replaced replaced\n$/);
  assert.notEqual(await cluster.field("configmap/replaced", ".metadata.uid"), identity);
  const old = { ...configMap("replaced", {}), metadata: { name: "replaced", resourceVersion: "1" } };
  assert.equal(
    await cluster.failure("replace", "-f", cluster.file("old.json", old)),
    `Error from server (Conflict): error when replacing "${cluster.home}/old.json": Operation cannot be fulfilled on configmaps "replaced": the object has been modified; please apply your changes to the latest version and try again\n`,
  );
});

test("label and annotate", async () => {
  await cluster.apply(sleeper("marked"));
  const label = (...args: string[]) => cluster.kubectl("label", "pod", "marked", ...args);
  assert.equal(await label("tier=web"), "pod/marked labeled\n");
  assert.equal(await label("tier=web", "--overwrite"), "pod/marked not labeled\n");
  assert.equal(
    await cluster.failure("label", "pod", "marked", "tier=db"),
    "error: 'tier' already has a value (web), and --overwrite is false\n",
  );
  assert.equal(await label("tier=db", "--overwrite"), "pod/marked labeled\n");
  assert.equal(await label("tier-"), cluster.minor < 22 ? "pod/marked labeled\n" : "pod/marked unlabeled\n");
  assert.match(
    await cluster.failure("label", "pod", "marked", "tier=not valid"),
    /a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '\.'/,
  );
  assert.equal(await cluster.kubectl("annotate", "pod", "marked", "note=of some kind"), "pod/marked annotated\n");
  assert.equal(await cluster.field("pod/marked", ".metadata.annotations.note"), "of some kind");
});

test("create makes what its generators say", async () => {
  const lines = [
    ["create namespace made", "namespace/made created"],
    ["create secret generic made --from-literal=k=v", "secret/made created"],
    ["create serviceaccount made", "serviceaccount/made created"],
    ["create service clusterip made --tcp=80:8080", "service/made created"],
    ["create service nodeport made-too --tcp=80", "service/made-too created"],
    ["create quota made --hard=pods=100", "resourcequota/made created"],
    ["create priorityclass made --value=7", "priorityclass.scheduling.k8s.io/made created"],
    ["create role made --verb=get --resource=pods", "role.rbac.authorization.k8s.io/made created"],
    ["create rolebinding made --role=made --user=me", "rolebinding.rbac.authorization.k8s.io/made created"],
    ["create clusterrole made --verb=get --resource=pods", "clusterrole.rbac.authorization.k8s.io/made created"],
    ["create ingress made --rule=example.com/*=made:80", "ingress.networking.k8s.io/made created"],
    ["create job made --image=host -- true", "job.batch/made created"],
    ["create cronjob made --image=host --schedule=0_0_1_1_* -- true", "cronjob.batch/made created"],
    ["create deployment made --image=host -- sleep 1000", "deployment.apps/made created"],
  ];
  // Kubernetes 1.21 made them stable, and serves no older form any more.
  const served = lines.filter(([line]) => cluster.minor >= 21 || !line?.startsWith("create cronjob"));
  for (const [line = "", printed = ""] of served) {
    const args = line.split(" ").map((word) => word.replaceAll("_", " "));
    assert.equal(await cluster.kubectl(...args), `${printed}\n`, line);
  }
  assert.equal(
    await cluster.failure("create", "namespace", "made"),
    'Error from server (AlreadyExists): namespaces "made" already exists\n',
  );
});

test("run makes a pod, and expose a service for it", async () => {
  const run = ["run", "shown", "--image=host", "--port=8080", "--labels=app=shown", "--", "sleep", "1000"];
  assert.equal(await cluster.kubectl(...run), "pod/shown created\n");
  assert.equal(
    await cluster.kubectl("expose", "pod", "shown", "--port=80", "--target-port=8080"),
    "service/shown exposed\n",
  );
  assert.equal(await cluster.field("service/shown", ".spec.selector"), '{"app":"shown"}');
  assert.equal(await cluster.field("service/shown", ".spec.ports[0].targetPort"), "8080");
  assert.equal(await cluster.awaited("condition=Ready", "pod/shown"), "pod/shown condition met\n");
});
