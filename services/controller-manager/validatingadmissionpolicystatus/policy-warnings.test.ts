import assert from "node:assert/strict";
import { test } from "node:test";
import type { ValidatingAdmissionPolicySpec } from "../../../gen/typernetes/admissionregistration/v1/validating_admission_policy.ts";
import { resourceInfos } from "../../../lib/api/resource-info.ts";
import { compilerFor } from "../../../lib/cel/compile.ts";
import { objectTypes } from "./object-types.ts";
import { policyWarnings } from "./policy-warnings.ts";

const rule = (group: string, ...resources: string[]) => ({
  ...{ operations: ["CREATE"], apiGroups: [group], apiVersions: ["v1"], resources },
});
const warnings = (expression: string, spec: ValidatingAdmissionPolicySpec = {}) =>
  policyWarnings({
    spec: {
      matchConstraints: { resourceRules: [rule("apps", "deployments")] },
      validations: [{ expression }],
      ...spec,
    },
  });

test("a field that no object of the kind has is warned of", async () => {
  assert.deepEqual(await warnings("object.replicas > 1"), [
    {
      fieldRef: "spec.validations[0].expression",
      warning:
        "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'replicas'\n | object.replicas > 1\n | ......^",
    },
  ]);
});

const fine = [
  "object.spec.replicas > 1 && oldObject == null || oldObject.spec.replicas < object.spec.replicas",
  "object.spec.template.spec.containers.all(c, has(c.image) && c.?resources.?limits.?cpu.hasValue())",
  "object.metadata.namespace == 'a' && object.metadata.labels['a'] == request.userInfo.username",
  "object.spec.strategy.rollingUpdate.maxSurge == 1 && variables.anything && params.anything",
  "timestamp(object.metadata.creationTimestamp) < timestamp('2025-01-01T00:00:00Z')",
  "namespaceObject.metadata.labels.a == 'b' && authorizer.requestResource.check('get').allowed()",
];

for (const expression of fine)
  test(`nothing is wrong with ${expression}`, async () => assert.deepEqual(await warnings(expression), []));

test("each kind is looked at, those that rules do not name are not", async () => {
  const both = {
    matchConstraints: { resourceRules: [rule("apps", "statefulsets", "deployments", "deployments/scale", "*")] },
  };
  const [warning] = await warnings("object.spec.serviceName == ''", both);
  assert.match(
    warning?.warning ?? "",
    /^apps\/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'serviceName'\n/,
  );
  assert.doesNotMatch(warning?.warning ?? "", /StatefulSet/);
  assert.deepEqual(await warnings("object.wrong", { matchConstraints: { resourceRules: [rule("*", "pods")] } }), []);
  assert.deepEqual(
    await warnings("object.wrong", { matchConstraints: { resourceRules: [rule("example.com", "x")] } }),
    [],
  );
});

test("messages and parameters are looked at, too", async () => {
  const validations = [{ expression: "params.data.size() > 0", messageExpression: "string(params.wrong)" }];
  const paramKind = { apiVersion: "v1", kind: "ConfigMap" };
  assert.deepEqual(
    (await warnings("", { validations, paramKind })).map(({ fieldRef }) => fieldRef),
    ["spec.validations[0].messageExpression"],
  );
});

test("every kind has types that expressions can be compiled with", () => {
  for (const { message } of resourceInfos)
    assert.equal(compilerFor(objectTypes(message))({ object: message })("object.metadata.name == 'a'").type, "bool");
});
