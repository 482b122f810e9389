import type { ContainerStatus, Pod, PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { subdomainName } from "../../api/names.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { checkIp, isDualStack } from "../ip-rules.ts";
import { checkQualifiedName } from "../rules.ts";

const ownConditions = new Set(["PodScheduled", "Ready", "Initialized"]);

/** Checks an update of a pod's status. */
export function validatePodStatusUpdate(pod: Pod, old: Pod, errors: FieldErrors): void {
  const status = pod.status ?? {};
  const before = old.status ?? {};
  for (const [index, condition] of (status.conditions ?? []).entries())
    if (!ownConditions.has(condition.type ?? ""))
      checkQualifiedName(condition.type ?? "", `metadata.conditions[${index}].Type`, errors);
  const nominated = status.nominatedNodeName;
  if (nominated && nominated !== before.nominatedNodeName)
    for (const message of subdomainName(nominated, false))
      errors.invalid("status.nominatedNodeName", nominated, message);
  validateImmutable(status.qosClass, before.qosClass, "status.qosClass", errors);
  validateEnded(pod, old, errors);
  validateAddresses(
    (status.podIPs ?? []).map((it) => it.ip ?? ""),
    "status.podIPs",
    errors,
  );
  const hostIps = (status.hostIPs ?? []).map((it) => it.ip ?? "");
  if (hostIps[0] !== undefined && hostIps[0] !== status.hostIP)
    errors.invalid("status.hostIPs[0].ip", hostIps[0], "must be equal to `hostIP`");
  validateAddresses(hostIps, "status.hostIPs", errors);
}

function validateAddresses(addresses: readonly string[], path: string, errors: FieldErrors): void {
  const seen = new Set<string>();
  for (const [index, address] of addresses.entries()) {
    checkIp(address, `${path}[${index}]`, errors);
    if (seen.has(address)) errors.duplicate(`${path}[${index}]`, { ip: address });
    seen.add(address);
  }
  if (addresses.length > 1 && (addresses.length > 2 || !isDualStack(addresses)))
    errors.invalid(
      path,
      addresses.map((ip) => ({ ip })),
      "may specify no more than one IP for each IP family",
    );
}

function validateEnded(pod: Pod, old: Pod, errors: FieldErrors): void {
  const spec = old.spec ?? {};
  const policy = spec.restartPolicy ?? "Always";
  const sidecars = new Set(sidecarNames(spec));
  for (const field of ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] as const) {
    const own = field === "ephemeralContainerStatuses" ? "Never" : policy;
    if (own === "Always") continue;
    const skipped = field === "initContainerStatuses" ? sidecars : new Set<string>();
    rejectRestarts(pod.status?.[field] ?? [], old.status?.[field] ?? [], own, skipped, `status.${field}`, errors);
  }
}

/** A container that has ended and is not restarted does not run again. */
function rejectRestarts(
  now: readonly ContainerStatus[],
  old: readonly ContainerStatus[],
  policy: string,
  skipped: ReadonlySet<string>,
  path: string,
  errors: FieldErrors,
): void {
  for (const [index, before] of old.entries()) {
    const ended = before.state?.terminated;
    if (!ended || skipped.has(before.name ?? "")) continue;
    if (policy === "OnFailure" && (ended.exitCode ?? 0) !== 0) continue;
    if (now.some((it) => it.name === before.name && !it.state?.terminated))
      errors.forbidden(`${path}[${index}].state`, "may not be transitioned to non-terminated state");
  }
}

function sidecarNames(spec: PodSpec): string[] {
  return (spec.initContainers ?? []).filter((it) => it.restartPolicy === "Always").map((it) => it.name ?? "");
}
