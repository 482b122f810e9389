import type { DaemonSet } from "../../../gen/typernetes/apps/v1/daemon_set.ts";
import type { Pod, PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Toleration } from "../../../gen/typernetes/core/v1/reference.ts";
import { controllerReference } from "../../../lib/controller/controller-ref.ts";
import { podFromTemplate } from "../pods/pod-from-template.ts";

/** The kind of the owner of pods here. */
export const daemonSetKind = { apiVersion: "apps/v1", kind: "DaemonSet" };
/** Of a pod and of its revision: the hash of the template. */
export const hashLabel = "controller-revision-hash";
const generationAnnotation = "deprecated.daemonset.template.generation";

/** Daemons stay where other pods may not be. */
const ownTolerations: readonly Toleration[] = [
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/disk-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/memory-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/pid-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" },
];
const networkToleration: Toleration = {
  key: "node.kubernetes.io/network-unavailable",
  operator: "Exists",
  effect: "NoSchedule",
};

/** The template's pod with what every daemon tolerates. */
export function daemonPodSpec(set: DaemonSet): PodSpec {
  const spec = set.spec?.template?.spec ?? {};
  const added = spec.hostNetwork ? [...ownTolerations, networkToleration] : ownTolerations;
  const isSame = (left: Toleration, right: Toleration) =>
    left.key === right.key && left.effect === right.effect && (left.operator ?? "Equal") === right.operator;
  const own = (spec.tolerations ?? []).filter((toleration) => !added.some((other) => isSame(toleration, other)));
  return { ...spec, tolerations: [...own, ...added] };
}

/** A daemon's pod that the scheduler can place on one node only. */
export function daemonPod(set: DaemonSet, hash: string, nodeName: string): Pod {
  const { namespace = "", name = "" } = set.metadata ?? {};
  const reference = controllerReference(set, daemonSetKind);
  const pod = podFromTemplate(set.spec?.template ?? {}, { namespace, name, reference });
  const generation = set.metadata?.annotations?.[generationAnnotation];
  const labels = { ...pod.metadata?.labels, ...(generation && { "pod-template-generation": generation }) };
  return {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...labels, [hashLabel]: hash } },
    spec: pinned(daemonPodSpec(set), nodeName),
  };
}

/** The node takes the place of whatever nodes were named. */
function pinned(spec: PodSpec, nodeName: string): PodSpec {
  const { affinity } = spec;
  const term = { matchFields: [{ key: "metadata.name", operator: "In", values: [nodeName] }] };
  const nodeAffinity = {
    ...affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
  };
  return { ...spec, affinity: { ...affinity, nodeAffinity } };
}

/** The node where a daemon's pod is, or is to be; undefined when it says none. */
export function targetNode({ spec }: Pod): string | undefined {
  if (spec?.nodeName) return spec.nodeName;
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  for (const { matchFields = [] } of terms ?? [])
    for (const { key, operator, values } of matchFields)
      if (key === "metadata.name" && operator === "In" && values?.length === 1) return values[0];
  return undefined;
}

/** Whether a pod is of the template with this hash. */
export function isUpdated(pod: Pod, hash: string): boolean {
  return pod.metadata?.labels?.[hashLabel] === hash;
}
