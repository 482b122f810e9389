import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startTestCluster, type TestCluster } from "../test-cluster.ts";

const deployment = (replicas: number, extra = "") => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web${extra}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "example/web:1"}
`;
const service =
  "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80}]\n";

describe("objects are made, changed and deleted", () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster();
  });
  after(() => cluster.close());

  const ok = async (words: string, stdin?: string) => {
    const outcome = await cluster.typectl(words.split(" "), stdin === undefined ? {} : { stdin });
    assert.equal(outcome.code, 0, outcome.stderr);
    return outcome.stdout;
  };
  const fails = async (words: string, stdin?: string) => {
    const outcome = await cluster.typectl(words.split(" "), stdin === undefined ? {} : { stdin });
    assert.equal(outcome.code, 1, outcome.stdout);
    return outcome.stderr;
  };

  test("apply creates, then leaves alone, then changes what changed", async () => {
    const manifest = `${service}---\n${deployment(2)}`;
    assert.equal(await ok("apply -f -", manifest), "service/web created\ndeployment.apps/web created\n");
    assert.equal(await ok("apply -f -", manifest), "service/web unchanged\ndeployment.apps/web unchanged\n");
    const more = `${service}---\n${deployment(3)}`;
    assert.equal(await ok("apply -f -", more), "service/web unchanged\ndeployment.apps/web configured\n");
    assert.equal(await ok("get deploy web -o jsonpath={.spec.replicas}"), "3");
  });

  test("apply takes away what it set before and keeps what others set", async () => {
    await ok("apply -f -", deployment(3, ", tier: front"));
    await ok("label deploy web owner=me");
    await ok("apply -f -", deployment(3));
    assert.equal(await ok("get deploy web -o jsonpath={.metadata.labels}"), '{"app":"web","owner":"me"}');
  });

  test("the last applied configuration is kept in kubectl's form", async () => {
    const path = "{.metadata.annotations.kubectl\\.kubernetes\\.io/last-applied-configuration}";
    assert.equal(
      await ok(`get service web -o jsonpath=${path}`),
      '{"apiVersion":"v1","kind":"Service","metadata":{"annotations":{},"name":"web","namespace":"default"},"spec":{"ports":[{"port":80}],"selector":{"app":"web"}}}\n',
    );
  });

  test("apply warns of objects that it did not make", async () => {
    await ok("create configmap made --from-literal=a=b");
    const { stdout, stderr } = await cluster.typectl(["apply", "-f", "-"], {
      stdin: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made}\ndata: {a: c}\n",
    });
    assert.equal(stdout, "configmap/made configured\n");
    assert.match(
      stderr,
      /^Warning: resource configmaps\/made is missing the kubectl.kubernetes.io\/last-applied-configuration annotation/,
    );
  });

  test("apply on the server tells conflicts and the ways out, and takes fields over when told to", async () => {
    const map = (value: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned}\ndata: {a: ${JSON.stringify(value)}}\n`;
    const one = "apply --server-side --field-manager=one -f -";
    assert.equal(await ok(one, map("1")), "configmap/owned serverside-applied\n");
    const refused = await fails("apply --server-side -f -", map("2"));
    assert.match(refused, /Apply failed with 1 conflict: conflict with "one": \.data\.a\n/);
    assert.match(refused, /--force-conflicts/);
    await ok("apply --server-side --force-conflicts -f -", map("2"));
    assert.equal(await ok("get cm owned -o jsonpath={.data.a}"), "2");
    assert.doesNotMatch(await ok("get cm owned -o yaml"), /managedFields/);
    assert.match(await ok("get cm owned -o yaml --show-managed-fields"), /manager: typectl\n {4}operation: Apply/);
    assert.match(await fails("apply --force-conflicts -f -", map("3")), /only works with --server-side/);
  });

  test("a dry run says so and changes nothing", async () => {
    const manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dry}\n";
    assert.equal(await ok("apply -f - --dry-run=client", manifest), "configmap/dry created (dry run)\n");
    assert.equal(await ok("create -f - --dry-run=server", manifest), "configmap/dry created (server dry run)\n");
    assert.match(await fails("get cm dry"), /NotFound/);
  });

  test("directories are read in order, with their own only when -R is given", async () => {
    const { mkdir } = await import("node:fs/promises");
    await mkdir(`${cluster.directory}/dir/sub`, { recursive: true });
    const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
    await cluster.file("dir/b.yaml", map("b"));
    await cluster.file("dir/a.json", '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}');
    await cluster.file("dir/sub/c.yml", map("c"));
    await cluster.file("dir/readme.txt", "no manifest");
    assert.equal(await ok(`apply -f ${cluster.directory}/dir`), "configmap/a created\nconfigmap/b created\n");
    assert.equal(
      await ok(`apply -R -f ${cluster.directory}/dir`),
      "configmap/a unchanged\nconfigmap/b unchanged\nconfigmap/c created\n",
    );
    assert.equal(
      await ok(`delete -R -f ${cluster.directory}/dir`),
      ["a", "b", "c"].map((name) => `configmap "${name}" deleted from default namespace\n`).join(""),
    );
  });

  test("replace needs the version that is there", async () => {
    await ok("create cm versioned --from-literal=a=b");
    const stale = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: versioned, resourceVersion: '1'}\n";
    assert.match(
      await fails("replace -f -", stale),
      /^Error from server \(Conflict\): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "versioned"/,
    );
    const fresh = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: versioned}\ndata: {a: c}\n";
    assert.equal(await ok("replace -f -", fresh), "configmap/versioned replaced\n");
  });

  test("patches of all three kinds", async () => {
    const patch = (type: string, text: string) =>
      cluster.typectl(["patch", "deploy", "web", `--type=${type}`, "-p", text]);
    assert.equal((await patch("merge", '{"spec":{"replicas":5}}')).stdout, "deployment.apps/web patched\n");
    assert.equal((await patch("merge", '{"spec":{"replicas":5}}')).stdout, "deployment.apps/web patched (no change)\n");
    await patch("strategic", "spec: {template: {spec: {containers: [{name: web, image: 'example/web:2'}]}}}");
    await patch("json", '[{"op":"replace","path":"/spec/replicas","value":1}]');
    assert.equal(
      await ok("get deploy web -o jsonpath={.spec.replicas}{.spec.template.spec.containers[0].image}"),
      "1example/web:2",
    );
    assert.match(
      (await patch("strategic", '{"spec":{"frob":1}}')).stderr,
      /strict decoding error: unknown field "spec.frob"/,
    );
  });

  test("scale, set image and labels say what they did", async () => {
    assert.equal(await ok("scale deploy/web --replicas=4"), "deployment.apps/web scaled\n");
    assert.equal(
      await fails("scale deploy/web --replicas=2 --current-replicas=9"),
      "error: Expected replicas to be 9, was 4\n",
    );
    assert.equal(await ok("set image deploy/web web=example/web:7"), "deployment.apps/web image updated\n");
    assert.equal(await fails("set image deploy/web db=x"), 'error: unable to find container named "db"\n');
    assert.equal(await ok("label deploy/web tier=front"), "deployment.apps/web labeled\n");
    assert.equal(
      await fails("label deploy/web tier=back"),
      "error: 'tier' already has a value (front), and --overwrite is false\n",
    );
    assert.equal(await ok("label deploy/web tier-"), "deployment.apps/web unlabeled\n");
    assert.equal(await ok("annotate deploy/web a=b"), "deployment.apps/web annotated\n");
  });

  test("rollouts are paused, resumed and restarted", async () => {
    assert.equal(await ok("rollout pause deploy/web"), "deployment.apps/web paused\n");
    assert.equal(await fails("rollout pause deploy/web"), 'error: deployments.apps "web" is already paused\n');
    assert.equal(
      await fails("rollout restart deploy/web"),
      `error: deployments.apps "web" can't restart paused deployment (run rollout resume first)\n`,
    );
    assert.equal(await ok("rollout resume deploy/web"), "deployment.apps/web resumed\n");
    assert.equal(await ok("rollout restart deploy/web"), "deployment.apps/web restarted\n");
    assert.equal(await fails("rollout undo deploy/web"), 'error: no rollout history found for deployment "web"\n');
    assert.equal(
      await fails("rollout status deploy/web --timeout=50ms"),
      "error: timed out waiting for the condition\n",
    );
  });

  test("delete waits until the object is gone", async () => {
    const { configmaps } = cluster.client.core.v1;
    const held = { name: "held", namespace: "default", finalizers: ["example.com/hold"] };
    await configmaps.create({ metadata: held });
    const deleting = cluster.typectl(["delete", "cm", "held"], {
      onOutput: () =>
        void configmaps.patch(
          "held",
          { metadata: { finalizers: null } },
          { namespace: "default", type: "application/merge-patch+json" },
        ),
    });
    const { code, stdout } = await deleting;
    assert.deepEqual([code, stdout], [0, 'configmap "held" deleted from default namespace\n']);
    assert.match(await fails("get cm held"), /NotFound/);
  });

  test("delete gives up waiting at its timeout", async () => {
    const { configmaps } = cluster.client.core.v1;
    await configmaps.create({ metadata: { name: "stuck", namespace: "default", finalizers: ["example.com/hold"] } });
    assert.equal(
      await fails("delete cm stuck --timeout=100ms"),
      "error: timed out waiting for the condition on configmaps/stuck\n",
    );
  });

  test("delete by label, by kind, of nothing", async () => {
    await ok("create cm l1");
    await ok("label cm l1 group=x");
    assert.equal(await ok("delete cm -l group=x"), 'configmap "l1" deleted from default namespace\n');
    assert.equal(await ok("delete cm -l group=x"), "No resources found\n");
    assert.equal(await fails("delete cm"), "error: resource(s) were provided, but no name was specified\n");
    assert.equal(await fails("delete cm none"), 'Error from server (NotFound): configmaps "none" not found\n');
    assert.equal(await ok("delete cm none --ignore-not-found"), "No resources found\n");
  });

  for (const size of [0, 1, 2]) {
    test(`get in pages of ${size} gets all`, async () => {
      for (const name of ["p1", "p2", "p3"])
        await cluster.typectl(["create", "secret", "generic", name, "--from-literal=a=b"]);
      assert.equal(await ok(`get secrets -o name --chunk-size=${size}`), "secret/p1\nsecret/p2\nsecret/p3\n");
    });
  }

  test("create makes kinds from flags", async () => {
    assert.equal(await ok("create ns shop"), "namespace/shop created\n");
    assert.equal(
      await fails("create ns shop"),
      'Error from server (AlreadyExists): namespaces "shop" already exists\n',
    );
    assert.equal(
      await ok("-n shop create deployment db --image=example/db:1 --replicas=2"),
      "deployment.apps/db created\n",
    );
    assert.equal(await ok("create service clusterip db --tcp=5432 -n shop"), "service/db created\n");
    assert.equal(await ok("create secret generic key --from-literal=a=b -n shop -o jsonpath={.data.a}"), "Yg==");
    assert.equal(await ok("get all -n shop -o name"), "service/db\ndeployment.apps/db\n");
  });
});

