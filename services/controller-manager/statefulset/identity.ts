import type { StatefulSet } from "../../../gen/typernetes/apps/v1/stateful_set.ts";
import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PodTemplateSpec } from "../../../gen/typernetes/core/v1/pod_template.ts";
import { controllerReference } from "../../../lib/controller/controller-ref.ts";
import { podFromTemplate } from "../pods/pod-from-template.ts";

/** The kind of the owner of pods here. */
export const statefulSetKind = { apiVersion: "apps/v1", kind: "StatefulSet" };
/** Of a pod: the name of the revision that it was made from. */
const revisionLabel = "controller-revision-hash";
const podNameLabel = "statefulset.kubernetes.io/pod-name";
const podIndexLabel = "apps.kubernetes.io/pod-index";

/** The number in a pod's name; undefined when the name is not one that the set gives. */
export function ordinalOf(set: StatefulSet, { metadata }: Pod): number | undefined {
  const match = /^(.*)-(0|[1-9]\d*)$/.exec(metadata?.name ?? "");
  return match && match[1] === set.metadata?.name ? Number(match[2]) : undefined;
}

/** The ordinals that the set wants: from the first, before the end. */
export function ordinalRange({ spec }: StatefulSet): { first: number; end: number } {
  const first = spec?.ordinals?.start ?? 0;
  return { first, end: first + (spec?.replicas ?? 1) };
}

/** The name of the revision that a pod was made from. */
export function revisionNameOf({ metadata }: Pod): string | undefined {
  return metadata?.labels?.[revisionLabel];
}

/** The pod that has this ordinal, as a revision's template says. */
export function statefulPod(set: StatefulSet, template: PodTemplateSpec, revisionName: string, ordinal: number): Pod {
  const { namespace = "", name = "" } = set.metadata ?? {};
  const reference = controllerReference(set, statefulSetKind);
  const { generateName: _, ...metadata } = podFromTemplate(template, { namespace, name, reference }).metadata ?? {};
  const podName = `${name}-${ordinal}`;
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, name: podName, labels: { ...metadata.labels, [revisionLabel]: revisionName } },
    spec: { ...template.spec, hostname: podName, subdomain: set.spec?.serviceName },
  };
  return withIdentity(set, pod, ordinal);
}

/** The pod with the labels and the volumes of its ordinal; the same pod when it has them. */
export function withIdentity(set: StatefulSet, pod: Pod, ordinal: number): Pod {
  if (hasIdentity(pod) && hasStorage(set, pod, ordinal)) return pod;
  const labels = {
    ...pod.metadata?.labels,
    [podNameLabel]: pod.metadata?.name ?? "",
    [podIndexLabel]: String(ordinal),
  };
  const claims = (set.spec?.volumeClaimTemplates ?? []).map((claim) => ({
    name: claim.metadata?.name,
    persistentVolumeClaim: { claimName: claimName(set, claim, ordinal), readOnly: false },
  }));
  const others = (pod.spec?.volumes ?? []).filter(({ name }) => claims.every((claim) => claim.name !== name));
  const volumes = claims.length > 0 ? [...claims, ...others] : pod.spec?.volumes;
  return { ...pod, metadata: { ...pod.metadata, labels }, spec: { ...pod.spec, volumes } };
}

function hasIdentity({ metadata }: Pod): boolean {
  return metadata?.labels?.[podNameLabel] === metadata?.name;
}

function hasStorage(set: StatefulSet, { spec }: Pod, ordinal: number): boolean {
  return (set.spec?.volumeClaimTemplates ?? []).every((claim) => {
    const volume = spec?.volumes?.find(({ name }) => name === claim.metadata?.name);
    return volume?.persistentVolumeClaim?.claimName === claimName(set, claim, ordinal);
  });
}

/** The name of the claim that an ordinal has for a template. */
function claimName(set: StatefulSet, template: PersistentVolumeClaim, ordinal: number): string {
  return `${template.metadata?.name}-${set.metadata?.name}-${ordinal}`;
}

/** The claims of an ordinal. */
export function claimsFor(set: StatefulSet, ordinal: number): PersistentVolumeClaim[] {
  return (set.spec?.volumeClaimTemplates ?? []).map(({ metadata, spec }) => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name: claimName(set, { metadata }, ordinal),
      namespace: set.metadata?.namespace,
      labels: { ...metadata?.labels, ...set.spec?.selector?.matchLabels },
      annotations: metadata?.annotations,
      finalizers: metadata?.finalizers,
    },
    spec,
  }));
}
