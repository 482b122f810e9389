import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { MutatingAdmissionPolicySpec } from "../../../../gen/typernetes/admissionregistration/v1beta1/mutating_admission_policy.ts";
import type { MutatingAdmissionPolicyBindingSpec } from "../../../../gen/typernetes/admissionregistration/v1beta1/mutating_admission_policy_binding.ts";
import type { Client } from "../../../../lib/client/client.ts";
import { createClient } from "../../../../lib/client/create-client.ts";
import { customClient, define, definitionOf } from "../../crd/test-definitions.ts";
import { startTestRestServer, type TestRestServer } from "../../rest/test-rest-server.ts";
import { jsonPatch, startTestWebhooks, type TestWebhookServer } from "../webhooks/test-webhook-server.ts";

const namespace = "changed";
const rule = (apiGroup: string, resource: string) => ({
  operations: ["CREATE", "UPDATE"],
  apiGroups: [apiGroup],
  apiVersions: ["v1"],
  resources: [resource],
});
const configMaps = rule("", "configmaps");
const deployments = rule("apps", "deployments");
let server: TestRestServer;
let client: Client;
let webhooks: TestWebhookServer;

before(async () => {
  server = await startTestRestServer();
  webhooks = await startTestWebhooks();
  client = createClient(server.apiserver.transportFor({ user: "admin", groups: ["system:masters"] }));
  await server.apiserver.furnished;
  await client.core.v1.namespaces.create({ metadata: { name: namespace, labels: { change: "yes" } } });
});
after(async () => {
  await webhooks.close();
  await server.close();
});
afterEach(async () => {
  const { mutatingadmissionpolicies, mutatingadmissionpolicybindings } = client.admissionregistration.v1beta1;
  await mutatingadmissionpolicybindings.deleteCollection();
  await mutatingadmissionpolicies.deleteCollection();
  await mutatingadmissionpolicies.list();
  await mutatingadmissionpolicybindings.list();
  await client.core.v1.configmaps.deleteCollection({ namespace });
});

const apply = (expression: string) => ({ patchType: "ApplyConfiguration", applyConfiguration: { expression } });
const patch = (expression: string) => ({ patchType: "JSONPatch", jsonPatch: { expression } });
const label = (name: string, value = "yes") =>
  apply(`Object{metadata: Object.metadata{labels: {"${name}": "${value}"}}}`);

async function changed(
  name: string,
  spec: MutatingAdmissionPolicySpec,
  binding: MutatingAdmissionPolicyBindingSpec = {},
): Promise<void> {
  const { mutatingadmissionpolicies, mutatingadmissionpolicybindings } = client.admissionregistration.v1beta1;
  const matchConstraints = { resourceRules: [configMaps, deployments] };
  await mutatingadmissionpolicies.create({
    metadata: { name },
    spec: { matchConstraints, reinvocationPolicy: "Never", ...spec },
  });
  await mutatingadmissionpolicybindings.create({
    metadata: { name: `${name}-binding` },
    spec: { policyName: name, ...binding },
  });
  await mutatingadmissionpolicies.list();
  await mutatingadmissionpolicybindings.list();
}

const create = (name: string, data: Record<string, string> = {}, labels?: Record<string, string>) =>
  client.core.v1.configmaps.create({ metadata: { name, namespace, ...(labels && { labels }) }, data });

const deployment = (name: string) => ({
  metadata: { name, namespace },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "main", image: "main:1" }] },
    },
  },
});
const createDeployment = (name: string) => client.apps.v1.deployments.create(deployment(name));