describe("bad input is refused with one clear error", () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster();
  });
  after(() => cluster.close());

  const map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";
  const cases: readonly [what: string, manifest: string, error: RegExp][] = [
    ["malformed YAML", `${map}data: {a: [b\nc: d`, /^error: error parsing STDIN: line \d+, column \d+: /],
    ["a tab", "a:\n\tb: c", /^error: error parsing STDIN: line 2, /],
    [
      "an unknown field",
      `${map}spec: {}\n`,
      /^Error from server \(BadRequest\): error when creating "STDIN": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "spec"\n$/,
    ],
    ["a wrong type", `${map}data: {a: 1}\n`, /cannot unmarshal number into Go struct field ConfigMap\.data/],
    [
      "an unknown kind",
      "apiVersion: v1\nkind: Foo\nmetadata: {name: x}\n",
      /^error: resource mapping not found for name: "x" namespace: "" from "STDIN": no matches for kind "Foo" in version "v1"/,
    ],
    ["no kind", "apiVersion: v1\n", /^error: unable to decode "STDIN": Object 'Kind' is missing in /],
    ["nothing", "---\n", /^error: no objects passed to create\n$/],
    [
      "broken fields",
      "apiVersion: v1\nkind: Pod\nmetadata: {name: X}\nspec: {containers: [{name: a}]}\n",
      /^The Pod "X" is invalid: \n\* metadata\.name: Invalid value: "X": [^\n]+\n\* spec\.containers\[0\]\.image: Required value\n$/,
    ],
    [
      "an object that is too large",
      `${map}data: {a: "${"x".repeat(2_000_000)}"}\n`,
      /^(Error from server \(RequestEntityTooLarge\)|The ConfigMap "x" is invalid): /,
    ],
  ];

  for (const [what, manifest, error] of cases) {
    test(what, async () => {
      const { code, stdout, stderr } = await cluster.typectl(["create", "-f", "-"], { stdin: manifest });
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr.slice(0, 2000), error);
    });
  }

  test("one bad object does not keep the others from being applied", async () => {
    const manifest = `${map}---\n${map.replace("x}", "b}")}spec: {}\n---\n${map.replace("x}", "z}")}`;
    const { code, stdout, stderr } = await cluster.typectl(["apply", "-f", "-"], { stdin: manifest });
    assert.deepEqual([code, stdout], [1, "configmap/x created\nconfigmap/z created\n"]);
    assert.match(stderr, /unknown field "spec"/);
  });

  test("unknown fields may be told only", async () => {
    const { code, stderr } = await cluster.typectl(["create", "-f", "-", "--validate=warn"], {
      stdin: `${map.replace("x}", "w}")}spec: {}\n`,
    });
    assert.deepEqual([code, stderr], [0, 'Warning: unknown field "spec"\n']);
  });
});
