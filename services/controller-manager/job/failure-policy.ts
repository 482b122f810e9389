import type {
  PodFailurePolicy,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
} from "../../../gen/typernetes/batch/v1/cron_job.ts";
import type { ContainerStatus, Pod } from "../../../gen/typernetes/core/v1/pod.ts";

/** What a job's failure policy says of a failed pod. */
export interface FailureVerdict {
  /** The failure counts towards the limits. */
  counts: boolean;
  /** Of the rule that matched. */
  action?: string;
  /** Why the job fails, with `FailJob`. */
  message?: string;
}

/** What the first rule that matches says; without one, a failure counts. */
export function judgeFailure(policy: PodFailurePolicy | undefined, pod: Pod): FailureVerdict {
  for (const [index, rule] of (policy?.rules ?? []).entries()) {
    const cause = rule.onExitCodes ? exitCause(rule.onExitCodes, pod) : conditionCause(rule.onPodConditions ?? [], pod);
    if (cause === undefined) continue;
    const action = rule.action ?? "Count";
    if (action !== "FailJob") return { counts: action !== "Ignore", action };
    return { counts: true, action, message: `${cause} matching ${action} rule at index ${index}` };
  }
  return { counts: true };
}

function exitCause(requirement: PodFailurePolicyOnExitCodesRequirement, { metadata, status }: Pod): string | undefined {
  const { containerName, operator, values = [] } = requirement;
  const matches = ({ name, state }: ContainerStatus) => {
    const code = state?.terminated?.exitCode;
    if (code === undefined || code === 0 || (containerName !== undefined && containerName !== name)) return false;
    return values.includes(code) === (operator === "In");
  };
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const found = statuses.find(matches);
  if (!found) return undefined;
  const code = found.state?.terminated?.exitCode;
  return `Container ${found.name} for pod ${metadata?.namespace}/${metadata?.name} failed with exit code ${code}`;
}

function conditionCause(
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
  { metadata, status }: Pod,
): string | undefined {
  const found = status?.conditions?.find((condition) =>
    patterns.some(({ type, status: wanted }) => type === condition.type && wanted === condition.status),
  );
  return found && `Pod ${metadata?.namespace}/${metadata?.name} has condition ${found.type}`;
}
