import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ManagedFieldsEntry } from "../../gen/typernetes/meta/v1/object_meta.ts";
import { SimulatedClock } from "../../lib/base/simulated-clock.ts";
import type { Client } from "../../lib/client/client.ts";
import type { ApiObject } from "../../lib/resources/strategy.ts";
import { startTestApiserver, type TestApiserver } from "./test-harness.ts";

let server: TestApiserver;
let client: Client;
const clock = new SimulatedClock(Date.parse("2026-01-01T00:00:00Z"));
const namespace = "default";

before(async () => {
  server = await startTestApiserver({ clock });
  client = server.client();
});
after(() => server.close());

const entries = (object: ApiObject) => object.metadata?.managedFields ?? [];
const managers = (object: ApiObject) => entries(object).map(({ manager }) => manager);

function entryOf(object: ApiObject, manager: string): ManagedFieldsEntry | undefined {
  return entries(object).find((entry) => entry.manager === manager);
}

test("a maker owns what it sent and what was filled in, under the name it gives or that of its component", async () => {
  const spec = { selector: { a: "b" }, ports: [{ port: 80 }] };
  const made = await client.core.v1.services.create(
    { metadata: { name: "made", namespace }, spec },
    { fieldManager: "me" },
  );
  assert.deepEqual(entries(made), [
    {
      manager: "me",
      operation: "Update",
      apiVersion: "v1",
      time: "2026-01-01T00:00:00Z",
      fieldsType: "FieldsV1",
      fieldsV1: {
        "f:spec": {
          "f:internalTrafficPolicy": {},
          "f:ports": {
            ".": {},
            'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:port": {}, "f:protocol": {}, "f:targetPort": {} },
          },
          "f:selector": {},
          "f:sessionAffinity": {},
          "f:type": {},
        },
      },
    },
  ]);
  const scheduler = server.client({ user: "system:kube-scheduler", groups: ["system:masters"] });
  const other = await scheduler.core.v1.configmaps.create({ metadata: { name: "by-scheduler", namespace } });
  assert.deepEqual(managers(other), []);
  const filled = await scheduler.core.v1.configmaps.update({ ...other, data: { a: "1" } });
  assert.deepEqual(managers(filled), [], "an object without owners does not get any");
  const third = await scheduler.core.v1.configmaps.create({ metadata: { name: "third", namespace }, data: { a: "1" } });
  assert.deepEqual(managers(third), ["kube-scheduler"]);
});

test("a name that cannot be a manager's is refused", async () => {
  const made = client.core.v1.configmaps.create(
    { metadata: { name: "x", namespace } },
    { fieldManager: "x".repeat(129) },
  );
  await assert.rejects(made, { reason: "Invalid", message: /fieldManager: Too long: may not be more than 128 bytes/ });
  const odd = client.core.v1.configmaps.create({ metadata: { name: "x", namespace } }, { fieldManager: "a\nb" });
  await assert.rejects(odd, { reason: "Invalid", message: /fieldManager: Invalid value: / });
});

test("status has an entry of its own, and the time changes with the values", async () => {
  const { nodes } = client.core.v1;
  const kubelet = server.client({ user: "system:node:n1", groups: ["system:nodes", "system:masters"] });
  const made = await nodes.create({ metadata: { name: "n1", labels: { a: "b" } } }, { fieldManager: "me" });
  const condition = (status: string) => ({ conditions: [{ type: "Ready", status }] });
  await clock.advance(60_000);
  const reported = await kubelet.core.v1.nodes.updateStatus({ ...made, status: condition("True") });
  const entry = entryOf(reported, "kubelet");
  assert.deepEqual([entry?.subresource, entry?.time], ["status", "2026-01-01T00:01:00Z"]);
  const ready = { 'k:{"type":"Ready"}': { ".": {}, "f:status": {}, "f:type": {} } };
  assert.deepEqual(entry?.fieldsV1, { "f:status": { "f:conditions": { ".": {}, ...ready } } });
  assert.equal(entryOf(reported, "me")?.time, "2026-01-01T00:00:00Z");
  await clock.advance(60_000);
  const same = await kubelet.core.v1.nodes.updateStatus({ ...reported, status: condition("True") });
  assert.equal(same.metadata?.resourceVersion, reported.metadata?.resourceVersion);
  const worse = await kubelet.core.v1.nodes.updateStatus({ ...same, status: condition("False") });
  assert.deepEqual(entryOf(worse, "kubelet")?.fieldsV1, entry?.fieldsV1);
  assert.equal(entryOf(worse, "kubelet")?.time, "2026-01-01T00:02:00Z");
});

