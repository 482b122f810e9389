import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { CustomResourceDefinition } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import type { Client } from "../../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";
import { customClient, define, definitionOf } from "./test-definitions.ts";

const schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        replicas: { type: "integer", default: 1, minimum: 0 },
        image: { type: "string" },
      },
    },
    status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};

let server: TestApiserver;
let client: Client;

before(async () => {
  server = await startTestApiserver();
  client = server.client();
});
after(() => server.close());

test("objects of a new kind go through all verbs", async () => {
  await define(client, definitionOf("crontabs", "CronTab", schema));
  const crontabs = customClient(client, "crontabs");
  const made = await crontabs.create({ kind: "CronTab", metadata: { name: "one" }, spec: { image: "a" } });
  assert.equal(made.apiVersion, "stable.example.com/v1");
  assert.deepEqual(made.spec, { image: "a", replicas: 1 });
  assert.equal(made.metadata.generation, 1);
  assert.deepEqual(await crontabs.get("one"), made);
  const updated = await crontabs.update({ ...made, spec: { image: "b", replicas: 2 } });
  assert.equal(updated.metadata.generation, 2);
  const patched = await crontabs.merge("one", { spec: { replicas: 3 } });
  assert.deepEqual(patched.spec, { image: "b", replicas: 3 });
  const list = await crontabs.list();
  assert.equal(list.kind, "CronTabList");
  assert.deepEqual(JSON.stringify(list.items), JSON.stringify([patched]));
  await crontabs.delete("one");
  await assert.rejects(crontabs.get("one"), { reason: "NotFound" });
});

test("who hears that a kind is established can make its objects at once", async () => {
  const { customresourcedefinitions } = client.apiextensions.v1;
  const { metadata } = await customresourcedefinitions.list();
  await customresourcedefinitions.create(definitionOf("prompts", "Prompt", schema));
  const isEstablished = ({ object }: { object: CustomResourceDefinition }) =>
    object.metadata?.name === "prompts.stable.example.com" &&
    object.status?.conditions?.some(({ type, status }) => type === "Established" && status === "True");
  for await (const events of customresourcedefinitions.watch({ resourceVersion: metadata?.resourceVersion }))
    if (events.some(isEstablished)) break;
  const made = await customClient(client, "prompts").create({ kind: "Prompt", metadata: { name: "a" } });
  assert.equal(made.kind, "Prompt");
});

test("a watch tells of custom objects", async () => {
  await define(client, definitionOf("watches", "Watched", schema));
  const watched = customClient(client, "watches");
  const end = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const { events } of watched.watch({}, end.signal))
      for (const { type, object } of events ?? [])
        seen.push(`${type} ${(object as { metadata: { name: string } }).metadata.name}`);
  })().catch(() => {});
  await watched.create({ kind: "Watched", metadata: { name: "a" } });
  await watched.delete("a");
  await eventually(() => seen.length === 2);
  end.abort();
  await following;
  assert.deepEqual(seen, ["ADDED a", "DELETED a"]);
});

test("what a schema refuses is not stored, in Kubernetes' words", async () => {
  await define(client, definitionOf("refused", "Refused", schema));
  const refused = customClient(client, "refused");
  const object = { kind: "Refused", metadata: { name: "a" } };
  await assert.rejects(refused.create({ ...object, spec: { replicas: "string" } }), {
    reason: "Invalid",
    message:
      'Refused.stable.example.com "a" is invalid: spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"',
  });
  await assert.rejects(refused.create({ ...object, spec: { other: 1 } }, { fieldValidation: "Strict" }), {
    reason: "BadRequest",
    message: 'strict decoding error: unknown field "spec.other"',
  });
  const pruned = await refused.create({ ...object, spec: { other: 1, image: "x" } }, { fieldValidation: "Ignore" });
  assert.deepEqual(pruned.spec, { image: "x", replicas: 1 });
});

test("custom objects that nest without sense are refused", async () => {
  await define(client, definitionOf("nests", "Nest", schema));
  const nested: unknown = JSON.parse(`${'{"a":'.repeat(3000)}1${"}".repeat(3000)}`);
  await assert.rejects(
    customClient(client, "nests").create({ kind: "Nest", metadata: { name: "a" }, status: nested }),
    {
      reason: "BadRequest",
    },
  );
});

