import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Deployment } from "../../../gen/typernetes/apps/v1/deployment.ts";
import type { ManagedFieldsEntry } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import { isStatusError, type StatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";
import type { PatchType } from "../../../lib/client/resource-client.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

let server: TestApiserver;
let client: Client;
const namespace = "default";

before(async () => {
  server = await startTestApiserver();
  client = server.client();
});
after(() => server.close());

const type: PatchType = "application/apply-patch+yaml";

interface ApplySettings {
  fieldManager?: string;
  force?: boolean;
  subresource?: string;
  dryRun?: string[];
}

function applyDeployment(name: string, config: object, settings: ApplySettings = {}): Promise<Deployment> {
  const whole = { apiVersion: "apps/v1", kind: "Deployment", ...config, metadata: { name, ...metadataOf(config) } };
  return client.apps.v1.deployments.patch(name, whole, { namespace, type, fieldManager: "one", ...settings });
}

function metadataOf(config: object): object {
  return "metadata" in config && config.metadata instanceof Object ? config.metadata : {};
}

const container = { name: "web", image: "nginx:1", ports: [{ containerPort: 80 }] };
const spec = (changes: object = {}) => ({
  replicas: 3,
  selector: { matchLabels: { app: "web" } },
  template: { metadata: { labels: { app: "web" } }, spec: { containers: [container] } },
  ...changes,
});

function entryOf(object: ApiObject, manager: string, subresource?: string): ManagedFieldsEntry | undefined {
  return object.metadata?.managedFields?.find(
    (entry) => entry.manager === manager && entry.subresource === subresource,
  );
}

async function refusal(attempt: Promise<unknown>): Promise<StatusError> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(isStatusError(error), "it was not refused");
  return error;
}

test("apply makes an object, and the applier owns what it wrote and no defaults", async () => {
  const made = await applyDeployment("made", { spec: spec() });
  assert.equal(made.spec?.revisionHistoryLimit, 10);
  const entry = entryOf(made, "one");
  assert.deepEqual([entry?.operation, entry?.apiVersion], ["Apply", "apps/v1"]);
  assert.deepEqual(entry?.fieldsV1, {
    "f:spec": {
      "f:replicas": {},
      "f:selector": {},
      "f:template": {
        "f:metadata": { "f:labels": { "f:app": {} } },
        "f:spec": {
          "f:containers": {
            'k:{"name":"web"}': {
              ".": {},
              "f:image": {},
              "f:name": {},
              "f:ports": { 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } },
            },
          },
        },
      },
    },
  });
  assert.equal(made.metadata?.managedFields?.length, 1);
});

test("applying the same again changes nothing", async () => {
  const first = await applyDeployment("again", { spec: spec() });
  const second = await applyDeployment("again", { spec: spec() });
  assert.equal(second.metadata?.resourceVersion, first.metadata?.resourceVersion);
  assert.deepEqual(second.metadata?.managedFields, first.metadata?.managedFields);
});

test("another manager's value is a conflict in Kubernetes' words, and force takes the field over", async () => {
  await applyDeployment("conflict", { spec: spec() });
  const scale = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "conflict" }, spec: { replicas: 5 } };
  const error = await refusal(applyDeployment("conflict", scale, { fieldManager: "two" }));
  assert.equal(error.reason, "Conflict");
  assert.equal(error.message, 'Apply failed with 1 conflict: conflict with "one": .spec.replicas');
  assert.deepEqual(error.details.causes, [
    { reason: "FieldManagerConflict", message: 'conflict with "one"', field: ".spec.replicas" },
  ]);
  const forced = await applyDeployment("conflict", scale, { fieldManager: "two", force: true });
  assert.equal(forced.spec?.replicas, 5);
  assert.deepEqual(entryOf(forced, "two")?.fieldsV1, { "f:spec": { "f:replicas": {} } });
  const specOfOne: unknown = entryOf(forced, "one")?.fieldsV1;
  assert.ok(!JSON.stringify(specOfOne).includes("f:replicas"));
});