test("a policy lays configurations over objects as server-side apply does", async () => {
  await changed("sidecar", {
    variables: [
      { name: "pod", expression: "object.spec.template.spec" },
      {
        name: "sidecar",
        expression: 'Object.spec.template.spec.containers{name: "sidecar", image: "sidecar:1"}',
      },
    ],
    matchConstraints: { resourceRules: [deployments] },
    matchConditions: [
      { name: "none", expression: "!object.spec.template.spec.containers.exists(c, c.name == 'sidecar')" },
    ],
    mutations: [
      apply(`Object{spec: Object.spec{
        replicas: 2,
        template: Object.spec.template{
          spec: Object.spec.template.spec{
            containers: [variables.sidecar, Object.spec.template.spec.containers{name: "main", tty: true}]
          }
        }
      }}`),
    ],
  });
  const { spec } = await createDeployment("d");
  assert.equal(spec?.replicas, 2);
  const containers = spec?.template?.spec?.containers?.map(({ name, image, tty }) => ({ name, image, tty }));
  assert.deepEqual(containers, [
    { name: "sidecar", image: "sidecar:1", tty: undefined },
    { name: "main", image: "main:1", tty: true },
  ]);
});

test("a policy patches objects", async () => {
  await changed("patching", {
    mutations: [
      patch(`[
        JSONPatch{op: "test", path: "/data/color", value: "red"},
        JSONPatch{op: "replace", path: "/data/color", value: "green"}
      ]`),
      patch(`[JSONPatch{
        op: "add", path: "/metadata/labels", value: {"example.com/a": object.?data.?color.orValue("none")}
      }]`),
      patch(
        `[JSONPatch{op: "copy", from: "/data/color", path: "/metadata/labels/" + jsonpatch.escapeKey("b/c")}]`.replace(
          "c~d",
          "c",
        ),
      ),
    ],
    failurePolicy: "Ignore",
  });
  const { data, metadata } = await create("red", { color: "red" });
  assert.equal(data?.color, "green");
  assert.deepEqual(metadata?.labels, { "example.com/a": "green", "b/c": "green" });
  const other = await create("blue", { color: "blue" });
  assert.equal(other.data?.color, "blue");
});

test("what expressions say of old and new, of the namespace and of who asks", async () => {
  await changed("looking", {
    mutations: [
      apply(`Object{data: Object.data{
        who: request.userInfo.username,
        where: namespaceObject.metadata.labels.change,
        may: string(authorizer.requestResource.check("create").allowed()),
        ?was: oldObject == null ? optional.none() : optional.of(oldObject.data.own)
      }}`),
    ],
    matchConstraints: { resourceRules: [configMaps], namespaceSelector: { matchLabels: { change: "yes" } } },
  });
  const made = await create("seen", { own: "1" });
  assert.deepEqual(made.data, { own: "1", who: "admin", where: "yes", may: "true" });
  const next = await client.core.v1.configmaps.update({ ...made, data: { ...made.data, own: "2" } });
  assert.equal(next.data?.was, "1");
  const elsewhere = await client.core.v1.configmaps.create({ metadata: { name: "x", namespace: "default" } });
  assert.equal(elsewhere.data, undefined);
});

test("a policy changes nothing where its rules, conditions or binding do not reach", async () => {
  await changed(
    "narrow",
    {
      mutations: [label("narrow")],
      matchConditions: [{ name: "c", expression: "object.metadata.name != 'skipped'" }],
      matchConstraints: {
        resourceRules: [configMaps],
        excludeResourceRules: [{ ...configMaps, resourceNames: ["excluded"] }],
      },
    },
    { matchResources: { objectSelector: { matchLabels: { take: "me" } } } },
  );
  const labels = async (name: string, given?: Record<string, string>) =>
    (await create(name, {}, given)).metadata?.labels;
  assert.deepEqual(await labels("taken", { take: "me" }), { take: "me", narrow: "yes" });
  assert.deepEqual(await labels("skipped", { take: "me" }), { take: "me" });
  assert.deepEqual(await labels("excluded", { take: "me" }), { take: "me" });
  assert.equal(await labels("other"), undefined);
});

