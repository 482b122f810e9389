import { addressInvariants } from "./address-invariants.ts";
import { autoscaling, loadMetric } from "./blueprints.ts";
import { type ClusterState, isFinished, isReady, isSelected, nameOf, podsOf } from "./cluster-state.ts";
import { widgetsName } from "./widgets.ts";

/** One thing that is true of every cluster that has come to rest; answers what breaks it, a line each. */
export interface Invariant {
  name: string;
  broken(state: ClusterState): string[];
}

/** All that is to hold once nothing changes any more. */
export const invariants: readonly Invariant[] = [
  { name: "nothing waits to be deleted", broken: ({ all }) => all.filter(isGoing).map(told) },
  { name: "nodes are ready", broken: ({ nodes }) => nodes.filter((node) => !isNodeReady(node)).map(told) },
  { name: "all owners of each object live", broken: orphans },
  {
    name: "pods run, or have ended",
    broken: ({ pods }) => pods.filter((pod) => !isReady(pod) && !isFinished(pod)).map(told),
  },
  { name: "deployments have what they want", broken: deployments },
  { name: "stateful sets have each ordinal once", broken: statefulSets },
  { name: "daemon sets have one pod on each node that they want", broken: daemonSets },
  { name: "jobs have counted each pod once", broken: jobs },
  { name: "claims and volumes are bound to each other", broken: claims },
  { name: "quotas have counted what there is", broken: quotas },
  { name: "budgets have counted what there is", broken: budgets },
  { name: "autoscaled deployments have what their load asks for", broken: autoscalers },
  { name: "no node has more than it can hold", broken: overfullNodes },
  { name: "each node has one lease", broken: leases },
  ...addressInvariants,
];

function told(object: { kind?: string | undefined; status?: unknown } & Parameters<typeof nameOf>[0]): string {
  const { finalizers, deletionTimestamp } = object.metadata ?? {};
  const seen = deletionTimestamp ? { deletionTimestamp, finalizers } : object.status;
  return `${object.kind} ${nameOf(object)}: ${JSON.stringify(seen)}`;
}

function isGoing({ metadata }: ClusterState["all"][number]): boolean {
  return metadata?.deletionTimestamp !== undefined;
}