test("conflicts with an updater name its version, several are listed by manager", async () => {
  const { deployments } = client.apps.v1;
  const object = { metadata: { name: "updated", namespace }, spec: spec() };
  await deployments.create(object, { fieldManager: "kubectl-client-side-apply" });
  const changed = { spec: { replicas: 9, template: { spec: { containers: [{ ...container, image: "nginx:2" }] } } } };
  const error = await refusal(applyDeployment("updated", changed, { fieldManager: "two" }));
  assert.equal(
    error.message,
    [
      'Apply failed with 2 conflicts: conflicts with "kubectl-client-side-apply" using apps/v1:',
      "- .spec.replicas",
      '- .spec.template.spec.containers[name="web"].image',
    ].join("\n"),
  );
});

test("the same value is shared, and goes when the last of its owners drops it", async () => {
  const labels = (value: object) => ({ metadata: { labels: value } });
  await applyDeployment("shared", { spec: spec(), ...labels({ a: "1", b: "1" }) });
  const shared = await applyDeployment("shared", labels({ a: "1", c: "1" }), { fieldManager: "two" });
  assert.deepEqual(shared.metadata?.labels, { a: "1", b: "1", c: "1" });
  const dropped = await applyDeployment("shared", { spec: spec() });
  assert.deepEqual(dropped.metadata?.labels, { a: "1", c: "1" });
  const gone = await applyDeployment("shared", {}, { fieldManager: "two" });
  assert.equal(gone.metadata?.labels, undefined);
  assert.equal(entryOf(gone, "two"), undefined);
});

test("elements of lists with keys are merged one by one", async () => {
  await applyDeployment("lists", { spec: spec() });
  const sidecar = { spec: { template: { spec: { containers: [{ name: "sidecar", image: "envoy:1" }] } } } };
  const both = await applyDeployment("lists", sidecar, { fieldManager: "injector" });
  const names = (object: Deployment) => object.spec?.template?.spec?.containers?.map(({ name }) => name);
  assert.deepEqual(names(both), ["web", "sidecar"]);
  const alone = await applyDeployment("lists", {}, { fieldManager: "injector" });
  assert.deepEqual(names(alone), ["web"]);
});

test("updates take fields over and leave the rest to those who have it", async () => {
  const { deployments } = client.apps.v1;
  await applyDeployment("taken", { spec: spec() });
  const scaled = await deployments.patch("taken", { spec: { replicas: 7 } }, { namespace, fieldManager: "edit" });
  assert.deepEqual(entryOf(scaled, "edit")?.fieldsV1, { "f:spec": { "f:replicas": {} } });
  assert.equal(entryOf(scaled, "edit")?.operation, "Update");
  const error = await refusal(applyDeployment("taken", { spec: spec() }));
  assert.equal(error.message, 'Apply failed with 1 conflict: conflict with "edit" using apps/v1: .spec.replicas');
  const { replicas: _, ...rest } = spec();
  const given = await applyDeployment("taken", { spec: rest });
  assert.equal(given.spec?.replicas, 7);
});

test("the scale has managers of its own", async () => {
  const { deployments } = client.apps.v1;
  await applyDeployment("scaled", { spec: spec() });
  await deployments.updateScale(
    { metadata: { name: "scaled", namespace }, spec: { replicas: 4 } },
    { fieldManager: "hpa" },
  );
  const scaled = await deployments.get("scaled", { namespace });
  assert.deepEqual(entryOf(scaled, "hpa", "scale")?.fieldsV1, { "f:spec": { "f:replicas": {} } });
  const scale = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "scaled" }, spec: { replicas: 6 } };
  const settings = { namespace, type, subresource: "scale", fieldManager: "two" };
  const error = await refusal(deployments.patch("scaled", scale, settings));
  assert.equal(
    error.message,
    'Apply failed with 1 conflict: conflict with "hpa" with subresource "scale" using autoscaling/v1: .spec.replicas',
  );
  await deployments.patch("scaled", scale, { ...settings, force: true });
  const forced = await deployments.get("scaled", { namespace });
  assert.equal(forced.spec?.replicas, 6);
  assert.equal(entryOf(forced, "two", "scale")?.operation, "Apply");
  assert.equal(entryOf(forced, "hpa", "scale"), undefined);
});

test("the status is applied through its own door alone", async () => {
  const status = { conditions: [{ type: "Odd", status: "True", reason: "Told", message: "so" }] };
  const made = await applyDeployment("status", { spec: spec(), status });
  assert.equal(made.status?.conditions, undefined);
  const told = await applyDeployment("status", { spec: { replicas: 99 }, status }, { subresource: "status" });
  assert.deepEqual([told.spec?.replicas, told.status?.conditions?.[0]?.type], [3, "Odd"]);
  assert.deepEqual(Object.keys(entryOf(told, "one", "status")?.fieldsV1 ?? {}), ["f:status"]);
});

