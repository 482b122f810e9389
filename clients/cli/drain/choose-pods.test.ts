import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { choosePods } from "./choose-pods.ts";

const careful = { force: false, ignoreDaemonsets: false, deleteEmptydirData: false };
const pod = (name: string, kind?: string, more: Pod = {}): Pod => ({
  ...more,
  metadata: {
    name,
    namespace: "default",
    ...(kind ? { ownerReferences: [{ kind, name: "owner", controller: true, uid: "1", apiVersion: "apps/v1" }] } : {}),
    ...more.metadata,
  },
});

describe("the pods of a node that is drained", () => {
  test("pods of a replica set go", () => {
    const { evicted, refusals } = choosePods([pod("a", "ReplicaSet")], careful);
    assert.deepEqual([evicted.length, refusals], [1, []]);
  });

  test("pods that nobody would make again need --force", () => {
    assert.deepEqual(choosePods([pod("a")], careful).refusals, [
      "cannot delete Pods that declare no controller (use --force to override): default/a",
    ]);
    const forced = choosePods([pod("a")], { ...careful, force: true });
    assert.deepEqual(
      [forced.evicted.length, forced.warnings],
      [1, ["deleting Pods that declare no controller: default/a"]],
    );
  });

  test("pods of a daemon set stay, when they are to be ignored", () => {
    const daemon = [pod("a", "DaemonSet")];
    assert.match(choosePods(daemon, careful).refusals[0] ?? "", /^cannot delete DaemonSet-managed Pods/);
    const { evicted, warnings } = choosePods(daemon, { ...careful, ignoreDaemonsets: true });
    assert.deepEqual([evicted, warnings], [[], ["ignoring DaemonSet-managed Pods: default/a"]]);
  });

  test("data in emptyDir volumes is lost only when that is said", () => {
    const holder = [pod("a", "ReplicaSet", { spec: { volumes: [{ name: "v", emptyDir: {} }], containers: [] } })];
    assert.match(choosePods(holder, careful).refusals[0] ?? "", /^cannot delete Pods with local storage/);
    assert.equal(choosePods(holder, { ...careful, deleteEmptydirData: true }).evicted.length, 1);
  });

  test("pods that have ended go, whoever made them", () => {
    assert.equal(choosePods([pod("a", undefined, { status: { phase: "Succeeded" } })], careful).evicted.length, 1);
  });

  test("mirrors of files stay without a word", () => {
    const mirror = pod("a", undefined, { metadata: { annotations: { "kubernetes.io/config.mirror": "x" } } });
    assert.deepEqual(choosePods([mirror], careful), { evicted: [], refusals: [], warnings: [] });
  });
});
