import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../../lib/base/eventually.ts";
import { startTestApiserver, type TestApiserver } from "../../services/apiserver/test-harness.ts";
import {
  apply,
  type Client,
  type ConfigMap,
  createInformerFactory,
  type Deployment,
  dynamicResource,
  isStatusError,
  lastAppliedAnnotation,
  type ResourceClient,
  waitFor,
  waitForCondition,
  waitUntilGone,
} from "./index.ts";

const namespace = "default";
let server: TestApiserver;
let client: Client;

before(async () => {
  server = await startTestApiserver();
  client = server.client();
});
after(() => server.close());

function configMap(name: string, data: Record<string, string>): ConfigMap {
  return { metadata: { name, namespace }, data };
}

function deployment(name: string, image: string): Deployment {
  const labels = { app: name };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: "main", image, env: [{ name: "A", value: "1" }] }] },
  };
  return { metadata: { name, namespace }, spec: { replicas: 1, selector: { matchLabels: labels }, template } };
}

test("apply creates what is not there and remembers what it applied", async () => {
  const created = await apply(client.core.v1.configmaps, configMap("new", { b: "2", a: "1" }));
  assert.deepEqual({ ...created.data }, { b: "2", a: "1" });
  const text = created.metadata?.annotations?.[lastAppliedAnnotation] ?? "";
  assert.ok(text.endsWith("\n"));
  assert.deepEqual(JSON.parse(text), {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "new", namespace, annotations: {} },
    data: { a: "1", b: "2" },
  });
});

test("apply removes what it applied before, and leaves what others set", async () => {
  const { configmaps } = client.core.v1;
  await apply(configmaps, configMap("shared", { keep: "1", drop: "1" }));
  const other = { metadata: { labels: { by: "another" } }, data: { theirs: "1" } };
  await configmaps.patch("shared", other, { namespace });
  const applied = await apply(configmaps, configMap("shared", { keep: "2" }));
  assert.deepEqual({ ...applied.data }, { keep: "2", theirs: "1" });
  assert.deepEqual({ ...applied.metadata?.labels }, { by: "another" });
});

test("apply merges lists by their keys", async () => {
  const { deployments } = client.apps.v1;
  await apply(deployments, deployment("merged", "web:1"));
  const sidecar = { name: "sidecar", image: "side:1" };
  await deployments.patch("merged", { spec: { template: { spec: { containers: [sidecar] } } } }, { namespace });
  const { spec } = await apply(deployments, deployment("merged", "web:2"));
  const images = spec?.template?.spec?.containers?.map(({ name, image }) => `${name}=${image}`);
  assert.deepEqual(images?.sort(), ["main=web:2", "sidecar=side:1"]);
});

test("applying the same again changes nothing", async () => {
  const first = await apply(client.apps.v1.deployments, deployment("same", "web:1"));
  const second = await apply(client.apps.v1.deployments, deployment("same", "web:1"));
  assert.equal(second.metadata?.resourceVersion, first.metadata?.resourceVersion);
});

test("apply goes on when another creates or deletes the object at the same time", async () => {
  const { configmaps } = client.core.v1;
  let interference = async (): Promise<unknown> => configmaps.create(configMap("raced", { theirs: "1" }));
  const raced: ResourceClient<ConfigMap> = Object.assign(Object.create(configmaps), {
    get: (name: string, options: object) => configmaps.get(name, options),
    patch: (...args: Parameters<typeof configmaps.patch>) => configmaps.patch(...args),
    create: async (object: ConfigMap, options: object) => {
      await interference();
      interference = async () => {};
      return configmaps.create(object, options);
    },
    group: "",
    version: "v1",
    kind: "ConfigMap",
    plural: "configmaps",
  });
  const applied = await apply(raced, configMap("raced", { ours: "1" }));
  assert.deepEqual({ ...applied.data }, { theirs: "1", ours: "1" });
});

test("a dry run of apply stores nothing; what has no name is refused", async () => {
  const { configmaps } = client.core.v1;
  await apply(configmaps, configMap("dry", { a: "1" }), { dryRun: ["All"] });
  await assert.rejects(configmaps.get("dry", { namespace }), (error) => isStatusError(error, "NotFound"));
  await assert.rejects(apply(configmaps, { data: {} }), { reason: "BadRequest" });
});

