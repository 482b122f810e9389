import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PodServiceDefinition } from "../../gen/typernetes/core/v1/pod.ts";
import type { Client } from "../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "./test-harness.ts";

let server: TestApiserver;
let client: Client;

before(async () => {
  server = await startTestApiserver();
  client = server.client();
});
after(() => server.close());

test("an object is created, read, updated and deleted", async () => {
  const created = await client.core.v1.configmaps.create({
    metadata: { name: "a", namespace: "default" },
    data: { k: "1" },
  });
  assert.equal(created.kind, "ConfigMap");
  assert.ok(created.metadata?.uid);
  const read = await client.core.v1.configmaps.get("a", { namespace: "default" });
  assert.deepEqual(read, created);
  const updated = await client.core.v1.configmaps.update({ ...created, data: { k: "2" } });
  assert.ok(Number(updated.metadata?.resourceVersion) > Number(created.metadata?.resourceVersion));
  await assert.rejects(client.core.v1.configmaps.update({ ...created, data: { k: "3" } }), { reason: "Conflict" });
  const list = await client.core.v1.configmaps.list({ namespace: "default" });
  assert.equal(list.items.length, 1);
  await client.core.v1.configmaps.delete("a", { namespace: "default" });
  await assert.rejects(client.core.v1.configmaps.get("a", { namespace: "default" }), { reason: "NotFound" });
});

test("a watch reports what happens after the list, by selection", async () => {
  const pods = client.core.v1.pods;
  const { metadata } = await pods.list({ namespace: "default" });
  const abort = new AbortController();
  const seen: string[] = [];
  const watching = (async () => {
    const options = { namespace: "default", fieldSelector: "spec.nodeName=n1", signal: abort.signal };
    for await (const events of pods.watch({ ...options, resourceVersion: metadata?.resourceVersion })) {
      for (const event of events) seen.push(`${event.type} ${event.object.metadata?.name}`);
      if (seen.length === 3) return;
    }
  })();
  const spec = { containers: [{ name: "c", image: "i" }] };
  await pods.create({ metadata: { name: "other", namespace: "default" }, spec: { ...spec, nodeName: "n2" } });
  const pod = await pods.create({
    metadata: { generateName: "web-", namespace: "default" },
    spec: { ...spec, nodeName: "n1" },
  });
  await pods.updateStatus({ ...pod, status: { phase: "Running" } });
  const name = pod.metadata?.name ?? "";
  assert.match(name, /^web-[a-z0-9]{5}$/);
  await pods.delete(name, { namespace: "default", gracePeriodSeconds: 0 });
  await watching;
  abort.abort();
  assert.deepEqual(seen, [`ADDED ${name}`, `MODIFIED ${name}`, `DELETED ${name}`]);
});

test("a namespace goes when its finalizers are done, and takes nothing new until then", async () => {
  const { namespaces, configmaps } = client.core.v1;
  await namespaces.create({ metadata: { name: "brief" } });
  const terminating = await namespaces.delete("brief");
  assert.equal(terminating.status?.phase, "Terminating");
  await assert.rejects(configmaps.create({ metadata: { name: "x", namespace: "brief" } }), {
    reason: "Forbidden",
    message: /unable to create new content in namespace brief because it is being terminated/,
  });
  const { NamespaceServiceDefinition } = await import("../../gen/typernetes/core/v1/namespace.ts");
  const object = { ...terminating, spec: { finalizers: [] } };
  await client.call(NamespaceServiceDefinition, "finalize", { object });
  await assert.rejects(namespaces.get("brief"), { reason: "NotFound" });
});

test("pods are bound many at a time, each for itself", async () => {
  const pods = client.core.v1.pods;
  const spec = { containers: [{ name: "c", image: "i" }] };
  const names = ["b1", "b2"];
  for (const name of names) await pods.create({ metadata: { name, namespace: "default" }, spec });
  const bindings = [...names, "absent", "b1"].map((name) => ({
    metadata: { name, namespace: "default" },
    target: { kind: "Node", name: "n1" },
  }));
  const { results } = await client.call(PodServiceDefinition, "bind", { bindings });
  assert.deepEqual(
    results?.map((status) => status.reason),
    [undefined, undefined, "NotFound", "Conflict"],
  );
  const bound = await pods.get("b2", { namespace: "default" });
  assert.equal(bound.spec?.nodeName, "n1");
  assert.equal(bound.status?.conditions?.[0]?.type, "PodScheduled");
});
