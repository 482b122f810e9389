import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startTestCluster, type TestCluster } from "../test-cluster.ts";

const rbac = "rbac.authorization.k8s.io";

describe("create makes objects of flags", () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster();
  });
  after(() => cluster.close());

  const made: readonly [words: string, body: Record<string, unknown>][] = [
    [
      "role reader --verb=get,list --resource=pods,pods/log,deployments.apps --resource-name=a",
      {
        rules: [
          { apiGroups: [""], resourceNames: ["a"], resources: ["pods", "pods/log"], verbs: ["get", "list"] },
          { apiGroups: ["apps"], resourceNames: ["a"], resources: ["deployments"], verbs: ["get", "list"] },
        ],
      },
    ],
    [
      "clusterrole reader --verb=get,* --resource=no --non-resource-url=/healthz",
      {
        rules: [
          { apiGroups: [""], resources: ["nodes"], verbs: ["*"] },
          { nonResourceURLs: ["/healthz"], verbs: ["*"] },
        ],
      },
    ],
    [
      "rolebinding b --role=reader --user=ann --group=ops --serviceaccount=shop:sa",
      {
        roleRef: { apiGroup: rbac, kind: "Role", name: "reader" },
        subjects: [
          { apiGroup: rbac, kind: "User", name: "ann" },
          { apiGroup: rbac, kind: "Group", name: "ops" },
          { kind: "ServiceAccount", name: "sa", namespace: "shop" },
        ],
      },
    ],
    [
      "clusterrolebinding b --clusterrole=admin --user=ann",
      {
        roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "admin" },
        subjects: [{ apiGroup: rbac, kind: "User", name: "ann" }],
      },
    ],
    [
      "cronjob tidy --image=x:1 --schedule=@hourly -- tidy --all",
      {
        spec: {
          schedule: "@hourly",
          jobTemplate: {
            metadata: { name: "tidy" },
            spec: {
              template: {
                spec: {
                  containers: [{ name: "tidy", image: "x:1", command: ["tidy", "--all"] }],
                  restartPolicy: "OnFailure",
                },
              },
            },
          },
        },
      },
    ],
    [
      "job once --image=x:1",
      { spec: { template: { spec: { containers: [{ name: "once", image: "x:1" }], restartPolicy: "Never" } } } },
    ],
    [
      "ingress web --class=c --rule=a.example/api*=api:http,tls=cert --rule=a.example/=web:80 --default-backend=web:80",
      {
        spec: {
          defaultBackend: { service: { name: "web", port: { number: 80 } } },
          ingressClassName: "c",
          rules: [
            {
              host: "a.example",
              http: {
                paths: [
                  { path: "/api", pathType: "Prefix", backend: { service: { name: "api", port: { name: "http" } } } },
                  { path: "/", pathType: "Exact", backend: { service: { name: "web", port: { number: 80 } } } },
                ],
              },
            },
          ],
          tls: [{ hosts: ["a.example"], secretName: "cert" }],
        },
      },
    ],
    [
      "pdb web --selector=app=web --min-available=50%",
      { spec: { minAvailable: "50%", selector: { matchLabels: { app: "web" } } } },
    ],
    ["priorityclass high --value=1000", { value: 1000, preemptionPolicy: "PreemptLowerPriority" }],
    ["quota few --hard=pods=2 --scopes=BestEffort", { spec: { hard: { pods: "2" }, scopes: ["BestEffort"] } }],
    [
      "secret docker-registry pull --docker-username=a --docker-password=b --docker-server=r.example",
      {
        type: "kubernetes.io/dockerconfigjson",
        data: {
          ".dockerconfigjson": Buffer.from(
            '{"auths":{"r.example":{"username":"a","password":"b","auth":"YTpi"}}}',
          ).toString("base64"),
        },
      },
    ],
    [
      "service loadbalancer web --tcp=80:8080",
      {
        spec: {
          type: "LoadBalancer",
          selector: { app: "web" },
          ports: [{ name: "80-8080", port: 80, protocol: "TCP", targetPort: 8080 }],
        },
      },
    ],
    [
      "service externalname db --external-name=db.example",
      { spec: { type: "ExternalName", selector: { app: "db" }, externalName: "db.example" } },
    ],
    [
      "service clusterip none --clusterip=None",
      { spec: { type: "ClusterIP", selector: { app: "none" }, clusterIP: "None" } },
    ],
    [
      "service nodeport np --tcp=80 --node-port=30080",
      {
        spec: {
          type: "NodePort",
          selector: { app: "np" },
          ports: [{ name: "80", port: 80, protocol: "TCP", targetPort: 80, nodePort: 30080 }],
        },
      },
    ],
  ];
  for (const [words, body] of made) {
    test(words, async () => {
      const [before = "", after] = words.split(" -- ");
      const line = (...flags: string[]) => [
        "create",
        ...before.split(" "),
        ...flags,
        ...(after ? ["--", ...after.split(" ")] : []),
      ];
      const printed = await cluster.typectl(line("--dry-run=client", "-o", "json"));
      assert.equal(printed.code, 0, printed.stderr);
      const { apiVersion: _, kind: _kind, metadata, ...rest } = JSON.parse(printed.stdout) as Record<string, unknown>;
      assert.deepEqual(rest, body);
      assert.equal(Object.hasOwn(metadata as object, "namespace"), false);
      const created = await cluster.typectl(line());
      assert.equal(created.stderr, "");
      assert.match(created.stdout, /^\S+\/\S+ created\n$/);
    });
  }

  test("a cluster role gathers others", async () => {
    const words = "create clusterrole all --aggregation-rule=a=b --dry-run=client -o jsonpath={.aggregationRule}";
    const { stdout } = await cluster.typectl(words.split(" "));
    assert.equal(stdout, '{"clusterRoleSelectors":[{"matchLabels":{"a":"b"}}]}');
  });

  test("a job is made of a cron job", async () => {
    const of = ["create", "job", "manual", "--from=cronjob/tidy"];
    assert.equal((await cluster.typectl(of)).stdout, "job.batch/manual created\n");
    const { stdout } = await cluster.typectl(["get", "job", "manual", "-o", "json"]);
    const { metadata } = JSON.parse(stdout) as { metadata: Record<string, unknown> };
    assert.deepEqual(metadata["annotations"], { "cronjob.kubernetes.io/instantiate": "manual" });
    assert.match(JSON.stringify(metadata["ownerReferences"]), /"controller":true,"kind":"CronJob","name":"tidy"/);
  });

  test("a TLS secret needs a key that belongs to its certificate", async () => {
    const pair = await cluster.pki.clientCertificate({ commonName: "web", organizations: [] });
    const cert = await cluster.file("tls.crt", pair.cert);
    const key = await cluster.file("tls.key", pair.key);
    const other = await cluster.file("not.pem", "nothing");
    const create = (certPath: string, keyPath: string) =>
      cluster.typectl(["create", "secret", "tls", "t", `--cert=${certPath}`, `--key=${keyPath}`]);
    assert.equal((await create(cert, other)).stderr, "error: tls: failed to find any PEM data in key input\n");
    assert.equal((await create(cert, key)).stdout, "secret/t created\n");
  });

  test("what is only printed needs no server", async () => {
    const { runCli } = await import("../test-cluster.ts");
    const { code, stdout } = await runCli(["create", "quota", "q", "--hard=pods=1", "--dry-run=client", "-o", "yaml"]);
    assert.equal(code, 0);
    assert.equal(stdout, 'apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: q\nspec:\n  hard:\n    pods: "1"\n');
  });

  const refused: readonly [words: string, error: string][] = [
    ["role r --resource=pods", "at least one verb must be specified"],
    ["role r --verb=get", "at least one resource must be specified"],
    ["role r --verb=get --resource=frobs", `the server doesn't have a resource type "frobs"`],
    ["clusterrole r --verb=get", "one of resource or nonResourceURL must be specified"],
    ["rolebinding b --user=a", "exactly one of clusterrole or role must be specified"],
    ["rolebinding b --role=r --serviceaccount=a", "serviceaccount must be <namespace>:<name>"],
    ["cronjob c --image=x", 'required flag(s) "schedule" not set'],
    ["cm c --from-env-file=x --from-literal=a=b", "from-env-file cannot be combined with from-file or from-literal"],
    ["job j", "either --image or --from must be specified"],
    ["job j --from=deploy/x", "from must be an existing cronjob"],
    ["ingress i --rule=foo", "rule foo is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"],
    ["pdb p --min-available=1", "a selector must be specified"],
    ["pdb p --selector=a=b", "one of min-available or max-unavailable must be specified"],
    ["secret tls t", "key and cert must be specified"],
    ["service externalname e", 'required flag(s) "external-name" not set'],
    ["service loadbalancer l", "at least one tcp port specifier must be provided"],
  ];
  for (const [words, error] of refused) {
    test(`${words} is refused`, async () => {
      const { code, stderr } = await cluster.typectl(["create", ...words.split(" ")]);
      assert.deepEqual([code, stderr], [1, `error: ${error}\n`]);
    });
  }
});
