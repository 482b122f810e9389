/** Values of fields that several parts of a pod have, in the order in which Kubernetes names them. */
export const pullPolicies: readonly string[] = ["Always", "IfNotPresent", "Never"];
export const protocols: readonly string[] = ["SCTP", "TCP", "UDP"];
export const restartPolicies: readonly string[] = ["Always", "OnFailure", "Never"];
export const dnsPolicies: readonly string[] = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
export const preemptionPolicies: readonly string[] = ["PreemptLowerPriority", "Never"];
export const terminationMessagePolicies: readonly string[] = ["File", "FallbackToLogsOnError"];
export const httpSchemes: readonly string[] = ["HTTP", "HTTPS"];
export const mountPropagations: readonly string[] = ["Bidirectional", "HostToContainer", "None"];
export const resizeRestartPolicies: readonly string[] = ["NotRequired", "RestartContainer"];
export const taintEffects: readonly string[] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
export const nodeInclusionPolicies: readonly string[] = ["Honor", "Ignore"];
