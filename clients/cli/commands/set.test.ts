import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startTestCluster, type TestCluster } from "../test-cluster.ts";

describe("set", () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster();
    const setUp = [
      "create deployment web --image=example/web:1 --image=example/db:1",
      "create service clusterip web --tcp=80",
      "create rolebinding b --role=r --user=ann",
      "create configmap settings --from-literal=log.level=debug --from-literal=color=blue",
      "create deployment listed --image=example/web:1",
    ];
    for (const words of setUp) assert.equal((await cluster.typectl(words.split(" "))).stderr, "");
  });
  after(() => cluster.close());

  test("env --list prints the variables of each container", async () => {
    assert.equal((await cluster.typectl("create deployment shown --image=x:1".split(" "))).stderr, "");
    await cluster.typectl("set env deploy/shown --from=cm/settings --keys=color".split(" "));
    await cluster.typectl("set env deploy/shown A=1".split(" "));
    const { stdout } = await cluster.typectl("set env deploy/shown --list".split(" "));
    assert.equal(stdout, "# Deployment shown, container x\nA=1\n# COLOR from configmap settings, key color\n");
  });

  const template = "{.spec.template.spec";
  const cases: readonly [words: string, message: string, get: string, value: string][] = [
    [
      "env deploy/web A=b=c B=d",
      "deployment.apps/web env updated",
      `deploy/web ${template}.containers[0].env}`,
      '[{"name":"A","value":"b=c"},{"name":"B","value":"d"}]',
    ],
    [
      "env deploy/web -c db A-",
      "deployment.apps/web env updated",
      `deploy/web ${template}.containers[1].env}`,
      '[{"name":"B","value":"d"}]',
    ],
    [
      "env deploy web -c db B=e",
      "deployment.apps/web env updated",
      `deploy/web ${template}.containers[*].env[*].value}`,
      "b=c d e",
    ],
    [
      "env deploy/listed --from=cm/settings --prefix=APP_ --keys=log.level PLAIN=1",
      "deployment.apps/listed env updated",
      `deploy/listed ${template}.containers[0].env}`,
      '[{"name":"PLAIN","value":"1"},{"name":"APP_LOG_LEVEL","valueFrom":{"configMapKeyRef":{"key":"log.level","name":"settings"}}}]',
    ],
    [
      "resources deploy web -c=w* --limits=cpu=200m --requests=cpu=100m",
      "deployment.apps/web resource requirements updated",
      `deploy/web ${template}.containers[*].resources}`,
      '{"limits":{"cpu":"200m"},"requests":{"cpu":"100m"}}',
    ],
    [
      "serviceaccount deploy web builder",
      "deployment.apps/web serviceaccount updated",
      `deploy/web ${template}.serviceAccountName}`,
      "builder",
    ],
    ["selector service web tier=front", "service/web selector updated", "svc/web {.spec.selector}", '{"tier":"front"}'],
    [
      "subject rolebinding b --user=ann --group=ops",
      "rolebinding.rbac.authorization.k8s.io/b subjects updated",
      "rolebinding/b {.subjects[*].name}",
      "ann ops",
    ],
  ];
  for (const [words, message, get, value] of cases) {
    test(`set ${words}`, async () => {
      const { stdout, stderr } = await cluster.typectl(["set", ...words.split(" ")]);
      assert.deepEqual([stderr, stdout], ["", `${message}\n`]);
      const [object = "", path] = get.split(" ");
      assert.equal((await cluster.typectl(["get", object, "-o", `jsonpath=${path}`])).stdout, value);
    });
  }

  const refused: readonly [words: string, error: string][] = [
    ["env deploy web", "at least one environment variable must be provided"],
    ["env deploy web -c none A=b", 'Deployment/web does not have any containers matching "none"'],
    ["resources deploy web", "you must specify an update to requests or limits (in the form of --requests/--limits)"],
    ["selector deploy web a=b", "setting a selector is only supported for Services"],
    ["subject rolebinding b", "you must specify at least one value of user, group or serviceaccount"],
  ];
  for (const [words, error] of refused) {
    test(`set ${words} is refused`, async () => {
      const { code, stderr } = await cluster.typectl(["set", ...words.split(" ")]);
      assert.deepEqual([code, stderr], [1, `error: ${error}\n`]);
    });
  }
});
