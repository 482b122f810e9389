import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { ValidatingAdmissionPolicySpec } from "../../../../gen/typernetes/admissionregistration/v1/validating_admission_policy.ts";
import type { ValidatingAdmissionPolicyBindingSpec } from "../../../../gen/typernetes/admissionregistration/v1/validating_admission_policy_binding.ts";
import { isStatusError } from "../../../../lib/base/status-error.ts";
import type { Client } from "../../../../lib/client/client.ts";
import { createClient } from "../../../../lib/client/create-client.ts";
import { administrator, startTestRestServer, type TestRestServer } from "../../rest/test-rest-server.ts";

const namespace = "judged";
const configMaps = {
  operations: ["CREATE", "UPDATE"],
  apiGroups: [""],
  apiVersions: ["v1"],
  resources: ["configmaps"],
};
let server: TestRestServer;
let client: Client;

before(async () => {
  server = await startTestRestServer();
  client = createClient(server.apiserver.transportFor({ user: "admin", groups: ["system:masters"] }));
  await server.apiserver.furnished;
  await client.core.v1.namespaces.create({ metadata: { name: namespace, labels: { strict: "yes" } } });
});
after(() => server.close());
afterEach(async () => {
  await client.admissionregistration.v1.validatingadmissionpolicybindings.deleteCollection();
  await client.admissionregistration.v1.validatingadmissionpolicies.deleteCollection();
  await client.admissionregistration.v1.validatingadmissionpolicies.list();
});

async function judged(
  name: string,
  spec: ValidatingAdmissionPolicySpec,
  binding: ValidatingAdmissionPolicyBindingSpec = {},
): Promise<void> {
  const { validatingadmissionpolicies, validatingadmissionpolicybindings } = client.admissionregistration.v1;
  const matchConstraints = { resourceRules: [configMaps] };
  await validatingadmissionpolicies.create({ metadata: { name }, spec: { matchConstraints, ...spec } });
  await validatingadmissionpolicybindings.create({
    metadata: { name: `${name}-binding` },
    spec: {
      policyName: name,
      validationActions: ["Deny"],
      matchResources: { namespaceSelector: { matchLabels: { strict: "yes" } } },
      ...binding,
    },
  });
  await validatingadmissionpolicies.list();
  await validatingadmissionpolicybindings.list();
}

const create = (name: string, data: Record<string, string> = {}) =>
  client.core.v1.configmaps.create({ metadata: { name, namespace }, data });

test("a policy refuses what its expressions are false of", async () => {
  await judged("few", {
    variables: [{ name: "count", expression: "size(object.data)" }],
    validations: [
      { expression: "variables.count <= 1", messageExpression: "'has ' + string(variables.count) + ' entries'" },
      { expression: "!('secret' in object.data)", message: "no secrets", reason: "Forbidden" },
    ],
  });
  await create("fine", { a: "1" });
  await assert.rejects(create("many", { a: "1", b: "2" }), {
    ...{ reason: "Invalid", code: 422 },
    message: `configmaps "many" is forbidden: ValidatingAdmissionPolicy 'few' with binding 'few-binding' denied request: has 2 entries`,
  });
  await assert.rejects(create("told", { secret: "1" }), { reason: "Forbidden", code: 403 });
  await client.core.v1.configmaps.create({ metadata: { name: "x", namespace: "default" }, data: { a: "1", b: "2" } });
});

test("what an expression says of old and new, of the namespace and of who asks", async () => {
  await judged("all", {
    validations: [
      { expression: "oldObject == null || oldObject.data.a == object.data.a", message: "a stays" },
      { expression: "namespaceObject.metadata.labels.strict == 'yes' && request.userInfo.username == 'admin'" },
      { expression: "authorizer.requestResource.check('create').allowed()" },
    ],
  });
  const made = await create("kept", { a: "1" });
  await assert.rejects(client.core.v1.configmaps.update({ ...made, data: { a: "2" } }), /denied request: a stays/);
});

test("a policy that is not bound, or whose conditions do not hold, judges nothing", async () => {
  const validations = [{ expression: "false" }];
  await judged("conditional", {
    validations,
    matchConditions: [{ name: "c", expression: "object.metadata.name == 'b'" }],
  });
  await create("a");
  await assert.rejects(create("b"), /denied request: failed expression: false/);
});

test("parameters come from objects", async () => {
  await client.core.v1.configmaps.create({ metadata: { name: "limits", namespace: "default" }, data: { max: "2" } });
  await judged(
    "parametrised",
    {
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      validations: [{ expression: "size(object.data) <= int(params.data.max)" }],
    },
    { paramRef: { name: "limits", namespace: "default", parameterNotFoundAction: "Deny" } },
  );
  await create("two", { a: "1", b: "2" });
  await assert.rejects(create("three", { a: "1", b: "2", c: "3" }), /failed expression: size\(object.data\)/);
  await client.core.v1.configmaps.delete("limits", { namespace: "default" });
  await assert.rejects(create("none"), /no params found for policy binding with `Deny` parameterNotFoundAction/);
});

test("an expression that fails refuses, unless failures are ignored", async () => {
  const validations = [{ expression: "object.data.missing == 'x'" }];
  await judged("failing", { validations });
  await assert.rejects(
    create("f", { a: "1" }),
    /expression 'object.data.missing == 'x'' resulted in error: no such key: missing/,
  );
  await client.admissionregistration.v1.validatingadmissionpolicybindings.deleteCollection();
  await judged("lenient", { validations, failurePolicy: "Ignore" });
  await create("f", { a: "1" });
});

test("a binding may only warn", async () => {
  await judged("warning", { validations: [{ expression: "false", message: "mind" }] }, { validationActions: ["Warn"] });
  const rest = await server.client(administrator);
  const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "w" } };
  const { status, headers } = await rest.send("POST", `/api/v1/namespaces/${namespace}/configmaps`, { body });
  assert.equal(status, 201);
  const text = "Validation failed for ValidatingAdmissionPolicy 'warning' with binding 'warning-binding': mind";
  assert.equal(headers["warning"], `299 - "${text}"`);
  rest.close();
});

test("a policy with an expression that cannot be read is refused", async () => {
  await assert.rejects(judged("broken", { validations: [{ expression: "object." }] }), (error) => {
    assert.ok(isStatusError(error, "Invalid"));
    assert.match(error.message, /spec.validations\[0\].expression: Invalid value: "object.": compilation failed/);
    return true;
  });
});
