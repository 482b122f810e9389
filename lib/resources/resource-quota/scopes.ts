import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { Pod, PodAffinityTerm } from "../../../gen/typernetes/core/v1/pod.ts";
import type {
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from "../../../gen/typernetes/core/v1/resource_quota.ts";
import { computeQosClass } from "../pod/qos-class.ts";
import type { ApiObject } from "../strategy.ts";

/** Whether a quota counts an object of a kind (`pods`, `jobs.batch`): all its scopes have to select it. */
export function isInScope(spec: ResourceQuotaSpec | undefined, kind: string, object: ApiObject): boolean {
  return requirementsOf(spec).every((requirement) => selects(requirement, kind, object));
}

function requirementsOf(spec: ResourceQuotaSpec | undefined): ScopedResourceSelectorRequirement[] {
  const plain = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists" }));
  return [...plain, ...(spec?.scopeSelector?.matchExpressions ?? [])];
}

function selects(requirement: ScopedResourceSelectorRequirement, kind: string, object: ApiObject): boolean {
  if (kind === "pods") return selectsPod(requirement, object);
  if (kind !== "persistentvolumeclaims" || requirement.scopeName !== "VolumeAttributesClass") return false;
  const { spec }: PersistentVolumeClaim = object;
  return matches(requirement, spec?.volumeAttributesClassName);
}

function selectsPod(requirement: ScopedResourceSelectorRequirement, pod: ApiObject & Pod): boolean {
  const isTerminating = pod.spec?.activeDeadlineSeconds !== undefined && pod.spec.activeDeadlineSeconds >= 0;
  switch (requirement.scopeName) {
    case "Terminating":
      return isTerminating;
    case "NotTerminating":
      return !isTerminating;
    case "BestEffort":
      return computeQosClass(pod) === "BestEffort";
    case "NotBestEffort":
      return computeQosClass(pod) !== "BestEffort";
    case "PriorityClass":
      return matches(requirement, pod.spec?.priorityClassName);
    case "CrossNamespacePodAffinity":
      return crossesNamespaces(pod);
    default:
      return false;
  }
}

function matches({ operator, values = [] }: ScopedResourceSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case "Exists":
      return !!value;
    case "DoesNotExist":
      return !value;
    case "In":
      return !!value && values.includes(value);
    default:
      return !value || !values.includes(value);
  }
}

function crossesNamespaces({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  return [podAffinity, podAntiAffinity].some((affinity) => {
    const preferred = (affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(
      ({ podAffinityTerm }) => podAffinityTerm ?? [],
    );
    return [...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []), ...preferred].some(isAcross);
  });
}

function isAcross({ namespaces, namespaceSelector }: PodAffinityTerm): boolean {
  return !!namespaces?.length || namespaceSelector !== undefined;
}
