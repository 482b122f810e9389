import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, get, type RequestOptions } from "node:https";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { KubeConfig } from "@kubernetes/client-node";
import {
  type DynamicObject,
  dynamicResource,
  isStatusError,
  type KubernetesObject,
  type ResourceClient,
  retryOnConflict,
  type WatchEvent,
  waitFor,
  waitUntilGone,
} from "../../clients/sdk/index.ts";
import { type ResourceSchema, resources } from "../../gen/schema.ts";
import { type ContractsCluster, startContractsCluster } from "./contracts-cluster.ts";
import { minimalObject } from "./minimal-object.ts";
import { sampleAdjustments } from "./sample-adjustments.ts";

const namespace = "contracts";
const timeoutMs = 60_000;
const verbs = ["create", "get", "list", "watch", "update", "patch", "delete"];
const kinds = resources.filter((kind) => verbs.every((verb) => kind.verbs.includes(verb)));

let cluster: ContractsCluster;

before(async () => {
  cluster = await startContractsCluster();
  await cluster.client.core.v1.namespaces.create({ metadata: { name: namespace } });
  await waitFor(cluster.client.core.v1.serviceaccounts, "default", Boolean, { namespace, timeoutMs });
});
after(() => cluster?.stop());

test("the table of adjustments names kinds that exist", () => {
  const names = new Set(kinds.map(({ message }) => message));
  assert.deepEqual(
    Object.keys(sampleAdjustments).filter((name) => !names.has(name)),
    [],
  );
  assert.ok(kinds.length > 50, `only ${kinds.length} kinds`);
});

test("lists of every kind name it for their items, in the JSON of REST", async () => {
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  const agent = new Agent({ keepAlive: true });
  let seen = 0;
  try {
    for (const { group, version, plural, kind } of kinds) {
      const place = group ? `/apis/${group}/${version}/${plural}` : `/api/${version}/${plural}`;
      const list = await getJson(config, agent, place);
      assert.deepEqual([list.kind, list.apiVersion], [`${kind}List`, group ? `${group}/${version}` : version]);
      for (const item of list.items) assert.deepEqual(Object.keys(item).slice(0, 1), ["metadata"], `${kind}s`);
      seen += list.items.length;
    }
  } finally {
    agent.destroy();
  }
  assert.ok(seen > 100, `only ${seen} objects`);
});

interface ListInJson {
  kind: string;
  apiVersion: string;
  items: object[];
}

async function getJson(config: KubeConfig, agent: Agent, path: string): Promise<ListInJson> {
  const options: RequestOptions = { agent };
  await config.applyToHTTPSOptions(options);
  const request = get(`${config.getCurrentCluster()?.server}${path}`, { ...options, agent });
  const [answer]: [IncomingMessage] = (await once(request, "response")) as [IncomingMessage];
  return JSON.parse(await text(answer));
}

for (const kind of kinds) {
  test(`${kind.message} can be created, read, listed, watched, patched, updated and deleted`, async () => {
    const typed = cluster.client.dynamic(kind.group, kind.plural, kind.version);
    assert.ok(typed);
    await goThroughVerbs(kind, typed);
    const { group, version, plural, namespaced } = kind;
    await goThroughVerbs(kind, dynamicResource(cluster.transport, { group, version, plural, namespaced }));
  });
}

function sampleOf(kind: ResourceSchema): DynamicObject {
  const object = minimalObject(kind, sampleAdjustments[kind.message]);
  const given = object["metadata"] as KubernetesObject["metadata"];
  return { ...object, metadata: { name: "sample", ...(kind.namespaced && { namespace }), ...given } };
}