test("each parameter changes the object", async () => {
  for (const [name, value] of [
    ["one", "1"],
    ["two", "2"],
  ] as const)
    await client.core.v1.configmaps.create({
      metadata: { name, namespace: "default", labels: { params: "yes" } },
      data: { key: name, value },
    });
  await changed(
    "parametrised",
    {
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      mutations: [apply("Object{data: {params.data.key: params.data.value}}")],
    },
    {
      paramRef: {
        namespace: "default",
        selector: { matchLabels: { params: "yes" } },
        parameterNotFoundAction: "Deny",
      },
    },
  );
  assert.deepEqual((await create("p")).data, { one: "1", two: "2" });
  await client.core.v1.configmaps.deleteCollection({
    namespace: "default",
    listOptions: { labelSelector: "params=yes" },
  });
  await assert.rejects(create("q"), {
    reason: "Forbidden",
    message:
      "policy 'parametrised' with binding 'parametrised-binding' denied request: no params found for policy binding with `Deny` parameterNotFoundAction",
  });
});

const failing: readonly (readonly [string, object, string])[] = [
  [
    "fails",
    apply("Object{data: object.missing}"),
    "expression 'Object{data: object.missing}' resulted in error: no such key: missing",
  ],
  [
    "has a type of another name",
    apply("Object{data: Object.other{}}"),
    'type mismatch: unexpected type name "Object.other", expected "Object.data", which matches field name path from root Object type',
  ],
  [
    "makes up a field",
    apply("Object{wrong: 1}"),
    "error applying patch: failed to convert patch object to typed object: .wrong: field not declared in schema",
  ],
  [
    "does not fit the object",
    patch('[JSONPatch{op: "remove", path: "/data/x"}]'),
    'JSONPath: remove operation does not apply: doc is missing path: "/data/x": missing value',
  ],
  [
    "costs too much",
    apply(
      "Object{data: {'a': string([1,2,3,4,5,6,7,8,9,10].map(a, [1,2,3,4,5,6,7,8,9,10].map(b, [1,2,3,4,5,6,7,8,9,10].map(c, [1,2,3,4,5,6,7,8,9,10].map(d, [1,2,3,4,5,6,7,8,9,10].map(e, [1,2,3,4,5,6,7,8,9,10].map(f, f)))))).size())}}",
    ),
    "operation cancelled: actual cost limit exceeded",
  ],
];

for (const [what, mutation, message] of failing)
  test(`a change that ${what} refuses the request, unless failures are ignored`, async () => {
    await changed("failing", { mutations: [mutation] });
    await assert.rejects(create("f"), (error: Error & { reason?: string; code?: number }) => {
      assert.equal(error.reason, "Invalid");
      assert.equal(error.code, 403);
      assert.ok(error.message.startsWith("policy 'failing' with binding 'failing-binding' denied request: "));
      assert.ok(error.message.endsWith(message), error.message);
      return true;
    });
    await changed("lenient", { mutations: [mutation], failurePolicy: "Ignore" });
    await client.admissionregistration.v1beta1.mutatingadmissionpolicies.delete("failing");
    await client.admissionregistration.v1beta1.mutatingadmissionpolicies.list();
    assert.equal((await create("f")).data?.a, undefined);
  });

test("a change may not replace what is owned as a whole", async () => {
  await changed("atomic", {
    mutations: [apply('Object{spec: Object.spec{selector: Object.spec.selector{matchLabels: {"a": "b"}}}}')],
  });
  await assert.rejects(
    createDeployment("a"),
    /error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: \.spec\.selector$/,
  );
});

test("policies run one after the other, and again when others change the object after them", async () => {
  const once = {
    matchConditions: [{ name: "late", expression: "has(object.metadata.labels) && 'late' in object.metadata.labels" }],
  };
  await changed("a-again", { mutations: [label("again")], reinvocationPolicy: "IfNeeded", ...once });
  await changed("a-never", { mutations: [label("never")], ...once });
  await changed("b", { mutations: [label("late")], reinvocationPolicy: "Never" });
  assert.deepEqual((await create("r")).metadata?.labels, { late: "yes" });
  await changed("a-first", {
    mutations: [
      patch('[JSONPatch{op: "add", path: "/data", value: {"runs": string(int(object.?data.?runs.orValue("0")) + 1)}}]'),
    ],
    reinvocationPolicy: "IfNeeded",
  });
  assert.deepEqual((await create("s")).data, { runs: "2" });
});

