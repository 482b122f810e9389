import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { keepLifecycle } from "../status-rules.ts";
import { applyMatchLabelKeys } from "./match-label-keys.ts";
import { computeQosClass } from "./qos-class.ts";

/** A new pod waits, whatever its client says of its status. */
export function preparePodForCreate(pod: Pod): void {
  applyMatchLabelKeys(pod);
  pod.status = { phase: "Pending", qosClass: computeQosClass(pod) };
  if (pod.spec?.schedulingGates?.length) pod.status.conditions = [gatedCondition];
}

const gatedCondition = {
  type: "PodScheduled",
  status: "False",
  reason: "SchedulingGated",
  message: "Scheduling is blocked due to non-empty scheduling gates",
};

/** Of a status update only the status counts; its two ways to name an address are made to agree. */
export function preparePodForStatusUpdate(pod: Pod, old: Pod): void {
  pod.spec = old.spec;
  keepLifecycle(pod, old);
  const status = pod.status ?? {};
  pod.status = status;
  status.qosClass ||= old.status?.qosClass;
  status.podIPs = agreeing(status.podIP, status.podIPs);
  status.podIP = status.podIPs?.[0]?.ip;
  status.hostIPs = agreeing(status.hostIP, status.hostIPs);
}

function agreeing<A extends { ip?: string | undefined }>(
  ip: string | undefined,
  list: A[] | undefined,
): (A | { ip: string })[] | undefined {
  if (!ip) return list;
  if (!list?.length) return [{ ip }];
  return list[0]?.ip === ip ? list : [{ ip }];
}
