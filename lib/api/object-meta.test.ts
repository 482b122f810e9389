import assert from "node:assert/strict";
import { test } from "node:test";
import type { ObjectMeta } from "../../gen/typernetes/meta/v1/object_meta.ts";
import { FieldErrors } from "./field-errors.ts";
import { inheritObjectMeta, validateObjectMeta, validateObjectMetaUpdate } from "./object-meta.ts";

function faults(meta: ObjectMeta, namespaced = true): string[] {
  const errors = new FieldErrors();
  validateObjectMeta(meta, namespaced, "metadata", errors);
  return errors.causes.map((cause) => `${cause.field}: ${cause.message}`);
}

function updateFaults(meta: ObjectMeta, old: ObjectMeta): string[] {
  const errors = new FieldErrors();
  validateObjectMetaUpdate(meta, old, "metadata", errors);
  return errors.causes.map((cause) => `${cause.field}: ${cause.message}`);
}

test("good metadata has no faults", () => {
  assert.deepEqual(
    faults({ name: "a", namespace: "b", labels: { "example.com/x": "y" }, annotations: { "Example.com/A": "z" } }),
    [],
  );
  assert.deepEqual(faults({ name: "a", generateName: "a-" }, false), []);
});

const broken: [string, ObjectMeta, boolean, RegExp][] = [
  ["no name", { namespace: "b" }, true, /^metadata.name: Required value: name or generateName is required$/],
  [
    "bad name",
    { name: "A", namespace: "b" },
    true,
    /^metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain/,
  ],
  ["bad prefix", { name: "a", generateName: "A-" }, false, /^metadata.generateName: Invalid value: "A-"/],
  ["no namespace", { name: "a" }, true, /^metadata.namespace: Required value$/],
  [
    "namespace of a cluster-scoped kind",
    { name: "a", namespace: "b" },
    false,
    /^metadata.namespace: Forbidden: not allowed on this type$/,
  ],
  [
    "bad label",
    { name: "a", labels: { a: "b c" } },
    false,
    /^metadata.labels: Invalid value: "b c": a valid label must be/,
  ],
  [
    "bad label key",
    { name: "a", labels: { "a b": "c" } },
    false,
    /^metadata.labels: Invalid value: "a b": name part must consist/,
  ],
  [
    "large annotations",
    { name: "a", annotations: { a: "x".repeat(256 * 1024) } },
    false,
    /^metadata.annotations: Too long: may not be more than 262144 bytes$/,
  ],
  [
    "owner without uid",
    { name: "a", ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p" }] },
    false,
    /^metadata.ownerReferences.uid: Invalid value: "": must not be empty$/,
  ],
  [
    "finalizer that is nobody's",
    { name: "a", finalizers: ["x"] },
    false,
    /^metadata.finalizers\[0\]: Invalid value: "x": name is neither/,
  ],
];
for (const [title, meta, namespaced, expected] of broken) {
  test(title, () => {
    const found = faults(meta, namespaced);
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", expected);
  });
}

test("only one owner controls", () => {
  const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "1", controller: true };
  assert.match(
    faults({ name: "a", ownerReferences: [owner, { ...owner, name: "q" }] }, false)[0] ?? "",
    /references for Pod\/p and Pod\/q$/,
  );
});

test("an update keeps what the server set", () => {
  const old: ObjectMeta = {
    name: "a",
    namespace: "b",
    uid: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    resourceVersion: "5",
  };
  const meta: ObjectMeta = { name: "a", namespace: "b", resourceVersion: "5" };
  inheritObjectMeta(meta, old);
  assert.deepEqual(updateFaults(meta, old), []);
  assert.deepEqual(updateFaults({ ...meta, uid: "2", name: "c" }, old), [
    'metadata.name: Invalid value: "c": field is immutable',
    'metadata.uid: Invalid value: "2": field is immutable',
  ]);
  assert.deepEqual(updateFaults({ ...meta, resourceVersion: undefined }, old), [
    'metadata.resourceVersion: Invalid value: "": must be specified for an update',
  ]);
});

test("an object being deleted takes no new finalizers", () => {
  const old: ObjectMeta = {
    name: "a",
    deletionTimestamp: "2026-01-01T00:00:00Z",
    finalizers: ["x/y"],
    resourceVersion: "5",
  };
  assert.deepEqual(updateFaults({ ...old, finalizers: [] }, old), []);
  assert.deepEqual(updateFaults({ ...old, finalizers: ["x/y", "x/z"] }, old), [
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x/z"}',
  ]);
});