test("an invalid schema is refused", async () => {
  const definition = definitionOf("broken", "Broken", {
    type: "object",
    properties: { spec: { type: "integer", "x-kubernetes-validations": [{ rule: "self.wrong" }] } },
  });
  await assert.rejects(client.apiextensions.v1.customresourcedefinitions.create(definition), /compilation failed/);
});

test("names that another definition has are not given twice", async () => {
  await define(client, definitionOf("firsts", "First", schema, { names: { shortNames: ["fst"] } }));
  const second = definitionOf("seconds", "Second", schema, { names: { shortNames: ["fst"] } });
  await client.apiextensions.v1.customresourcedefinitions.create(second);
  const conditions = await eventually(async () => {
    const { status } = await client.apiextensions.v1.customresourcedefinitions.get("seconds.stable.example.com");
    return status?.conditions?.length ? status.conditions : undefined;
  });
  const shown = conditions.map(({ type, status, reason, message }) => [type, status, reason, message]);
  assert.deepEqual(shown, [
    ["NamesAccepted", "False", "ShortNamesConflict", '"fst" is already in use'],
    ["Established", "False", "NotAccepted", "not all names are accepted"],
  ]);
  await client.apiextensions.v1.customresourcedefinitions.delete("firsts.stable.example.com");
  await eventually(async () => {
    const { status } = await client.apiextensions.v1.customresourcedefinitions.get("seconds.stable.example.com");
    return status?.conditions?.every((condition) => condition.status === "True") ?? false;
  });
});

test("a definition that is deleted takes its objects with it", async () => {
  await define(client, definitionOf("doomed", "Doomed", schema));
  const doomed = customClient(client, "doomed");
  await doomed.create({ kind: "Doomed", metadata: { name: "a", finalizers: ["example.com/hold"] } });
  await client.apiextensions.v1.customresourcedefinitions.delete("doomed.stable.example.com");
  await eventually(async () => {
    const { status } = await client.apiextensions.v1.customresourcedefinitions.get("doomed.stable.example.com");
    const terminating = status?.conditions?.find(({ type }) => type === "Terminating");
    return terminating?.reason === "InstanceDeletionInProgress";
  });
  await assert.rejects(doomed.create({ kind: "Doomed", metadata: { name: "b" } }), {
    reason: "MethodNotAllowed",
    message: "create not allowed while custom resource definition is terminating",
  });
  await doomed.merge("a", { metadata: { finalizers: null } });
  await eventually(() =>
    client.apiextensions.v1.customresourcedefinitions.get("doomed.stable.example.com").then(
      () => false,
      (error) => error.reason === "NotFound",
    ),
  );
  await eventually(() =>
    doomed.list().then(
      () => false,
      (error) => error.reason === "NotFound",
    ),
  );
});

test("status and scale are apart from the object", async () => {
  const version = {
    subresources: {
      status: {},
      scale: {
        specReplicasPath: ".spec.replicas",
        statusReplicasPath: ".status.replicas",
        labelSelectorPath: ".status.selector",
      },
    },
  };
  await define(client, definitionOf("scaled", "Scaled", schema, { version }));
  const scaled = customClient(client, "scaled");
  const made = await scaled.create({
    kind: "Scaled",
    metadata: { name: "a" },
    spec: { replicas: 2 },
    status: { replicas: 9 },
  });
  assert.equal(made.status, undefined);
  const reported = await scaled.updateStatus({
    ...made,
    spec: { replicas: 7 },
    status: { replicas: 1, selector: "a=b" },
  });
  assert.deepEqual([reported.spec.replicas, reported.status.replicas, reported.metadata.generation], [2, 1, 1]);
  const scale = await scaled.scale("a");
  assert.deepEqual(
    [scale.kind, scale.spec, scale.status],
    ["Scale", { replicas: 2 }, { replicas: 1, selector: "a=b" }],
  );
  await scaled.update({ ...scale, spec: { replicas: 5 } }, "scale");
  const after = await scaled.get("a");
  assert.deepEqual([after.spec.replicas, after.metadata.generation], [5, 2]);
});

