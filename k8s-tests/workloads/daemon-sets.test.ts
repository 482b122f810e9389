import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DaemonSet, Pod } from "../../clients/sdk/index.ts";
import { isReady, running, sleeping, template, versioned, versionOf } from "../support/pods.ts";
import { sharedCluster } from "../support/shared-cluster.ts";
import type { Space } from "../support/space.ts";

const labels = { app: "agent" };
/** The third node has a taint. */
const everywhere = "node-1 node-2";

function agent(spec: Partial<DaemonSet["spec"]> = {}): DaemonSet {
  return {
    metadata: { name: "agent" },
    spec: { selector: { matchLabels: labels }, template: template(labels, versioned("1")), ...spec },
  };
}

const nodesOf = (pods: readonly Pod[]) =>
  pods
    .map(({ spec }) => spec?.nodeName ?? "none")
    .sort()
    .join(" ");
const staying = (pods: readonly Pod[]) => pods.filter(({ metadata }) => !metadata?.deletionTimestamp);
const readyOf = (pods: readonly Pod[], version: string) =>
  pods.filter((pod) => isReady(pod) && versionOf(pod) === version);
const never = { readinessGates: [{ conditionType: "example.com/never" }] };

describe("daemon sets", { concurrency: 4 }, () => {
  const cluster = sharedCluster(["--nodes", "3"], ({ client }) =>
    client.core.v1.nodes.patch("node-3", { spec: { taints: [{ key: "example.com/reserved", effect: "NoExecute" }] } }),
  );
  const sets = () => cluster.client.apps.v1.daemonsets;
  const pods = () => cluster.client.core.v1.pods;
  const nodes = () => cluster.client.core.v1.nodes;

  function untilOn(space: Space, expected: string): Promise<Pod[]> {
    return space.until(`pods run on ${expected}`, pods(), (all) =>
      nodesOf(staying(all)) === expected && staying(all).every(isReady) ? staying(all) : undefined,
    );
  }

  function untilVersion(space: Space, version: string): Promise<boolean> {
    return space.until(
      `all are of version ${version}`,
      pods(),
      (all) => all.length === 2 && readyOf(all, version).length === 2,
    );
  }

  const toVersion = (space: Space, version: string, spec = {}) =>
    space.patch(sets(), "agent", { spec: { template: { spec: { ...versioned(version), ...spec } } } });

  test("every node has one pod, and the status counts them", async () => {
    const space = await cluster.space("everywhere");
    await space.create(sets(), agent());
    const all = await untilOn(space, everywhere);
    const [first] = all;
    assert.deepEqual(
      first?.metadata?.ownerReferences?.map(({ kind, name }) => `${kind}/${name}`),
      ["DaemonSet/agent"],
    );
    assert.ok(first?.metadata?.labels?.["controller-revision-hash"]);
    assert.equal(first?.metadata?.labels?.["pod-template-generation"], "1");
    const { status } = await space.untilOne(
      "the status tells",
      sets(),
      "agent",
      (set) => set?.status?.numberAvailable === 2 && set,
    );
    assert.deepEqual(
      [status?.desiredNumberScheduled, status?.currentNumberScheduled, status?.numberReady, status?.numberMisscheduled],
      [2, 2, 2, 0],
    );
    assert.equal(status?.updatedNumberScheduled, 2);
    await space.untilEvent({
      of: "agent",
      reason: "SuccessfulCreate",
      message: `Created pod: ${first?.metadata?.name}`,
    });
    await space.delete(pods(), first?.metadata?.name ?? "");
    await space.until(
      "another has taken its place",
      pods(),
      (now) =>
        staying(now).length === 2 && now.every((pod) => isReady(pod) && pod.metadata?.uid !== first?.metadata?.uid),
    );
  });

  test("pods run where node selector and affinity say, and follow the labels of nodes", async () => {
    const space = await cluster.space("selection");
    const label = (node: string, value: string | null) =>
      nodes().patch(node, { metadata: { labels: { "example.com/selection": value } } });
    await label("node-2", "yes");
    await space.create(
      sets(),
      agent({ template: template(labels, sleeping({ nodeSelector: { "example.com/selection": "yes" } })) }),
    );
    await untilOn(space, "node-2");
    await label("node-1", "yes");
    await label("node-2", null);
    await untilOn(space, "node-1");
    await space.untilOne(
      "the status tells",
      sets(),
      "agent",
      (set) => set?.status?.desiredNumberScheduled === 1 && set.status.currentNumberScheduled === 1,
    );
    const matchFields = [{ key: "metadata.name", operator: "In", values: ["node-2"] }];
    const affinity = {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } },
    };
    await space.patch(sets(), "agent", { spec: { template: { spec: { nodeSelector: null, affinity } } } });
    await untilOn(space, "node-2");
    await label("node-1", null);
  });

  test("pods tolerate what ails nodes, and other taints only as they say", async () => {
    const space = await cluster.space("tolerations");
    await space.create(sets(), agent());
    const [pod] = await untilOn(space, everywhere);
    const own = pod?.spec?.tolerations?.map(({ key, operator, effect }) => `${key} ${operator} ${effect}`).sort();
    assert.deepEqual(own, [
      "node.kubernetes.io/disk-pressure Exists NoSchedule",
      "node.kubernetes.io/memory-pressure Exists NoSchedule",
      "node.kubernetes.io/not-ready Exists NoExecute",
      "node.kubernetes.io/pid-pressure Exists NoSchedule",
      "node.kubernetes.io/unreachable Exists NoExecute",
      "node.kubernetes.io/unschedulable Exists NoSchedule",
    ]);
    const tolerations = [{ key: "example.com/reserved", operator: "Exists" }];
    await space.patch(sets(), "agent", { spec: { template: { spec: { tolerations } } } });
    await untilOn(space, "node-1 node-2 node-3");
  });

  test("an update replaces as many pods at a time as may be unavailable", async () => {
    const space = await cluster.space("unavailable");
    await space.create(
      sets(),
      agent({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } } }),
    );
    await untilOn(space, everywhere);
    await toVersion(space, "2");
    await space.until("all are updated", pods(), (all) => {
      assert.ok(staying(all).length <= 2, "no pod beside an old one");
      return readyOf(all, "2").length === 2;
    });
    // A version that never becomes ready takes one pod, and not a second.
    await toVersion(space, "3", never);
    await space.untilOne(
      "one is updated",
      sets(),
      "agent",
      (set) =>
        set?.status?.updatedNumberScheduled === 1 &&
        set.status.numberUnavailable === 1 &&
        set.status.numberAvailable === 1,
    );
    await space.until("the others stay", pods(), (all) => readyOf(all, "2").length === 1 && all.length === 2);
  });

  test("with surge the new pod is there and ready before the old one goes", async () => {
    const space = await cluster.space("surge");
    const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 };
    await space.create(sets(), agent({ updateStrategy: { type: "RollingUpdate", rollingUpdate } }));
    await untilOn(space, everywhere);
    await toVersion(space, "2");
    await space.until("all are updated", pods(), (all) => {
      const serving = new Set(
        staying(all)
          .filter(isReady)
          .map(({ spec }) => spec?.nodeName),
      );
      assert.equal(serving.size, 2, "each node is served all the time");
      return all.length === 2 && readyOf(all, "2").length === 2;
    });
    await toVersion(space, "3", never);
    const all = await space.until("a new pod is beside an old one", pods(), (now) => staying(now).length === 3 && now);
    assert.equal(readyOf(all, "2").length, 2);
  });

  test("with OnDelete a node gets the new version when its pod is deleted", async () => {
    const space = await cluster.space("on-delete");
    await space.create(sets(), agent({ updateStrategy: { type: "OnDelete" } }));
    const all = await untilOn(space, everywhere);
    await toVersion(space, "2");
    await space.untilOne(
      "the update is seen",
      sets(),
      "agent",
      (set) =>
        set?.status?.observedGeneration === set?.metadata?.generation &&
        (set?.status?.updatedNumberScheduled ?? 0) === 0,
    );
    await space.delete(pods(), all[0]?.metadata?.name ?? "");
    await space.until(
      "one has the new version",
      pods(),
      (now) => readyOf(now, "2").length === 1 && readyOf(now, "1").length === 1,
    );
  });

  test("a pod that fails is told of and replaced", async () => {
    const space = await cluster.space("failed");
    const failsOnce = running("exec sleep 100000", { nodeSelector: { "kubernetes.io/hostname": "node-1" } });
    await space.create(sets(), agent({ template: template(labels, failsOnce) }));
    const [pod] = await untilOn(space, "node-1");
    await pods().patch(
      pod?.metadata?.name ?? "",
      { spec: { activeDeadlineSeconds: 1 } },
      { namespace: space.namespace },
    );
    await space.untilEvent({
      of: "agent",
      type: "Warning",
      reason: "FailedDaemonPod",
      message: `Found failed daemon pod ${space.namespace}/${pod?.metadata?.name} on node node-1, will try to kill it`,
    });
    await space.until("another runs", pods(), (all) =>
      all.some((it) => isReady(it) && it.metadata?.uid !== pod?.metadata?.uid),
    );
  });

  test("going back to an earlier template uses its revision again", async () => {
    const space = await cluster.space("revisions");
    const revisions = cluster.client.apps.v1.controllerrevisions;
    await space.create(sets(), agent({ revisionHistoryLimit: 1 }));
    await untilVersion(space, "1");
    for (const version of ["2", "1"]) {
      await toVersion(space, version);
      await untilVersion(space, version);
    }
    const kept = await space.until("two revisions are kept", revisions, (all) => all.length === 2 && all);
    assert.deepEqual(kept.map(({ revision }) => revision).sort(), [2, 3]);
  });
});
