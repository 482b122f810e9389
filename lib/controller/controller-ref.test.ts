import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { type ConfigMap, ConfigMapServiceDefinition } from "../../gen/typernetes/core/v1/config_map.ts";
import type { Client } from "../client/client.ts";
import { FakeKind } from "../client/fake-api.ts";
import { connectInProcess } from "../client/fake-api-connection.ts";
import type { KubernetesObject } from "../client/resource-client.ts";
import { claimObjects, controllerOf, controllerReference, isControlledBy } from "./controller-ref.ts";

const ownerKind = { apiVersion: "apps/v1", kind: "ReplicaSet" };
const owner: KubernetesObject = { metadata: { name: "web", namespace: "default", uid: "owner" } };
const other: KubernetesObject = { metadata: { name: "other", namespace: "default", uid: "other" } };

describe("claiming objects", () => {
  let fake: FakeKind<ConfigMap>;
  let client: Client;

  beforeEach(() => {
    fake = new FakeKind<ConfigMap>();
    client = connectInProcess((router) => fake.serve(router, ConfigMapServiceDefinition));
  });

  const object = (name: string, metadata: ConfigMap["metadata"] = {}): ConfigMap =>
    fake.create({ metadata: { name, namespace: "default", labels: { app: "web" }, ...metadata } });
  const claim = async (objects: ConfigMap[], asOwner = owner, fresh = asOwner) => {
    const claimed = await claimObjects(objects, {
      owner: asOwner,
      ownerKind,
      resource: client.core.v1.configmaps,
      matches: (each) => each.metadata?.labels?.["app"] === "web",
      freshOwner: async () => fresh,
    });
    return claimed.map((each) => each.metadata?.name);
  };
  const controller = (name: string) => {
    const stored = fake.objects.get(`default/${name}`);
    return stored && controllerOf(stored);
  };

  test("keeps what the owner controls and leaves alone what another controls", async () => {
    const mine = object("mine", { ownerReferences: [controllerReference(owner, ownerKind)] });
    const foreign = object("foreign", { ownerReferences: [controllerReference(other, ownerKind)] });
    assert.deepEqual(await claim([mine, foreign]), ["mine"]);
    assert.equal(fake.calls["patch"], undefined);
    assert.deepEqual([isControlledBy(mine, owner), isControlledBy(foreign, owner)], [true, false]);
  });

  test("adopts orphans that its selector matches", async () => {
    const orphans = [object("a"), object("b"), object("unlike", { labels: { app: "db" } })];
    assert.deepEqual(await claim(orphans), ["a", "b"]);
    assert.deepEqual(controller("a"), {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      name: "web",
      uid: "owner",
      controller: true,
      blockOwnerDeletion: true,
    });
    assert.equal(controller("unlike"), undefined);
  });

  test("adopts nothing that is being deleted, and nothing that has gone", async () => {
    const going = object("going", { deletionTimestamp: "2026-01-01T00:00:00Z" });
    const gone = object("gone");
    fake.remove("default/gone");
    assert.deepEqual(await claim([going, gone]), []);
  });

  test("an owner that is being deleted or was replaced adopts nothing", async () => {
    const orphan = object("orphan");
    const deleted = { metadata: { ...owner.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
    assert.deepEqual(await claim([orphan], deleted), []);
    await assert.rejects(claim([orphan], owner, deleted), /has just been deleted/);
    await assert.rejects(claim([orphan], owner, other), /was replaced/);
    assert.equal(controller("orphan"), undefined);
  });

  test("releases what its selector matches no longer", async () => {
    const strayed = object("strayed", {
      labels: { app: "debug" },
      ownerReferences: [controllerReference(owner, ownerKind)],
    });
    let sent: unknown;
    const resource = Object.assign(Object.create(client.core.v1.configmaps), {
      patch: async (_name: string, patch: object) => {
        sent = patch;
        return strayed;
      },
    });
    const settings = { owner, ownerKind, resource, matches: () => false, freshOwner: async () => owner };
    assert.deepEqual(await claimObjects([strayed], settings), []);
    assert.deepEqual(sent, {
      metadata: { uid: strayed.metadata?.uid, ownerReferences: [{ $patch: "delete", uid: "owner" }] },
    });
  });
});