test("an update with other times or none, broken or no entries leaves them as they are", async () => {
  const { configmaps } = client.core.v1;
  const made = await configmaps.create({ metadata: { name: "kept", namespace }, data: { a: "1" } });
  const old = entries(made);
  const given: (ManagedFieldsEntry[] | undefined)[] = [
    undefined,
    [],
    old.map((entry) => ({ ...entry, time: "2020-01-01T00:00:00Z" })),
    [{ manager: "x", operation: "Other", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: {} }],
    [{ manager: "x", operation: "Update", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: 3 }],
  ];
  for (const managedFields of given) {
    const next = await configmaps.update({ ...made, metadata: { ...made.metadata, managedFields } });
    assert.equal(next.metadata?.resourceVersion, made.metadata?.resourceVersion);
    assert.deepEqual(entries(next), old);
  }
});

test("one empty entry takes all owners away; who applies then finds an owner of everything there was", async () => {
  const { configmaps } = client.core.v1;
  await configmaps.create({ metadata: { name: "reset", namespace }, data: { a: "1" } });
  const patch = { metadata: { managedFields: [{}] } };
  const bare = await configmaps.patch("reset", patch, { namespace, type: "application/merge-patch+json" });
  assert.deepEqual(entries(bare), []);
  const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "reset" }, data: { b: "2" } };
  const applied = await configmaps.patch("reset", config, {
    namespace,
    type: "application/apply-patch+yaml",
    fieldManager: "me",
  });
  assert.deepEqual(managers(applied), ["me", "before-first-apply"]);
  assert.deepEqual(entryOf(applied, "before-first-apply")?.fieldsV1, { "f:data": { ".": {}, "f:a": {} } });
});

test("of more than ten updaters the oldest become one", async () => {
  const { configmaps } = client.core.v1;
  await configmaps.create(
    { metadata: { name: "many", namespace }, data: { key0: "0" } },
    { fieldManager: "manager-0" },
  );
  for (let index = 1; index <= 11; index++) {
    await clock.advance(1000);
    const options = { namespace, fieldManager: `manager-${index}` };
    await configmaps.patch("many", { data: { [`key${index}`]: "x" } }, options);
  }
  const many = await configmaps.get("many", { namespace });
  assert.equal(entries(many).length, 10);
  const ancient = entryOf(many, "ancient-changes")?.fieldsV1;
  assert.deepEqual(ancient, { "f:data": { ".": {}, "f:key0": {}, "f:key1": {}, "f:key2": {} } });
});

test("the assignment of a pod changes no owner", async () => {
  const containers = [{ name: "c", image: "i" }];
  const made = await client.core.v1.pods.create({ metadata: { name: "bound", namespace }, spec: { containers } });
  await client.core.v1.bindings.create({
    metadata: { name: "bound", namespace },
    target: { kind: "Node", name: "n1" },
  });
  const bound = await client.core.v1.pods.get("bound", { namespace });
  assert.equal(bound.spec?.nodeName, "n1");
  assert.deepEqual(entries(bound), entries(made));
});

test("fields are owned in the version in which they were written, and compared in it", async () => {
  const old = client.autoscaling.v1.horizontalpodautoscalers;
  const current = client.autoscaling.v2.horizontalpodautoscalers;
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "d" };
  const spec = { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 50 };
  await old.create({ metadata: { name: "a", namespace }, spec }, { fieldManager: "one" });
  const made = await current.get("a", { namespace });
  assert.equal(entryOf(made, "one")?.apiVersion, "autoscaling/v1");
  const owned = JSON.stringify(entryOf(made, "one")?.fieldsV1);
  assert.match(owned, /"f:targetCPUUtilizationPercentage":\{\}/);
  const changed = await current.update({ ...made, spec: { ...made.spec, maxReplicas: 5 } }, { fieldManager: "two" });
  assert.deepEqual(entryOf(changed, "two")?.fieldsV1, { "f:spec": { "f:maxReplicas": {} } });
  assert.equal(entryOf(changed, "two")?.apiVersion, "autoscaling/v2");
  assert.doesNotMatch(JSON.stringify(entryOf(changed, "one")?.fieldsV1), /f:maxReplicas/);
  const config = {
    apiVersion: "autoscaling/v1",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "a" },
    spec: { scaleTargetRef, maxReplicas: 7, targetCPUUtilizationPercentage: 50 },
  };
  const settings = { namespace, type: "application/apply-patch+yaml", fieldManager: "three" } as const;
  await assert.rejects(old.patch("a", config, settings), {
    message: 'Apply failed with 1 conflict: conflict with "two" using autoscaling/v2: .spec.maxReplicas',
  });
  const forced = await old.patch("a", config, { ...settings, force: true });
  assert.equal(forced.spec?.maxReplicas, 7);
});