const refused: [string, object, ApplySettings, string, RegExp][] = [
  ["without a manager", { spec: spec() }, { fieldManager: "" }, "Invalid", /fieldManager: Required value: is required/],
  ["with managed fields", { metadata: { managedFields: [] } }, {}, "BadRequest", /metadata.managedFields must be nil/],
  ["of another kind", { kind: "Pod", spec: {} }, {}, "BadRequest", /invalid object type: apps\/v1, Kind=Pod/],
  ["of no kind", { apiVersion: undefined, kind: undefined }, {}, "BadRequest", /invalid object type: \/, Kind=/],
  [
    "of another name",
    { metadata: { name: "other" } },
    {},
    "BadRequest",
    /\(other\) does not match the name on the URL/,
  ],
  ["with an unknown field", { spec: { foo: 1 } }, {}, "BadRequest", /: \.spec\.foo: field not declared in schema$/],
  [
    "with an element twice",
    { spec: { template: { spec: { containers: [container, container] } } } },
    {},
    "BadRequest",
    /\.spec\.template\.spec\.containers: duplicate entries for key \[name="web"\]/,
  ],
  [
    "nested without sense",
    { spec: JSON.parse(`${"[".repeat(4000)}${"]".repeat(4000)}`) as object },
    {},
    "BadRequest",
    /exceeded max depth/,
  ],
  ["with another uid", { metadata: { uid: "x" } }, {}, "Conflict", /uid mismatch/],
];
for (const [title, config, settings, reason, message] of refused)
  test(`an apply ${title} is refused`, async () => {
    const error = await refusal(applyDeployment("refused", config, settings));
    assert.equal(error.reason, reason);
    assert.match(error.message, message);
  });

test("who may patch may not therefore create by applying", async () => {
  const { roles, rolebindings } = client.rbac.v1;
  const role = { kind: "Role", name: "patcher", apiGroup: "rbac.authorization.k8s.io" };
  const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["patch"] }];
  await roles.create({ metadata: { name: "patcher", namespace }, rules });
  const subjects = [{ kind: "User", name: "jane", apiGroup: "rbac.authorization.k8s.io" }];
  await rolebindings.create({ metadata: { name: "patcher", namespace }, roleRef: role, subjects });
  const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "of-jane" }, data: { a: "1" } };
  const settings = { namespace, type, fieldManager: "jane" };
  const byJane = () =>
    server.client({ user: "jane", groups: [] }).core.v1.configmaps.patch("of-jane", config, settings);
  await assert.rejects(byJane(), { reason: "Forbidden", message: /cannot create resource "configmaps"/ });
  await client.core.v1.configmaps.create({ metadata: { name: "of-jane", namespace } });
  assert.deepEqual((await byJane()).data, { a: "1" });
});

test("a dry run makes nothing", async () => {
  const made = await applyDeployment("dry", { spec: spec() }, { dryRun: ["All"] });
  assert.equal(made.spec?.replicas, 3);
  await assert.rejects(client.apps.v1.deployments.get("dry", { namespace }), { reason: "NotFound" });
});

test("kubectl goes on with what it applied on the client side", async () => {
  const { configmaps } = client.core.v1;
  const annotation = "kubectl.kubernetes.io/last-applied-configuration";
  const old = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "moved", namespace }, data: { a: "1" } };
  await configmaps.create(
    { ...old, metadata: { ...old.metadata, annotations: { [annotation]: JSON.stringify(old) } } },
    { fieldManager: "kubectl-client-side-apply" },
  );
  const next = { ...old, data: { a: "2" } };
  const options = { namespace, type };
  const error = await refusal(configmaps.patch("moved", next, { ...options, fieldManager: "other" }));
  assert.equal(error.reason, "Conflict");
  const moved = await configmaps.patch("moved", next, { ...options, fieldManager: "kubectl" });
  assert.deepEqual(moved.data, { a: "2" });
  assert.deepEqual(JSON.parse(moved.metadata?.annotations?.[annotation] ?? ""), next);
});
