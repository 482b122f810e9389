import type {
  DeviceRequestAllocationResult,
  ResourceClaim,
  ResourceClaimConsumerReference,
} from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import { deepEqual } from "../../api/deep.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { checkDeviceDriverName } from "../driver-name.ts";
import { validateNodeSelector } from "../pod-template/validate-node-selector.ts";
import { checkOneOf, checkRequired } from "../rules.ts";
import { checkDistinct, eachWithin } from "./each-within.ts";
import { checkLabelName, checkPoolName } from "./names.ts";
import { requestNames, validateRequestReferences } from "./validate-claim.ts";
import { validateBindingConditions } from "./validate-device.ts";
import { validateDeviceStatuses } from "./validate-device-status.ts";
import { validateConfiguration } from "./validate-selectors.ts";
import { validateTolerations } from "./validate-taints.ts";

const consumersMax = 256;
const resultsMax = 32;
const configurationsMax = 64;

/** Checks which devices a claim got, and who uses them. What it got stays until it gets none. */
export function validateClaimStatus(claim: ResourceClaim, old: ResourceClaim, errors: FieldErrors): void {
  const { allocation, reservedFor = [] } = claim.status ?? {};
  validateConsumers(reservedFor, "status.reservedFor", errors);
  if (reservedFor.length > 0 && !allocation)
    errors.forbidden("status.reservedFor", "may not be specified when `allocated` is not set");
  else if (claim.metadata?.deletionTimestamp && hasNewConsumer(reservedFor, old))
    errors.forbidden(
      "status.reservedFor",
      "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set",
    );
  validateDeviceStatuses(claim.status ?? {}, "status.devices", errors);
  const before = old.status?.allocation;
  if (before && allocation) validateImmutable(allocation, before, "status.allocation", errors);
  else if (allocation) validateAllocation(claim, "status.allocation.devices", errors);
}

function validateConsumers(
  consumers: readonly ResourceClaimConsumerReference[],
  path: string,
  errors: FieldErrors,
): void {
  eachWithin(consumers, consumersMax, path, errors, (consumer, at) =>
    checkRequired(consumer, ["resource", "name", "uid"], at, errors),
  );
  checkDistinct(
    consumers.map(({ uid = "" }) => uid),
    (index) => `${path}[${index}].uid`,
    errors,
  );
}

function hasNewConsumer(consumers: readonly ResourceClaimConsumerReference[], { status }: ResourceClaim): boolean {
  return consumers.some((consumer) => !status?.reservedFor?.some((before) => deepEqual(consumer, before)));
}

function validateAllocation({ spec, status }: ResourceClaim, path: string, errors: FieldErrors): void {
  const names = requestNames(spec?.devices ?? {});
  const { devices = {}, nodeSelector } = status?.allocation ?? {};
  const { results, config } = devices;
  if (nodeSelector) validateNodeSelector(nodeSelector, "status.allocation.nodeSelector", errors);
  eachWithin(results, resultsMax, `${path}.results`, errors, (result, at) => validateResult(result, names, at, errors));
  eachWithin(config, configurationsMax, `${path}.config`, errors, (configuration, at) => {
    checkOneOf(configuration.source, ["FromClaim", "FromClass"], `${at}.source`, errors);
    validateRequestReferences(configuration.requests, names, `${at}.requests`, errors);
    validateConfiguration(configuration, at, errors);
  });
}

function validateResult(
  result: DeviceRequestAllocationResult,
  names: ReadonlySet<string>,
  path: string,
  errors: FieldErrors,
): void {
  const { request = "", driver = "", pool, device } = result;
  if (!names.has(request))
    errors.invalid(
      `${path}.request`,
      request,
      "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
    );
  checkDeviceDriverName(driver, `${path}.driver`, errors);
  checkPoolName(pool, `${path}.pool`, errors);
  checkLabelName(device, `${path}.device`, errors);
  validateBindingConditions(result, path, errors);
  validateTolerations(result.tolerations, `${path}.tolerations`, errors);
}
