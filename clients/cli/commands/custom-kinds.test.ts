import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import { startTestCluster, type TestCluster } from "../test-cluster.ts";

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: crontabs.stable.example.com}
spec:
  group: stable.example.com
  scope: Namespaced
  names: {plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ct], categories: [demo]}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        description: Something that runs at times.
        properties:
          spec:
            type: object
            required: [cronSpec]
            properties:
              cronSpec: {type: string, description: When it runs.}
              replicas: {type: integer}
              hosts: {type: array, items: {type: object, properties: {name: {type: string}}}}
    additionalPrinterColumns:
    - {name: Spec, type: string, jsonPath: .spec.cronSpec}
    - {name: Replicas, type: integer, jsonPath: .spec.replicas, priority: 1}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
`;
const crontab = (spec: string) =>
  `apiVersion: stable.example.com/v1\nkind: CronTab\nmetadata: {name: mine}\nspec: {${spec}}\n`;

let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster();
  await ok("apply -f -", definition);
  await eventually(async () => (await cluster.typectl(["get", "crontabs"])).code === 0);
});
after(() => cluster.close());

async function ok(words: string, stdin?: string): Promise<string> {
  const outcome = await cluster.typectl(words.split(" "), stdin === undefined ? {} : { stdin });
  assert.equal(outcome.code, 0, outcome.stderr);
  return outcome.stdout;
}

test("custom objects are applied, changed, printed and deleted as others are", async () => {
  const name = "crontab.stable.example.com/mine";
  assert.equal(await ok("apply -f -", crontab('cronSpec: "* * 5", replicas: 1')), `${name} created\n`);
  assert.equal(await ok("apply -f -", crontab('cronSpec: "* * 5", replicas: 1')), `${name} unchanged\n`);
  assert.equal(await ok("apply -f -", crontab('cronSpec: "* * 6"')), `${name} configured\n`);
  assert.equal(await ok("get ct mine -o jsonpath={.spec}"), '{"cronSpec":"* * 6"}');
  assert.match(await ok("get crontab"), /^NAME +SPEC +AGE\nmine +\* \* 6 +\d+s\n$/);
  assert.match(await ok("get demo -o wide"), /^NAME +SPEC +REPLICAS +AGE\n/);
  assert.equal(await ok("label crontabs.stable.example.com mine a=b"), `${name} labeled\n`);
  assert.equal(await ok("delete ct mine"), 'crontab.stable.example.com "mine" deleted from default namespace\n');
});

test("custom kinds are listed and explained", async () => {
  const kinds = await ok("api-resources --api-group=stable.example.com");
  assert.match(kinds, /^crontabs +ct +stable.example.com\/v1 +true +CronTab$/m);
  assert.match(await ok("api-versions"), /^stable.example.com\/v1$/m);
  assert.match(
    await ok("explain crontab.spec"),
    /cronSpec\t<string> -required-\n {2}hosts\t<\[\]Object>\n {2}replicas\t<integer>/,
  );
  assert.match(await ok("explain ct.spec.cronSpec"), /When it runs\./);
  assert.match(await ok("explain crontab.spec.hosts"), /name\t<string>/);
});

test("what the server refuses is told", async () => {
  const { code, stderr } = await cluster.typectl(["apply", "-f", "-"], { stdin: crontab("replicas: x") });
  assert.equal(code, 1);
  assert.match(stderr, /spec.cronSpec: Required value/);
  assert.match(stderr, /spec.replicas in body must be of type integer: "string"/);
});
