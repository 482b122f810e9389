import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startTestCluster, type TestCluster } from "../test-cluster.ts";

describe("run, expose and autoscale", () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster();
    const setUp = [
      "create deployment web --image=example/web:1 --port=8080",
      "create configmap plain",
      "create service clusterip front --tcp=80 --tcp=443",
      "run bare --image=x:1 --labels=app=bare",
    ];
    for (const words of setUp) assert.equal((await cluster.typectl(words.split(" "))).stderr, "");
  });
  after(() => cluster.close());

  const made: readonly [words: string, path: string, value: unknown][] = [
    [
      "run a --image=x:1 --restart=Never --env=A=b=c --port=80 --labels=t=u --command -- sh -c true",
      "spec",
      {
        containers: [
          {
            name: "a",
            image: "x:1",
            command: ["sh", "-c", "true"],
            env: [{ name: "A", value: "b=c" }],
            ports: [{ containerPort: 80 }],
          },
        ],
        restartPolicy: "Never",
      },
    ],
    [
      "run a --image=x:1 -- one",
      "spec",
      { containers: [{ name: "a", image: "x:1", args: ["one"] }], restartPolicy: "Always" },
    ],
    ["run a --image=x:1", "metadata", { name: "a", labels: { run: "a" } }],
    [
      "expose deployment web",
      "spec",
      { ports: [{ port: 8080, protocol: "TCP", targetPort: 8080 }], selector: { app: "web" } },
    ],
    [
      "expose deploy/web --port=80 --target-port=http --type=NodePort --protocol=UDP --name=other",
      "spec",
      { ports: [{ port: 80, protocol: "UDP", targetPort: "http" }], selector: { app: "web" }, type: "NodePort" },
    ],
    [
      "expose service front --name=f2",
      "spec.ports",
      [
        { name: "port-1", port: 80, protocol: "TCP", targetPort: 80 },
        { name: "port-2", port: 443, protocol: "TCP", targetPort: 443 },
      ],
    ],
    [
      "autoscale deployment web --min=2 --max=5 --cpu=80% --memory=1Gi",
      "spec",
      {
        maxReplicas: 5,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
          { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Gi" } } },
        ],
        minReplicas: 2,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      },
    ],
  ];
  for (const [words, path, value] of made) {
    test(words, async () => {
      const [before = "", after] = words.split(" -- ");
      const tail = after === undefined ? [] : ["--", ...after.split(" ")];
      const line = [...before.split(" "), "--dry-run=client", "-o", "json", ...tail];
      const { stdout, stderr } = await cluster.typectl(line);
      assert.equal(stderr, "");
      const found = path
        .split(".")
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], JSON.parse(stdout));
      assert.deepEqual(found, value);
    });
  }

  const told: readonly [words: string, message: string][] = [
    ["run told --image=x:1 --expose --port=80", "pod/told created\nservice/told created\n"],
    ["run told2 --image=x:1 --dry-run=server", "pod/told2 created (server dry run)\n"],
    ["expose deploy web --name=exposed", "service/exposed exposed\n"],
    ["autoscale deploy web --max=3 --cpu-percent=50", "horizontalpodautoscaler.autoscaling/web autoscaled\n"],
  ];
  for (const [words, message] of told) {
    test(`${words} tells what it did`, async () => {
      const { stdout, stderr } = await cluster.typectl(words.split(" "));
      assert.deepEqual([stderr, stdout], ["", message]);
    });
  }

  const refused: readonly [words: string, error: string][] = [
    ["run", "NAME is required for run"],
    ["run a", "--image is required"],
    ["run a --image=x --restart=Sometimes", "invalid restart policy: Sometimes"],
    ["run a --image=x --expose", "--port must be set when exposing a service"],
    ["run a --image=x --rm", "--rm should only be used for attached containers"],
    ["run a --image=x -t", "-i/--stdin is required for containers with -t/--tty=true"],
    [
      "run a --image=x -i --dry-run=client",
      "--dry-run=client can't be used with attached containers options (--attach, --stdin, or --tty)",
    ],
    ["expose configmap plain --port=80", "cannot expose a ConfigMap"],
    ["expose pod bare", "couldn't find port via --port flag or introspection"],
    ["autoscale deploy web", "--max=MAXPODS is required and must be at least 1, max: -1"],
    ["autoscale deploy web --min=3 --max=2", "--max=MAXPODS must be larger or equal to --min=MINPODS, max: 2, min: 3"],
    ["autoscale configmap plain --max=2", "cannot autoscale a ConfigMap"],
  ];
  for (const [words, error] of refused) {
    test(`${words} is refused`, async () => {
      const { code, stderr } = await cluster.typectl(words.split(" "));
      assert.deepEqual([code, stderr], [1, `error: ${error}\n`]);
    });
  }
});
