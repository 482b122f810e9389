import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isStatusError, type Pod, type PodSpec, type ResourceQuota } from "../../clients/sdk/index.ts";
import { conditionOf, isReady, sleeping, template } from "../support/pods.ts";
import { sharedCluster } from "../support/shared-cluster.ts";
import type { Space } from "../support/space.ts";

const labels = { app: "web" };
/** A scheduler that there is not: such pods stay as they are. */
const waiting: PodSpec = sleeping({ schedulerName: "nobody" });

const asking = (resources: object, spec: PodSpec = waiting): PodSpec => ({
  ...spec,
  containers: (spec.containers ?? []).map((container) => ({ ...container, resources })),
});

const message = (error: unknown) => (error instanceof Error ? error.message : String(error));

describe("limits on what may be there", { concurrency: 6 }, () => {
  const cluster = sharedCluster([]);
  const pods = () => cluster.client.core.v1.pods;
  const budgets = () => cluster.client.policy.v1.poddisruptionbudgets;
  const quotas = () => cluster.client.core.v1.resourcequotas;
  const ranges = () => cluster.client.core.v1.limitranges;
  const classes = () => cluster.client.scheduling.v1.priorityclasses;

  async function deploy(space: Space, replicas: number, spec: PodSpec = sleeping()): Promise<Pod[]> {
    await space.create(cluster.client.apps.v1.deployments, {
      metadata: { name: "web" },
      spec: { replicas, selector: { matchLabels: labels }, template: template(labels, spec) },
    });
    return space.until(
      "all run",
      pods(),
      (all) => all.filter(({ status }) => status?.phase === "Running").length === replicas && all,
    );
  }

  const untilAllowed = (space: Space, disruptionsAllowed: number, currentHealthy: number) =>
    space.untilOne(
      "the budget counts",
      budgets(),
      "web",
      (it) =>
        it?.status?.disruptionsAllowed === disruptionsAllowed && it.status.currentHealthy === currentHealthy && it,
    );

  async function quota(space: Space, spec: ResourceQuota["spec"]): Promise<void> {
    await space.create(quotas(), { metadata: { name: "quota" }, spec });
    await space.untilOne("the quota counts", quotas(), "quota", (it) => it?.status?.used !== undefined);
  }

  const untilUsed = (space: Space, used: Record<string, string>) =>
    space.untilOne(`used is ${JSON.stringify(used)}`, quotas(), "quota", (it) =>
      Object.entries(used).every(([resource, amount]) => it?.status?.used?.[resource] === amount),
    );

  const create = (space: Space, name: string, spec: PodSpec) => space.create(pods(), { metadata: { name }, spec });

  test("a disruption budget says how many pods may go, and evictions beyond that are refused", async () => {
    const space = await cluster.space("budget");
    // The first is held, so that it can be looked at.
    await space.create(pods(), {
      metadata: { name: "first", labels, finalizers: ["example.com/hold"] },
      spec: sleeping(),
    });
    await space.create(pods(), { metadata: { name: "second", labels }, spec: sleeping() });
    await space.until("both are ready", pods(), (all) => all.length === 2 && all.every(isReady));
    const selector = { matchLabels: labels };
    await space.create(budgets(), { metadata: { name: "web" }, spec: { minAvailable: 1, selector } });
    const budget = await untilAllowed(space, 1, 2);
    assert.deepEqual([budget.status?.desiredHealthy, budget.status?.expectedPods], [1, 2]);
    const allowed = conditionOf(budget, "DisruptionAllowed");
    assert.deepEqual([allowed?.status, allowed?.reason], ["True", "SufficientPods"]);
    await space.evict("first");
    const target = conditionOf(await space.get(pods(), "first"), "DisruptionTarget");
    assert.deepEqual(
      [target?.status, target?.reason, target?.message],
      ["True", "EvictionByEvictionAPI", "Eviction API: evicting"],
    );
    const used = await untilAllowed(space, 0, 1);
    assert.equal(conditionOf(used, "DisruptionAllowed")?.reason, "InsufficientPods");
    await assert.rejects(space.evict("second"), (error) => {
      assert.ok(isStatusError(error, "TooManyRequests"));
      assert.equal(message(error), "Cannot evict pod as it would violate the pod's disruption budget.");
      assert.deepEqual(error.details?.causes, [
        { reason: "DisruptionBudget", message: "The disruption budget web needs 1 healthy pods and has 1 currently" },
      ]);
      return true;
    });
    await space.patch(pods(), "first", { metadata: { finalizers: null } });
  });

  test("pods that are not ready may be evicted where the policy says so", async () => {
    const space = await cluster.space("unhealthy");
    const never = sleeping({ readinessGates: [{ conditionType: "example.com/never" }] });
    const [first] = await deploy(space, 1, never);
    const selector = { matchLabels: labels };
    await space.create(budgets(), { metadata: { name: "web" }, spec: { maxUnavailable: 0, selector } });
    await untilAllowed(space, 0, 0);
    await assert.rejects(space.evict(first?.metadata?.name ?? ""), /violate the pod's disruption budget/);
    await space.patch(budgets(), "web", { spec: { unhealthyPodEvictionPolicy: "AlwaysAllow" } });
    await space.evict(first?.metadata?.name ?? "");
    await space.untilGone(pods(), first?.metadata?.name ?? "");
  });

  test("a disruption budget by percent counts what the owner of the pods wants", async () => {
    const space = await cluster.space("percent");
    await deploy(space, 3);
    await space.create(budgets(), {
      metadata: { name: "web" },
      spec: { maxUnavailable: "50%", selector: { matchLabels: labels } },
    });
    const { status } = await untilAllowed(space, 2, 3);
    assert.deepEqual([status?.expectedPods, status?.desiredHealthy], [3, 1]);
  });

  test("a quota of resources refuses what goes beyond it, and gives back what goes", async () => {
    const space = await cluster.space("quota");
    await quota(space, { hard: { "requests.cpu": "1", pods: "2" } });
    await create(space, "a", asking({ requests: { cpu: "700m" } }));
    await untilUsed(space, { "requests.cpu": "700m", pods: "1" });
    await assert.rejects(create(space, "b", asking({ requests: { cpu: "400m" } })), (error) => {
      assert.ok(isStatusError(error, "Forbidden"));
      assert.equal(
        message(error),
        'pods "b" is forbidden: exceeded quota: quota, requested: requests.cpu=400m, used: requests.cpu=700m, limited: requests.cpu=1',
      );
      return true;
    });
    await assert.rejects(
      create(space, "b", waiting),
      /pods "b" is forbidden: failed quota: quota: must specify requests\.cpu for: main/,
    );
    await space.delete(pods(), "a");
    await untilUsed(space, { "requests.cpu": "0", pods: "0" });
    await create(space, "b", asking({ requests: { cpu: "400m" } }));
  });

  test("a quota holds against many who create at once", async () => {
    const space = await cluster.space("races");
    const { configmaps: configMaps } = cluster.client.core.v1;
    await space.untilOne("the certificate is there", configMaps, "kube-root-ca.crt", (it) => it !== undefined);
    await quota(space, { hard: { "count/configmaps": "6", pods: "5" } });
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
    const all = await Promise.allSettled([
      ...names.map((name) => create(space, name, waiting)),
      ...names.map((name) => space.create(configMaps, { metadata: { name } })),
    ]);
    for (const result of all)
      if (result.status === "rejected")
        assert.match(message(result.reason), /^\w+ "n\d+" is forbidden: exceeded quota: quota, /);
    assert.equal((await space.list(pods())).length, 5);
    assert.equal((await space.list(configMaps)).length, 6);
    await untilUsed(space, { pods: "5", "count/configmaps": "6" });
  });

  test("quotas count objects of kinds, also of services by their type and of claims by their class", async () => {
    const space = await cluster.space("counts");
    await quota(space, {
      hard: {
        "count/secrets": "9",
        "count/deployments.apps": "1",
        services: "3",
        "services.nodeports": "1",
        "services.loadbalancers": "1",
        persistentvolumeclaims: "2",
        "requests.storage": "3Gi",
        "standard.storageclass.storage.k8s.io/persistentvolumeclaims": "1",
      },
    });
    const service = (name: string, type: string) =>
      space.create(cluster.client.core.v1.services, { metadata: { name }, spec: { type, ports: [{ port: 80 }] } });
    await service("one", "NodePort");
    await assert.rejects(
      service("two", "NodePort"),
      /exceeded quota: quota, requested: services\.nodeports=1, used: services\.nodeports=1, limited: services\.nodeports=1/,
    );
    await service("two", "ClusterIP");
    const claim = (name: string, storageClassName: string) =>
      space.create(cluster.client.core.v1.persistentvolumeclaims, {
        metadata: { name },
        spec: { storageClassName, accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      });
    await claim("one", "standard");
    await assert.rejects(
      claim("two", "standard"),
      /exceeded quota: quota, requested: standard\.storageclass\.storage\.k8s\.io\/persistentvolumeclaims=1/,
    );
    await claim("two", "local-path");
    await untilUsed(space, {
      ...{ services: "2", "services.nodeports": "1", "services.loadbalancers": "0" },
      ...{ persistentvolumeclaims: "2", "requests.storage": "2Gi", "count/deployments.apps": "0" },
    });
  });

  test("a quota with scopes counts only the pods that these select", async () => {
    const space = await cluster.space("scopes");
    const named = (name: string, spec: ResourceQuota["spec"]) => space.create(quotas(), { metadata: { name }, spec });
    await named("besteffort", { hard: { pods: "1" }, scopes: ["BestEffort"] });
    await named("notbesteffort", { hard: { pods: "5" }, scopes: ["NotBestEffort"] });
    await named("terminating", { hard: { pods: "5" }, scopes: ["Terminating"] });
    await named("notterminating", { hard: { pods: "5" }, scopes: ["NotTerminating"] });
    const byClass = { scopeName: "PriorityClass", operator: "In", values: ["system-node-critical", "quota-high"] };
    await named("priority", { hard: { pods: "5" }, scopeSelector: { matchExpressions: [byClass] } });
    await named("affinity", { hard: { pods: "0" }, scopes: ["CrossNamespacePodAffinity"] });
    await space.until("all count", quotas(), (all) => all.length === 6 && all.every(({ status }) => status?.used));
    await classes().create({ metadata: { name: "quota-high" }, value: 1000 });
    await create(space, "best", waiting);
    await assert.rejects(
      create(space, "best-2", waiting),
      /exceeded quota: besteffort, requested: pods=1, used: pods=1, limited: pods=1/,
    );
    await create(space, "ends", asking({ requests: { cpu: "1m" } }, { ...waiting, activeDeadlineSeconds: 1000 }));
    await create(space, "high", asking({ requests: { cpu: "1m" } }, { ...waiting, priorityClassName: "quota-high" }));
    const term = {
      topologyKey: "kubernetes.io/hostname",
      namespaces: ["other"],
      labelSelector: { matchLabels: labels },
    };
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    await assert.rejects(
      create(space, "affine", asking({ requests: { cpu: "1m" } }, { ...waiting, affinity })),
      /exceeded quota: affinity/,
    );
    const counts = {
      affinity: "0",
      besteffort: "1",
      notbesteffort: "2",
      notterminating: "2",
      priority: "1",
      terminating: "1",
    };
    await space.until("each counts its own", quotas(), (all) =>
      all.every(
        ({ metadata, status }) =>
          status?.used?.["pods"] === Object.entries(counts).find(([name]) => name === metadata?.name)?.[1],
      ),
    );
    await classes().delete("quota-high");
  });

  test("a limit range gives defaults and refuses what is outside of it", async () => {
    const space = await cluster.space("range");
    await space.create(ranges(), {
      metadata: { name: "range" },
      spec: {
        limits: [
          {
            type: "Container",
            default: { cpu: "200m" },
            defaultRequest: { cpu: "100m" },
            min: { cpu: "50m" },
            max: { cpu: "500m" },
            maxLimitRequestRatio: { cpu: "4" },
          },
          { type: "Pod", max: { cpu: "800m" } },
          { type: "PersistentVolumeClaim", max: { storage: "1Gi" } },
        ],
      },
    });
    const pod = await create(space, "plain", waiting);
    assert.deepEqual(pod.spec?.containers?.[0]?.resources, { requests: { cpu: "100m" }, limits: { cpu: "200m" } });
    assert.equal(
      pod.metadata?.annotations?.["kubernetes.io/limit-ranger"],
      "LimitRanger plugin set: cpu request for container main; cpu limit for container main",
    );
    const refused = (name: string, requests: string, limits: string) =>
      create(space, name, asking({ requests: { cpu: requests }, limits: { cpu: limits } })).then(
        () => assert.fail("it was not refused"),
        message,
      );
    assert.equal(
      await refused("big", "500m", "600m"),
      'pods "big" is forbidden: maximum cpu usage per Container is 500m, but limit is 600m',
    );
    assert.equal(
      await refused("small", "10m", "40m"),
      'pods "small" is forbidden: minimum cpu usage per Container is 50m, but request is 10m',
    );
    assert.equal(
      await refused("loose", "50m", "500m"),
      'pods "loose" is forbidden: cpu max limit to request ratio per Container is 4, but provided ratio is 10.000000',
    );
    await assert.rejects(
      space.create(cluster.client.core.v1.persistentvolumeclaims, {
        metadata: { name: "big" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } } },
      }),
      /persistentvolumeclaims "big" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi/,
    );
  });

  test("priority classes give pods their priority, and pods bring none of their own", async () => {
    const space = await cluster.space("priority");
    await classes().create({ metadata: { name: "high" }, value: 1000, preemptionPolicy: "Never" });
    try {
      const pod = await create(space, "high", { ...waiting, priorityClassName: "high" });
      assert.deepEqual([pod.spec?.priority, pod.spec?.preemptionPolicy], [1000, "Never"]);
      assert.equal((await create(space, "plain", waiting)).spec?.priority, 0);
      assert.equal(
        (await create(space, "critical", { ...waiting, priorityClassName: "system-node-critical" })).spec?.priority,
        2_000_001_000,
      );
      await assert.rejects(
        create(space, "lost", { ...waiting, priorityClassName: "gone" }),
        /pods "lost" is forbidden: no PriorityClass with name gone was found/,
      );
      await assert.rejects(
        create(space, "own", { ...waiting, priority: 5 }),
        /pods "own" is forbidden: the integer value of priority \(5\) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name/,
      );
      await assert.rejects(classes().create({ metadata: { name: "system-mine" }, value: 1 }), /system-/);
      await assert.rejects(
        classes().patch("high", { value: 2000 }),
        /value: Forbidden: may not be changed in an update/,
      );
    } finally {
      await classes().delete("high");
    }
  });
});