test("a wait ends when its condition holds, and tells what it held of", async () => {
  const { configmaps } = client.core.v1;
  const waiting = waitFor(configmaps, "awaited", (it) => it?.data?.["state"] === "done", { namespace });
  await configmaps.create(configMap("awaited", { state: "begun" }));
  await configmaps.patch("awaited", { data: { state: "done" } }, { namespace });
  assert.equal((await waiting)?.metadata?.name, "awaited");
  const gone = waitUntilGone(configmaps, "awaited", { namespace });
  await configmaps.delete("awaited", { namespace });
  await gone;
  await waitUntilGone(configmaps, "never-there", { namespace });
});

test("a wait ends after its time, with its signal, and with what its condition throws", async () => {
  const { configmaps } = client.core.v1;
  const never = () => false;
  await assert.rejects(waitFor(configmaps, "x", never, { namespace, timeoutMs: 20 }), {
    reason: "Timeout",
    message: "timed out waiting for the condition on configmaps/x",
  });
  const abort = new AbortController();
  const aborted = waitFor(configmaps, "x", never, { namespace, signal: abort.signal });
  abort.abort(new Error("enough"));
  await assert.rejects(aborted, { message: "enough" });
  const broken = () => {
    throw new Error("no such field");
  };
  await assert.rejects(waitFor(configmaps, "x", broken, { namespace }), { message: "no such field" });
});

test("a condition counts only for the newest state", async () => {
  const { deployments } = client.apps.v1;
  await deployments.create(deployment("conditioned", "web:1"));
  const changed = await deployments.patch("conditioned", { spec: { replicas: 2 } }, { namespace });
  const waiting = waitForCondition(deployments, "conditioned", "Available", { namespace });
  let isDone = false;
  waiting.then(() => (isDone = true));
  const conditions = [{ type: "Available", status: "True" }];
  const stale = await deployments.updateStatus({ ...changed, status: { observedGeneration: 1, conditions } });
  await waitFor(deployments, "conditioned", (it) => it?.status?.conditions !== undefined, { namespace });
  assert.equal(isDone, false);
  await deployments.updateStatus({ ...stale, status: { observedGeneration: 2, conditions } });
  assert.equal((await waiting).status?.observedGeneration, 2);
});

test("a kind known at run time has every verb, informers and apply", async () => {
  const widgets = dynamicResource(client.transport, { version: "v1", plural: "configmaps", kind: "ConfigMap" });
  const factory = createInformerFactory();
  const informer = factory.informer(widgets, { namespace, labelSelector: "set=dynamic" });
  await factory.start();
  try {
    const object = { metadata: { name: "dynamic", namespace, labels: { set: "dynamic" } }, data: { a: "1" } };
    await apply(widgets, object);
    await waitFor(widgets, "dynamic", (it) => it !== undefined, { namespace });
    await eventually(() => informer.lister.size === 1);
    const changed = await apply(widgets, { ...object, data: { b: "2" } });
    assert.deepEqual(changed["data"], { b: "2" });
    assert.ok(Object.isFrozen(changed));
    const stale = { ...changed, metadata: { ...changed.metadata, resourceVersion: "1" } };
    await assert.rejects(widgets.update(stale), (error) => isStatusError(error, "Conflict"));
    await widgets.delete("dynamic", { namespace });
    await waitUntilGone(widgets, "dynamic", { namespace });
  } finally {
    await factory.stop();
  }
});

test("a kind known at run time has its scale and its failures", async () => {
  const type = { group: "apps", version: "v1", kind: "Deployment" };
  const deployments = dynamicResource(client.transport, type);
  await client.apps.v1.deployments.create(deployment("scaled", "web:1"));
  const scale = await deployments.getScale("scaled", { namespace });
  await deployments.updateScale({ ...scale, spec: { replicas: 4 } });
  assert.equal((await client.apps.v1.deployments.get("scaled", { namespace })).spec?.replicas, 4);
  await assert.rejects(deployments.get("absent", { namespace }), { reason: "NotFound" });
  await assert.rejects(
    async () => {
      for await (const _ of deployments.watch({ namespace, resourceVersion: "1e9" })) return;
    },
    (error) => isStatusError(error),
  );
});