/** The one body, for any client of any kind. */
async function goThroughVerbs(kind: ResourceSchema, resource: ResourceClient<KubernetesObject>): Promise<void> {
  const sample = sampleOf(kind);
  const name = sample.metadata?.name ?? "";
  const where = kind.namespaced ? { namespace } : {};
  const { metadata } = await resource.list(where);
  const seen = new Seen(resource, name, { ...where, resourceVersion: metadata?.resourceVersion });
  try {
    const created = await resource.create(sample);
    assert.equal(created.kind, kind.kind);
    assert.ok(created.metadata?.uid && created.metadata.resourceVersion && created.metadata.creationTimestamp);
    assert.equal((await resource.get(name, where)).metadata?.uid, created.metadata.uid);
    await assert.rejects(resource.create(sample), { reason: "AlreadyExists" });
    const found = await resource.list({ ...where, fieldSelector: `metadata.name=${name}` });
    assert.deepEqual(
      found.items.map((item) => item.metadata?.uid),
      [created.metadata.uid],
    );

    const patch = { metadata: { labels: { "example.com/patched": "yes" } } };
    const patched = await resource.patch(name, patch, { ...where, type: "application/merge-patch+json" });
    assert.equal(patched.metadata?.labels?.["example.com/patched"], "yes");
    assert.notEqual(patched.metadata?.resourceVersion, created.metadata.resourceVersion);
    await updateAnnotation(resource, name, where);
    if (kind.subresources.includes("status"))
      await retryOnConflict(async () => resource.updateStatus(await resource.get(name, where)));
    await assert.rejects(resource.update({ ...created, metadata: { ...created.metadata } }), { reason: "Conflict" });

    await resource.delete(name, where);
    await waitUntilGone(resource, name, { ...where, uid: created.metadata.uid, timeoutMs });
    await seen.until("DELETED");
    assert.equal(seen.types[0], "ADDED");
    assert.ok(seen.types.slice(1, -1).every((type) => type === "MODIFIED") && seen.types.length >= 4, `${seen.types}`);
    if (kind.verbs.includes("deletecollection")) await deleteTogether(kind, resource, patch.metadata.labels);
  } finally {
    seen.stop();
    await resource.delete(name, where).catch((error) => assert.ok(isStatusError(error, "NotFound"), error));
  }
}

async function updateAnnotation(
  resource: ResourceClient<KubernetesObject>,
  name: string,
  where: object,
): Promise<void> {
  const updated = await retryOnConflict(async () => {
    const current = await resource.get(name, where);
    const annotations = { ...current.metadata?.annotations, "example.com/updated": "yes" };
    return resource.update({ ...current, metadata: { ...current.metadata, annotations } });
  });
  assert.equal(updated.metadata?.annotations?.["example.com/updated"], "yes");
}

async function deleteTogether(
  kind: ResourceSchema,
  resource: ResourceClient<KubernetesObject>,
  labels: Record<string, string>,
): Promise<void> {
  const sample = sampleOf(kind);
  const where = kind.namespaced ? { namespace } : {};
  const { metadata } = await resource.create({ ...sample, metadata: { ...sample.metadata, labels } });
  const deleted = await resource.deleteCollection({
    ...where,
    listOptions: { labelSelector: "example.com/patched=yes" },
  });
  assert.deepEqual(
    deleted.items.map((item) => item.metadata?.uid),
    [metadata?.uid],
  );
  await waitUntilGone(resource, metadata?.name ?? "", { ...where, uid: metadata?.uid, timeoutMs });
}

/** What a watch told of the object of one name. */
class Seen {
  readonly types: WatchEvent<KubernetesObject>["type"][] = [];
  readonly #abort = new AbortController();
  readonly #name: string;
  readonly #follow: Promise<void>;
  #wake = () => {};

  constructor(resource: ResourceClient<KubernetesObject>, name: string, options: object) {
    this.#name = name;
    this.#follow = this.#run(resource.watch({ ...options, signal: this.#abort.signal })).catch((error) => {
      if (!this.#abort.signal.aborted) throw error;
    });
    // Told to who waits.
    this.#follow.catch(() => {});
  }

  async until(type: string): Promise<void> {
    const deadline = setTimeout(() => this.#abort.abort(new Error(`no event ${type} of ${this.#name}`)), timeoutMs);
    try {
      while (this.types.at(-1) !== type) {
        if (this.#abort.signal.aborted) throw this.#abort.signal.reason;
        await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), this.#follow]);
      }
    } finally {
      clearTimeout(deadline);
    }
  }

  stop(): void {
    this.#abort.abort(new Error("seen enough"));
  }

  async #run(events: AsyncIterable<WatchEvent<KubernetesObject>[]>): Promise<void> {
    for await (const batch of events) {
      for (const { type, object } of batch) if (object.metadata?.name === this.#name) this.types.push(type);
      this.#wake();
    }
  }
}
