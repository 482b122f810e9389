import type { CSIDriver, TokenRequest } from "../../../gen/typernetes/storage/v1/csi_driver.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { checkCsiDriverName } from "../driver-name.ts";
import { checkOneOf } from "../rules.ts";

const groupPolicies = ["File", "None", "ReadWriteOnceWithFSType"];
const lifecycleModes = ["Persistent", "Ephemeral"];
const tokenSecondsMin = 600;
const tokenSecondsMax = 2 ** 32;
const updatePeriodSecondsMin = 10;

/** Checks a driver of storage. */
export function validateCsiDriver({ metadata, spec = {} }: CSIDriver, errors: FieldErrors): void {
  checkCsiDriverName(metadata?.name ?? "", "name", errors);
  for (const field of ["attachRequired", "podInfoOnMount", "storageCapacity", "seLinuxMount"] as const)
    if (spec[field] === undefined) errors.required(`spec.${field}`);
  checkOneOf(spec.fsGroupPolicy, groupPolicies, "spec.fsGroupPolicy", errors);
  validateTokenRequests(spec.tokenRequests ?? [], "spec.tokenRequests", errors);
  for (const mode of spec.volumeLifecycleModes ?? [])
    if (!lifecycleModes.includes(mode)) errors.notSupported("spec.volumeLifecycleModes", mode, lifecycleModes);
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  if (period !== undefined && period < updatePeriodSecondsMin)
    errors.invalid(
      "spec.nodeAllocatableUpdatePeriodSeconds",
      period,
      `must be greater than or equal to ${updatePeriodSecondsMin} seconds`,
    );
}

function validateTokenRequests(requests: readonly TokenRequest[], path: string, errors: FieldErrors): void {
  const audiences = new Set<string>();
  for (const [index, { audience = "", expirationSeconds: seconds }] of requests.entries()) {
    const at = `${path}[${index}]`;
    if (audiences.has(audience)) {
      errors.duplicate(`${at}.audience`, audience);
      continue;
    }
    audiences.add(audience);
    if (seconds === undefined) continue;
    if (seconds < tokenSecondsMin)
      errors.invalid(`${at}.expirationSeconds`, seconds, "may not specify a duration less than 10 minutes");
    if (seconds > tokenSecondsMax)
      errors.invalid(`${at}.expirationSeconds`, seconds, "may not specify a duration larger than 2^32 seconds");
  }
}

/** Checks what an update does: how volumes are attached, and how long they live, stays. */
export function validateCsiDriverUpdate({ spec = {} }: CSIDriver, old: CSIDriver, errors: FieldErrors): void {
  // Kubernetes writes this path so.
  validateImmutable(spec.attachRequired, old.spec?.attachRequired, "spec.attachedRequired", errors);
  validateImmutable(spec.volumeLifecycleModes, old.spec?.volumeLifecycleModes, "spec.volumeLifecycleModes", errors);
}