test("policies change objects before webhooks do, and again after them", async () => {
  await changed("around", {
    mutations: [label("policy")],
    reinvocationPolicy: "IfNeeded",
    matchConditions: [
      { name: "not-yet", expression: "!has(object.metadata.labels) || 'hook' in object.metadata.labels" },
    ],
  });
  await changed("last", {
    mutations: [label("last")],
    reinvocationPolicy: "IfNeeded",
    matchConditions: [{ name: "hook", expression: "true" }],
  });
  const seen: unknown[] = [];
  webhooks.webhooks.set("hook", ({ object }) => {
    const { metadata } = object as { metadata: { labels?: Record<string, string> } };
    seen.push(metadata.labels);
    return jsonPatch({ op: "add", path: "/metadata/labels/hook", value: "yes" });
  });
  const configurations = client.admissionregistration.v1.mutatingwebhookconfigurations;
  await configurations.create({
    metadata: { name: "hook" },
    webhooks: [
      {
        ...{ name: "hook.example.com", sideEffects: "None", admissionReviewVersions: ["v1"], timeoutSeconds: 30 },
        clientConfig: webhooks.at("hook"),
        rules: [configMaps],
        namespaceSelector: { matchLabels: { change: "yes" } },
      },
    ],
  });
  await configurations.list();
  try {
    assert.deepEqual((await create("w")).metadata?.labels, { policy: "yes", last: "yes", hook: "yes" });
    assert.deepEqual(seen, [{ policy: "yes", last: "yes" }]);
  } finally {
    await configurations.deleteCollection();
  }
});

test("policies change custom objects, by their schema", async () => {
  const schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: {
          parts: {
            type: "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            items: {
              type: "object",
              required: ["name"],
              properties: { name: { type: "string" }, size: { type: "integer" } },
            },
          },
          tags: { type: "array", items: { type: "string" } },
        },
      },
    },
  };
  await define(client, definitionOf("gears", "Gear", schema));
  await changed("gears", {
    matchConstraints: { resourceRules: [rule("stable.example.com", "gears")] },
    mutations: [
      apply('Object{spec: Object.spec{parts: [Object.spec.parts{name: "b", size: 2}, Object.spec.parts{name: "c"}]}}'),
      patch('[JSONPatch{op: "add", path: "/spec/tags", value: ["x"]}]'),
    ],
  });
  const { spec } = await customClient(client, "gears").create({
    ...{ apiVersion: "stable.example.com/v1", kind: "Gear", metadata: { name: "g", namespace: "default" } },
    spec: { parts: [{ name: "a" }, { name: "b" }] },
  });
  assert.deepEqual(spec, { parts: [{ name: "a" }, { name: "b", size: 2 }, { name: "c" }], tags: ["x"] });
});

test("a trial shows what policies would change", async () => {
  await changed("trial", { mutations: [label("tried")] });
  const made = await client.core.v1.configmaps.create({ metadata: { name: "t", namespace } }, { dryRun: ["All"] });
  assert.deepEqual(made.metadata?.labels, { tried: "yes" });
  await assert.rejects(client.core.v1.configmaps.get("t", { namespace }), { reason: "NotFound" });
});

const refused: readonly (readonly [object, RegExp])[] = [
  [
    apply("Object{"),
    /spec\.mutations\[0\]\.applyConfiguration\.expression: Invalid value: "Object\{": compilation failed/,
  ],
  [apply("1"), /spec\.mutations\[0\]\.applyConfiguration\.expression: Invalid value: "1": must evaluate to Object/],
  [
    patch("[1]"),
    /spec\.mutations\[0\]\.jsonPatch\.expression: Invalid value: "\[1\]": must evaluate to list\(JSONPatch\)/,
  ],
  [patch("[Other{}]"), /undeclared reference to 'Other'/],
];

for (const [mutation, message] of refused)
  test(`a policy is refused: ${message.source}`, async () => {
    await assert.rejects(changed("refused", { mutations: [mutation] }), message);
  });