test("fields that a definition names select objects", async () => {
  const version = { selectableFields: [{ jsonPath: ".spec.image" }] };
  await define(client, definitionOf("chosen", "Chosen", schema, { version }));
  const chosen = customClient(client, "chosen");
  for (const image of ["x", "y"]) await chosen.create({ kind: "Chosen", metadata: { name: image }, spec: { image } });
  const { items } = await chosen.list({ fieldSelector: "spec.image=y" });
  assert.deepEqual(
    items.map((item) => item.metadata.name),
    ["y"],
  );
});

test("a definition that is changed takes effect in place, for stored objects, too", async () => {
  const definition = definitionOf("changing", "Changing", schema);
  await define(client, definition);
  const changing = customClient(client, "changing");
  await changing.create({ kind: "Changing", metadata: { name: "a" }, spec: {} });
  const current = await client.apiextensions.v1.customresourcedefinitions.get("changing.stable.example.com");
  const properties = { ...schema.properties.spec.properties, color: { type: "string", default: "blue" } };
  const spec = { ...current.spec, versions: structuredClone(current.spec?.versions ?? []) };
  const [version] = spec.versions;
  if (version?.schema?.openAPIV3Schema)
    version.schema.openAPIV3Schema = { type: "object", properties: { spec: { type: "object", properties } } };
  await client.apiextensions.v1.customresourcedefinitions.update({ ...current, spec });
  await eventually(async () => (await changing.get("a")).spec.color === "blue");
});

test("after a restart everything that was defined is served before the server is ready", async () => {
  const first = await startTestApiserver();
  try {
    await define(first.client(), definitionOf("lasting", "Lasting", schema));
    await customClient(first.client(), "lasting").create({ kind: "Lasting", metadata: { name: "a" } });
    await first.apiserver.close();
    const second = await startTestApiserver({ store: first.store });
    try {
      assert.equal((await customClient(second.client(), "lasting").list()).items.length, 1);
    } finally {
      await second.close();
    }
  } finally {
    await first.close();
  }
});

test("versions without conversion differ in nothing but their name and schema", async () => {
  const versions = [
    { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } },
    {
      name: "v1beta1",
      served: true,
      storage: false,
      schema: {
        openAPIV3Schema: {
          type: "object",
          properties: { spec: { type: "object", properties: { image: { type: "string", maxLength: 3 } } } },
        },
      },
    },
  ];
  await define(client, definitionOf("versioned", "Versioned", schema, { spec: { versions } }));
  const [newer, older] = [customClient(client, "versioned"), customClient(client, "versioned", "v1beta1")];
  const made = await older.create({ kind: "Versioned", metadata: { name: "a" }, spec: { image: "abc" } });
  assert.equal(made.apiVersion, "stable.example.com/v1beta1");
  assert.deepEqual((await newer.get("a")).spec, { image: "abc", replicas: 1 });
  assert.deepEqual((await older.get("a")).spec, { image: "abc" });
  await assert.rejects(older.merge("a", { spec: { image: "long" } }), { reason: "Invalid" });
  await newer.merge("a", { spec: { image: "long" } });
  const { items, kind } = await older.list();
  assert.deepEqual(
    [kind, items[0]?.apiVersion, items[0]?.spec],
    ["VersionedList", "stable.example.com/v1beta1", { image: "long" }],
  );
});

test("a definition takes the place of no kind that has a contract", async () => {
  const definition = {
    metadata: {
      name: "leases.coordination.k8s.io",
      annotations: { "api-approved.kubernetes.io": "unapproved, for a test" },
    },
    spec: {
      group: "coordination.k8s.io",
      scope: "Namespaced",
      names: { plural: "leases", kind: "Lease" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  };
  await client.apiextensions.v1.customresourcedefinitions.create(definition);
  await eventually(async () => {
    const { status } = await client.apiextensions.v1.customresourcedefinitions.get(definition.metadata.name);
    return status?.conditions?.some(({ type }) => type === "Established") ?? false;
  });
  const spec = { holderIdentity: "me" };
  const lease = await client.coordination.v1.leases.create({ metadata: { name: "a", namespace: "default" }, spec });
  assert.deepEqual(lease.spec, spec);
});