function isNodeReady({ status }: ClusterState["nodes"][number]): boolean {
  return status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

function orphans({ pods, all }: ClusterState): string[] {
  const living = new Set(all.map(({ metadata }) => metadata?.uid));
  const without = pods.filter(({ metadata }) => !metadata?.ownerReferences?.length);
  const orphaned = all.filter(({ metadata }) => metadata?.ownerReferences?.some(({ uid }) => !living.has(uid)));
  return [...without, ...orphaned].map(
    (object) => `${object.kind} ${nameOf(object)}: ${JSON.stringify(object.metadata?.ownerReferences)}`,
  );
}

function deployments(state: ClusterState): string[] {
  return state.deployments.flatMap((deployment) => {
    const { metadata, spec, status } = deployment;
    const wanted = spec?.replicas ?? 1;
    const sets = state.replicaSets.filter((set) =>
      set.metadata?.ownerReferences?.some(({ uid }) => uid === metadata?.uid),
    );
    const filled = sets.filter(({ spec }) => (spec?.replicas ?? 0) > 0);
    const pods = sets.flatMap((set) => podsOf(set, state)).filter((pod) => !isFinished(pod));
    const counts = [status?.replicas, status?.updatedReplicas, status?.readyReplicas, status?.availableReplicas];
    const right =
      status?.observedGeneration === metadata?.generation &&
      counts.every((count) => (count ?? 0) === wanted) &&
      filled.length === Math.min(wanted, 1) &&
      pods.length === wanted;
    return right
      ? []
      : [`${told(deployment)}, wanted ${wanted}, pods ${pods.map(nameOf)}, filled ${filled.map(nameOf)}`];
  });
}

function statefulSets(state: ClusterState): string[] {
  return state.statefulSets.flatMap((set) => {
    const { metadata, spec, status } = set;
    const wanted = Array.from({ length: spec?.replicas ?? 1 }, (_, ordinal) => `${metadata?.name}-${ordinal}`);
    const names = podsOf(set, state).map((pod) => pod.metadata?.name ?? "");
    const right =
      status?.observedGeneration === metadata?.generation &&
      names.sort().join() === wanted.sort().join() &&
      (status?.readyReplicas ?? 0) === wanted.length &&
      status?.currentRevision === status?.updateRevision;
    return right ? [] : [`${told(set)}, pods ${names}`];
  });
}

function daemonSets(state: ClusterState): string[] {
  return state.daemonSets.flatMap((set) => {
    const selector = set.spec?.template?.spec?.nodeSelector;
    const wanted = state.nodes.filter((node) => !selector || isSelected(node, selector)).map(nameOf);
    const pods = podsOf(set, state).filter((pod) => !isFinished(pod));
    const nodes = pods.map(({ spec }) => spec?.nodeName ?? "");
    const { status, metadata } = set;
    const right =
      status?.observedGeneration === metadata?.generation &&
      nodes.sort().join() === wanted.sort().join() &&
      (status?.numberAvailable ?? 0) === wanted.length &&
      (status?.updatedNumberScheduled ?? 0) === wanted.length;
    return right ? [] : [`${told(set)}, on ${nodes}`];
  });
}

function jobs(state: ClusterState): string[] {
  return state.jobs.flatMap((job) => {
    const { spec, status } = job;
    const pods = podsOf(job, state);
    const ended = status?.conditions?.find(
      ({ type, status }) => /^(Complete|Failed)$/.test(type ?? "") && status === "True",
    );
    const uncounted = status?.uncountedTerminatedPods;
    const pending = (uncounted?.succeeded?.length ?? 0) + (uncounted?.failed?.length ?? 0);
    const held = pods.filter((pod) => isFinished(pod) && pod.metadata?.finalizers?.length);
    const tooMany = (status?.succeeded ?? 0) > (spec?.completions ?? 1);
    const complete = ended?.type !== "Complete" || status?.succeeded === (spec?.completions ?? 1);
    const right = ended && pending === 0 && held.length === 0 && !tooMany && complete && !status?.active;
    return right ? [] : [`${told(job)}, pods ${pods.map(nameOf)}, held ${held.map(nameOf)}`];
  });
}

function claims({ claims, volumes }: ClusterState): string[] {
  const byName = new Map(volumes.map((volume) => [volume.metadata?.name, volume]));
  const loose = claims.filter(({ metadata, spec, status }) => {
    const volume = byName.get(spec?.volumeName);
    return status?.phase !== "Bound" || volume?.spec?.claimRef?.uid !== metadata?.uid;
  });
  const left = volumes.filter(({ status }) => status?.phase !== "Bound" && status?.phase !== "Available");
  return [...loose.map(told), ...left.map(told)];
}

function quotas({ quotas, pods, all }: ClusterState): string[] {
  return quotas.flatMap((quota) => {
    const inPlace = ({ metadata }: ClusterState["all"][number]) => metadata?.namespace === quota.metadata?.namespace;
    const counts: Readonly<Record<string, number>> = {
      pods: pods.filter((pod) => inPlace(pod) && !isFinished(pod)).length,
      configmaps: all.filter((object) => inPlace(object) && object.kind === "ConfigMap").length,
      [`count/${widgetsName}`]: all.filter((object) => inPlace(object) && object.kind === "Widget").length,
    };
    const used = quota.status?.used;
    return Object.entries(counts)
      .filter(([what, count]) => Number(used?.[what]) !== count)
      .map(([what, count]) => `ResourceQuota ${nameOf(quota)}: ${used?.[what]} ${what}, there are ${count}`);
  });
}

function budgets({ budgets, deployments, pods }: ClusterState): string[] {
  return budgets.flatMap((budget) => {
    const { metadata, spec, status } = budget;
    const inPlace = (object: Parameters<typeof nameOf>[0]) => object.metadata?.namespace === metadata?.namespace;
    const chosen = pods.filter((pod) => inPlace(pod) && isSelected(pod, spec?.selector?.matchLabels));
    const healthy = chosen.filter((pod) => !isFinished(pod) && isReady(pod)).length;
    const deployment = deployments.find((other) => nameOf(other) === nameOf(budget));
    const expected = chosen.length === 0 ? 0 : (deployment?.spec?.replicas ?? 1);
    const desired = spec?.minAvailable ? Math.ceil(expected / 2) : Math.max(0, expected - 1);
    const wanted = { expected, desired, healthy, allowed: Math.max(0, healthy - desired) };
    const seen = {
      expected: status?.expectedPods ?? 0,
      desired: status?.desiredHealthy ?? 0,
      healthy: status?.currentHealthy ?? 0,
      allowed: status?.disruptionsAllowed ?? 0,
    };
    return JSON.stringify(seen) === JSON.stringify(wanted) ? [] : [`${told(budget)}, ${JSON.stringify(wanted)}`];
  });
}

function autoscalers({ autoscalers, deployments, loads }: ClusterState): string[] {
  return autoscalers.flatMap((autoscaler) => {
    const target = deployments.find((deployment) => nameOf(deployment) === nameOf(autoscaler));
    if (!target) return [];
    const load = Number(loads.get(loadMetric(autoscaler.metadata?.namespace)));
    const wanted = Math.min(autoscaling.podsMax, Math.max(1, Math.ceil(load / autoscaling.loadPerPod)));
    const { currentReplicas, desiredReplicas } = autoscaler.status ?? {};
    const right = [target.spec?.replicas, currentReplicas, desiredReplicas].every((count) => count === wanted);
    return right ? [] : [`${told(autoscaler)}, ${target.spec?.replicas} replicas for a load of ${load}`];
  });
}

function overfullNodes({ nodes, pods }: ClusterState): string[] {
  return nodes.flatMap((node) => {
    const here = pods.filter((pod) => pod.spec?.nodeName === node.metadata?.name && !isFinished(pod));
    const millicores = here
      .flatMap(({ spec }) => spec?.containers ?? [])
      .map(({ resources }) => millis(resources?.requests?.["cpu"]));
    const used = millicores.reduce((sum, one) => sum + one, 0);
    const allocatable = millis(node.status?.allocatable?.["cpu"]);
    const room = Number(node.status?.allocatable?.["pods"] ?? 0);
    const right = used <= allocatable && here.length <= room;
    return right ? [] : [`Node ${nameOf(node)}: ${used}m of ${allocatable}m, ${here.length} of ${room} pods`];
  });
}

/** Of quantities like `250m` and `2`, which are all that these tests ask for. */
export function millis(quantity = "0"): number {
  return quantity.endsWith("m") ? Number(quantity.slice(0, -1)) : Number(quantity) * 1000;
}

function leases({ leases, nodes }: ClusterState): string[] {
  const held = leases
    .filter(({ metadata }) => metadata?.namespace === "kube-node-lease")
    .map(({ metadata }) => metadata?.name);
  const wanted = nodes.map(({ metadata }) => metadata?.name);
  return held.sort().join() === wanted.sort().join() ? [] : [`Lease ${held} for ${wanted}`];
}
