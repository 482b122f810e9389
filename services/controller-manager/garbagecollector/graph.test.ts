import assert from "node:assert/strict";
import { test } from "node:test";
import { resourceByKind } from "../../../lib/api/resource-info.ts";
import { type GraphNode, isDeletingDependents, isOrphaning, OwnerGraph } from "./graph.ts";

const kind = resourceByKind("v1", "ConfigMap");

function node(uid: string, owners: string[] = [], changes: GraphNode["metadata"] = {}): GraphNode {
  if (!kind) throw new Error("no kind");
  return { kind, metadata: { uid, ownerReferences: owners.map((owner) => ({ uid: owner })), ...changes } };
}

test("dependents are known before and after their owner", () => {
  const graph = new OwnerGraph();
  graph.put(node("child", ["parent"]));
  assert.deepEqual([...graph.dependentsOf("parent")], ["child"]);
  graph.put(node("parent"));
  assert.deepEqual([...graph.dependentsOf("parent")], ["child"]);
  graph.remove("parent");
  assert.deepEqual([...graph.dependentsOf("parent")], ["child"]);
  graph.remove("child");
  assert.deepEqual([...graph.dependentsOf("parent")], []);
});

test("an object that changes its owners is the new ones' dependent only", () => {
  const graph = new OwnerGraph();
  graph.put(node("child", ["one", "two"]));
  assert.deepEqual(graph.put(node("child", ["two", "three"]))?.metadata.uid, "child");
  assert.deepEqual(
    ["one", "two", "three"].map((owner) => graph.dependentsOf(owner).size),
    [0, 1, 1],
  );
});

test("finalizers count only while the object is being deleted", () => {
  const finalizers = ["foregroundDeletion", "orphan"];
  const deletionTimestamp = "2026-01-01T00:00:00Z";
  assert.equal(isDeletingDependents(node("a", [], { finalizers })), false);
  assert.equal(isDeletingDependents(node("a", [], { finalizers, deletionTimestamp })), true);
  assert.equal(isOrphaning(node("a", [], { finalizers, deletionTimestamp })), true);
});
