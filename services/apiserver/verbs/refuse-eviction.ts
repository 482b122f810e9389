import type { PodDisruptionBudget } from "../../../gen/typernetes/policy/v1/pod_disruption_budget.ts";
import { StatusError } from "../../../lib/base/status-error.ts";

/** More evictions than this may not wait for the controller to see them. */
const disruptedPodsMax = 2_000;

/** Throws when a budget lets no pod go now. @throws StatusError `TooManyRequests`, `Forbidden` */
export function refuseEviction({ metadata, status = {} }: PodDisruptionBudget): void {
  const name = metadata?.name ?? "";
  const { observedGeneration = 0, disruptionsAllowed = 0, desiredHealthy = 0, currentHealthy = 0 } = status;
  if (observedGeneration < (metadata?.generation ?? 0))
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, 10);
  if (disruptionsAllowed < 0) throw forbidden(name, "pdb disruptions allowed is negative");
  if (Object.keys(status.disruptedPods ?? {}).length > disruptedPodsMax)
    throw forbidden(name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
  if (disruptionsAllowed > 0) return;
  throw tooMany(
    `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
  );
}

function tooMany(cause: string, retryAfterSeconds?: number): StatusError {
  const causes = [{ reason: "DisruptionBudget", message: cause }];
  const message = "Cannot evict pod as it would violate the pod's disruption budget.";
  return new StatusError("TooManyRequests", message, {
    causes,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

function forbidden(name: string, why: string): StatusError {
  const details = { group: "policy", kind: "poddisruptionbudget", name };
  return new StatusError(
    "Forbidden",
    `poddisruptionbudget.policy ${JSON.stringify(name)} is forbidden: ${why}`,
    details,
  );
}
