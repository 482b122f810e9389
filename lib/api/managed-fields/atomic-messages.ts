/** Messages whose values are owned as a whole (`x-kubernetes-map-type: atomic`), unless a field says `granular`. */
const atomicMessages: ReadonlySet<string> = new Set([
  "admissionregistration.v1.MatchResources",
  "admissionregistration.v1.NamedRuleWithOperations",
  "admissionregistration.v1.ParamKind",
  "admissionregistration.v1.ParamRef",
  "autoscaling.v1.CrossVersionObjectReference",
  "core.v1.ConfigMapKeySelector",
  "core.v1.EndpointAddress",
  "core.v1.EndpointPort",
  "core.v1.FileKeySelector",
  "core.v1.LocalObjectReference",
  "core.v1.NodeSelector",
  "core.v1.NodeSelectorTerm",
  "core.v1.ObjectFieldSelector",
  "core.v1.ObjectReference",
  "core.v1.ResourceFieldSelector",
  "core.v1.ScopeSelector",
  "core.v1.ScopedResourceSelectorRequirement",
  "core.v1.SecretKeySelector",
  "core.v1.SecretReference",
  "core.v1.TopologySelectorTerm",
  "core.v1.TypedLocalObjectReference",
  "discovery.v1.EndpointPort",
  "meta.v1.LabelSelector",
  "meta.v1.OwnerReference",
  "networking.v1.ServiceBackendPort",
  "rbac.v1.RoleRef",
  "rbac.v1.Subject",
]);

/** Whether values of a message (`core.v1.ObjectReference`) are owned as a whole. */
export function isAtomicMessage(name: string): boolean {
  return atomicMessages.has(name);
}

/** Fields of such a message whose members are owned one by one nevertheless, by the message they stand in. */
const granularFields: ReadonlySet<string> = new Set(["core.v1.PersistentVolumeSpec.claimRef"]);

/** Whether the members of a field of message `owner` are owned one by one although its message is atomic elsewhere. */
export function isGranularField(owner: string, name: string): boolean {
  return granularFields.has(`${owner}.${name}`);
}
