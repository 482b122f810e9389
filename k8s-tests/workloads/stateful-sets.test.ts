import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Pod, StatefulSet } from "../../clients/sdk/index.ts";
import { isReady, sleeping, template, versioned, versionOf } from "../support/pods.ts";
import { sharedCluster } from "../support/shared-cluster.ts";
import type { Space } from "../support/space.ts";

const labels = { app: "web" };

function webSet(spec: StatefulSet["spec"] = {}): StatefulSet {
  return {
    metadata: { name: "web" },
    spec: {
      replicas: 3,
      serviceName: "web",
      selector: { matchLabels: labels },
      template: template(labels, versioned("1")),
      ...spec,
    },
  };
}

const namesOf = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata?.name).join(" ");
const versionsOf = (pods: readonly Pod[]) => pods.map(versionOf).join(" ");

describe("stateful sets", { concurrency: 4 }, () => {
  const cluster = sharedCluster(["--nodes", "2"]);
  const sets = () => cluster.client.apps.v1.statefulsets;
  const pods = () => cluster.client.core.v1.pods;
  const claims = () => cluster.client.core.v1.persistentvolumeclaims;

  async function started(space: Space, set: StatefulSet): Promise<Pod[]> {
    await space.create(sets(), set);
    return untilReady(space, set.spec?.replicas ?? 1);
  }

  function untilReady(space: Space, count: number): Promise<Pod[]> {
    const allReady = (all: Pod[]) => all.length === count && all.every(isReady) && all;
    return space.until(`${count} pods are ready`, pods(), allReady);
  }

  /** Resolves once all pods run these versions, by ordinal, and are ready. */
  function untilVersions(space: Space, versions: string): Promise<Pod[]> {
    return space.until(`versions are ${versions}`, pods(), (all) =>
      versionsOf(all) === versions && all.every(isReady) ? all : undefined,
    );
  }

  test("pods come one after the other, each when those before it are ready, and go in the opposite order", async () => {
    const space = await cluster.space("ordered");
    const gate = { ...sleeping(), readinessGates: [{ conditionType: "example.com/open" }] };
    await space.create(sets(), webSet({ template: template(labels, gate) }));
    const open = (name: string) =>
      pods().patch(
        name,
        { status: { conditions: [{ type: "example.com/open", status: "True" }] } },
        { namespace: space.namespace, subresource: "status" },
      );
    for (const [ordinal, expected] of ["web-0", "web-0 web-1", "web-0 web-1 web-2"].entries()) {
      const name = `web-${ordinal}`;
      await space.untilOne(`${name} runs`, pods(), name, (pod) => pod?.status?.phase === "Running");
      assert.equal(namesOf(await space.list(pods())), expected);
      await open(name);
    }
    await untilReady(space, 3);
    await space.untilEvent({
      of: "web",
      reason: "SuccessfulCreate",
      message: "create Pod web-2 in StatefulSet web successful",
    });
    // One that takes long to go holds up those below it.
    await space.patch(pods(), "web-2", { metadata: { finalizers: ["example.com/hold"] } });
    await space.patch(sets(), "web", { spec: { replicas: 0 } });
    await space.untilOne("web-2 goes", pods(), "web-2", (pod) => pod?.metadata?.deletionTimestamp !== undefined);
    assert.equal(
      namesOf((await space.list(pods())).filter(({ metadata }) => !metadata?.deletionTimestamp)),
      "web-0 web-1",
    );
    await space.patch(pods(), "web-2", { metadata: { finalizers: null } });
    await space.untilEvent({
      of: "web",
      reason: "SuccessfulDelete",
      message: "delete Pod web-2 in StatefulSet web successful",
    });
    await space.until("all have gone", pods(), (all) => all.length === 0);
    await space.untilOne("the status tells", sets(), "web", (set) => set?.status?.replicas === 0);
  });

  test("with parallel management pods do not wait for each other", async () => {
    const space = await cluster.space("parallel");
    const gate = { ...sleeping(), readinessGates: [{ conditionType: "example.com/never" }] };
    await space.create(sets(), webSet({ podManagementPolicy: "Parallel", template: template(labels, gate) }));
    await space.until(
      "all run though none is ready",
      pods(),
      (all) => all.filter(({ status }) => status?.phase === "Running").length === 3,
    );
    const { status } = await space.untilOne(
      "the status tells",
      sets(),
      "web",
      (set) => set?.status?.replicas === 3 && set,
    );
    assert.equal(status?.readyReplicas ?? 0, 0);
    await space.patch(sets(), "web", { spec: { replicas: 0 } });
    await space.until("all have gone", pods(), (all) => all.length === 0);
  });

  test("pods keep their identities: names, host names, labels and ordinals from a start", async () => {
    const space = await cluster.space("identities");
    await space.create(cluster.client.core.v1.services, {
      metadata: { name: "web" },
      spec: { clusterIP: "None", selector: labels, ports: [{ port: 80 }] },
    });
    const all = await started(space, webSet({ replicas: 2, ordinals: { start: 5 } }));
    assert.equal(namesOf(all), "web-5 web-6");
    for (const [index, { metadata, spec }] of all.entries()) {
      const name = `web-${5 + index}`;
      assert.deepEqual([spec?.hostname, spec?.subdomain], [name, "web"]);
      assert.equal(metadata?.labels?.["statefulset.kubernetes.io/pod-name"], name);
      assert.equal(metadata?.labels?.["apps.kubernetes.io/pod-index"], String(5 + index));
      assert.match(metadata?.labels?.["controller-revision-hash"] ?? "", /^web-\w+$/);
      assert.deepEqual(
        metadata?.ownerReferences?.map(({ kind, name, controller, blockOwnerDeletion }) => [
          kind,
          name,
          controller,
          blockOwnerDeletion,
        ]),
        [["StatefulSet", "web", true, true]],
      );
    }
    const [first] = all;
    await space.delete(pods(), "web-5");
    const again = await space.untilOne(
      "web-5 is back",
      pods(),
      "web-5",
      (pod) => isReady(pod) && pod?.metadata?.uid !== first?.metadata?.uid && pod,
    );
    assert.equal(again.spec?.hostname, "web-5");
    assert.equal(await cluster.typectl("exec", "web-5", "-n", space.namespace, "--", "hostname"), "web-5\n");
  });

  test("an update goes from the highest ordinal to the lowest, and stops at a pod that does not become ready", async () => {
    const space = await cluster.space("rolling");
    await started(space, webSet());
    await space.patch(sets(), "web", { spec: { template: template(labels, versioned("2")) } });
    await space.until("all are updated", pods(), (all) => {
      const highestOld = all.findLastIndex((pod) => versionOf(pod) === "1");
      const lowestNew = all.findIndex((pod) => versionOf(pod) === "2");
      assert.ok(lowestNew < 0 || highestOld < lowestNew, `not from the highest down: ${versionsOf(all)}`);
      return versionsOf(all) === "2 2 2" && all.every(isReady);
    });
    const done = await space.untilOne(
      "the status tells",
      sets(),
      "web",
      (set) =>
        set?.status?.currentRevision === set?.status?.updateRevision && set?.status?.currentReplicas === 3 && set,
    );
    assert.equal(done.status?.updatedReplicas, 3);
    assert.equal(done.status?.availableReplicas, 3);
    const never = { ...versioned("3"), readinessGates: [{ conditionType: "example.com/never" }] };
    await space.patch(sets(), "web", { spec: { template: template(labels, never) } });
    await space.untilOne(
      "the highest runs the new version",
      pods(),
      "web-2",
      (pod) => versionOf(pod) === "3" && pod?.status?.phase === "Running",
    );
    const stuck = await space.untilOne(
      "the status tells",
      sets(),
      "web",
      (set) => set?.status?.updatedReplicas === 1 && set.status.readyReplicas === 2 && set,
    );
    assert.equal(stuck.status?.currentReplicas, 2);
    assert.equal(versionsOf(await space.list(pods())), "2 2 3");
  });

  test("a partition keeps the pods below it at the version before, also when they are made anew", async () => {
    const space = await cluster.space("partition");
    await started(space, webSet({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } }));
    await space.patch(sets(), "web", { spec: { template: template(labels, versioned("2")) } });
    const [lowest] = await untilVersions(space, "1 1 2");
    await space.delete(pods(), "web-0");
    await space.untilOne(
      "the lowest is made anew",
      pods(),
      "web-0",
      (pod) => isReady(pod) && pod?.metadata?.uid !== lowest?.metadata?.uid,
    );
    await untilVersions(space, "1 1 2");
    await space.patch(sets(), "web", { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });
    await untilVersions(space, "2 2 2");
  });

  test("with OnDelete a pod gets the new version when somebody deletes it", async () => {
    const space = await cluster.space("on-delete");
    await started(space, webSet({ replicas: 2, updateStrategy: { type: "OnDelete" } }));
    await space.patch(sets(), "web", { spec: { template: template(labels, versioned("2")) } });
    await space.untilOne(
      "the update is seen",
      sets(),
      "web",
      (set) =>
        set?.status?.observedGeneration === set?.metadata?.generation &&
        set?.status?.updateRevision !== set?.status?.currentRevision,
    );
    assert.equal(versionsOf(await space.list(pods())), "1 1");
    await space.delete(pods(), "web-0");
    await untilVersions(space, "2 1");
  });

  test("revisions are kept up to the limit, and going back uses the one that there was", async () => {
    const space = await cluster.space("revisions");
    const revisions = cluster.client.apps.v1.controllerrevisions;
    await started(space, webSet({ replicas: 1, revisionHistoryLimit: 1 }));
    for (const version of ["2", "3", "2"]) {
      await space.patch(sets(), "web", { spec: { template: template(labels, versioned(version)) } });
      await untilVersions(space, version);
    }
    const kept = await space.until("the oldest has gone", revisions, (all) => all.length === 2 && all);
    assert.deepEqual(kept.map(({ revision }) => revision).sort(), [3, 4]);
  });

  test("claims come from the templates, stay by default, and a pod finds its own again", async () => {
    const space = await cluster.space("claims");
    const script =
      "test -e /data/name || hostname > /data/name; cat /data/name > /dev/termination-log; exec sleep 100000";
    const writing = {
      ...sleeping(),
      containers: [
        {
          name: "main",
          image: "host",
          command: ["sh", "-c", script],
          volumeMounts: [{ name: "data", mountPath: "/data" }],
        },
      ],
    };
    const claim = {
      metadata: { name: "data" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
    };
    await started(space, webSet({ replicas: 2, volumeClaimTemplates: [claim], template: template(labels, writing) }));
    const before = await space.list(claims());
    assert.deepEqual(
      before.map(({ metadata, status }) => `${metadata?.name} ${status?.phase}`),
      ["data-web-0 Bound", "data-web-1 Bound"],
    );
    assert.deepEqual(
      before.map(({ metadata }) => metadata?.labels?.["app"]),
      ["web", "web"],
    );
    await space.untilEvent({
      of: "web",
      reason: "SuccessfulCreate",
      message: /^create Claim data-web-0 Pod web-0 in StatefulSet web success$/,
    });
    await space.patch(sets(), "web", { spec: { replicas: 1 } });
    await space.untilGone(pods(), "web-1");
    await space.patch(sets(), "web", { spec: { replicas: 2 } });
    await untilReady(space, 2);
    assert.equal(await cluster.typectl("exec", "web-1", "-n", space.namespace, "--", "cat", "/data/name"), "web-1\n");
    await space.delete(sets(), "web");
    await space.until("the pods have gone", pods(), (all) => all.length === 0);
    assert.deepEqual(
      (await space.list(claims())).map(({ metadata }) => metadata?.uid),
      before.map(({ metadata }) => metadata?.uid),
    );
  });

  test("claims go with the pods and the set where the retention policy says so", async () => {
    const space = await cluster.space("retention");
    const claim = {
      metadata: { name: "data" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
    };
    const persistentVolumeClaimRetentionPolicy = { whenScaled: "Delete", whenDeleted: "Delete" };
    const [main] = sleeping().containers ?? [];
    const mounting = { ...sleeping(), containers: [{ ...main, volumeMounts: [{ name: "data", mountPath: "/data" }] }] };
    await started(
      space,
      webSet({
        replicas: 2,
        volumeClaimTemplates: [claim],
        persistentVolumeClaimRetentionPolicy,
        template: template(labels, mounting),
      }),
    );
    await space.patch(sets(), "web", { spec: { replicas: 1 } });
    await space.untilGone(claims(), "data-web-1");
    assert.equal(namesOf(await space.list(pods())), "web-0");
    await space.delete(sets(), "web");
    await space.untilGone(claims(), "data-web-0");
  });

  test("a pod counts as available once it has been ready for minReadySeconds, and the update waits for that", async () => {
    const space = await cluster.space("min-ready");
    await space.create(sets(), webSet({ replicas: 2, minReadySeconds: 3600 }));
    await space.untilOne(
      "the first is ready and not available",
      sets(),
      "web",
      (set) => set?.status?.readyReplicas === 1 && (set.status.availableReplicas ?? 0) === 0,
    );
    assert.equal(namesOf(await space.list(pods())), "web-0");
    await space.patch(sets(), "web", { spec: { minReadySeconds: 0 } });
    await space.untilOne("both are available", sets(), "web", (set) => set?.status?.availableReplicas === 2);
  });
});
