import type {
  DeviceClaim,
  DeviceConstraint,
  DeviceRequest,
  ExactDeviceRequest,
  ResourceClaimSpec,
} from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkDistinct, eachWithin } from "./each-within.ts";
import { checkClassName, checkFullName, checkLabelName } from "./names.ts";
import { validateConfiguration, validateSelectors } from "./validate-selectors.ts";
import { validateTolerations } from "./validate-taints.ts";

const listMax = 32;
const alternativesMax = 8;
const exactlyOne = "exactly one of `exactly` or `firstAvailable` is required";
const unknownRequest =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** Fills what Kubernetes fills in a claim on devices. */
export function defaultClaimSpec(spec: ResourceClaimSpec | undefined): void {
  for (const { exactly, firstAvailable = [] } of spec?.devices?.requests ?? [])
    for (const request of exactly ? [exactly, ...firstAvailable] : firstAvailable) {
      request.allocationMode ||= "ExactCount";
      if (request.allocationMode === "ExactCount") request.count ||= 1;
      for (const toleration of request.tolerations ?? []) toleration.operator ||= "Equal";
    }
}

/** Checks which devices are asked for; `isStored` when that was checked before. */
export function validateClaimSpec(
  { devices = {} }: ResourceClaimSpec,
  path: string,
  errors: FieldErrors,
  isStored = false,
): void {
  const at = `${path}.devices`;
  const { requests = [], constraints, config } = devices;
  const names = requestNames(devices);
  eachWithin(requests, listMax, `${at}.requests`, errors, (request, where) =>
    validateRequest(request, where, errors, isStored),
  );
  checkDistinct(
    requests.map(({ name = "" }) => name),
    (index) => `${at}.requests[${index}].name`,
    errors,
  );
  eachWithin(constraints, listMax, `${at}.constraints`, errors, (constraint, where) => {
    validateRequestReferences(constraint.requests, names, `${where}.requests`, errors);
    validateConstraint(constraint, where, errors);
  });
  eachWithin(config, listMax, `${at}.config`, errors, (configuration, where) => {
    validateRequestReferences(configuration.requests, names, `${where}.requests`, errors);
    validateConfiguration(configuration, where, errors);
  });
}

/** How requests of a claim, and their alternatives, may be named elsewhere. */
export function requestNames({ requests = [] }: DeviceClaim): ReadonlySet<string> {
  return new Set(
    requests.flatMap(({ name = "", firstAvailable = [] }) => [
      name,
      ...firstAvailable.map((alternative) => `${name}/${alternative.name ?? ""}`),
    ]),
  );
}

/** Checks that what is named is requested. */
export function validateRequestReferences(
  given: readonly string[] | undefined,
  names: ReadonlySet<string>,
  path: string,
  errors: FieldErrors,
): void {
  eachWithin(given, listMax, path, errors, (name, at) => {
    if (!names.has(name)) errors.invalid(at, name, unknownRequest);
  });
  checkDistinct(given ?? [], (index) => `${path}[${index}]`, errors);
}

function validateRequest(
  { name, exactly, firstAvailable = [] }: DeviceRequest,
  path: string,
  errors: FieldErrors,
  isStored: boolean,
): void {
  checkLabelName(name, `${path}.name`, errors);
  if (exactly && firstAvailable.length > 0) errors.invalid(path, null, `${exactlyOne}, but multiple fields are set`);
  else if (exactly) validateDevices(exactly, `${path}.exactly`, errors, isStored);
  else if (firstAvailable.length === 0) errors.required(path, exactlyOne);
  else {
    eachWithin(firstAvailable, alternativesMax, `${path}.firstAvailable`, errors, (alternative, at) => {
      checkLabelName(alternative.name, `${at}.name`, errors);
      validateDevices(alternative, at, errors, isStored);
    });
    checkDistinct(
      firstAvailable.map((alternative) => alternative.name ?? ""),
      (index) => `${path}.firstAvailable[${index}].name`,
      errors,
    );
  }
}

function validateDevices(request: ExactDeviceRequest, path: string, errors: FieldErrors, isStored: boolean): void {
  const { allocationMode: mode = "", count = 0 } = request;
  checkClassName(request.deviceClassName, `${path}.deviceClassName`, errors);
  validateSelectors(request.selectors, `${path}.selectors`, errors, isStored);
  validateTolerations(request.tolerations, `${path}.tolerations`, errors);
  if (mode === "All") {
    if (count !== 0) errors.invalid(`${path}.count`, count, `must not be specified when allocationMode is '${mode}'`);
  } else if (mode === "ExactCount") {
    if (count <= 0) errors.invalid(`${path}.count`, count, "must be greater than zero");
  } else errors.notSupported(`${path}.allocationMode`, mode, ["All", "ExactCount"]);
}

function validateConstraint(constraint: DeviceConstraint, path: string, errors: FieldErrors): void {
  const { matchAttribute, distinctAttribute } = constraint;
  if (matchAttribute !== undefined) checkFullName(matchAttribute, `${path}.matchAttribute`, errors);
  else if (distinctAttribute !== undefined) checkFullName(distinctAttribute, `${path}.distinctAttribute`, errors);
  else errors.required(`${path}.matchAttribute`);
}
