import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from "../../../gen/typernetes/certificates/v1/certificate_signing_request.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import type { FieldErrors } from "../../../lib/api/field-errors.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { SubresourceRules } from "./subresource-rules.ts";

type SigningRequest = ApiObject & CertificateSigningRequest;

const path = "status.conditions";
/** What approvers decide, and signers cannot. */
const decisions = ["Approved", "Denied"];
const onlyTrue = [...decisions, "Failed"];

/** Approval and denial of a signing request. A decision stands. */
export const approval: SubresourceRules = {
  take(wanted: SigningRequest, old: SigningRequest, now) {
    const request = clonePlain(old);
    request.metadata = { ...wanted.metadata };
    request.status = { ...request.status, conditions: withTimes(wanted, old, now) };
    return request;
  },
  validate(request: SigningRequest, old: SigningRequest, errors) {
    validateConditions(request, errors);
    for (const type of onlyTrue) validateUnchanged(type, request, old, errors, true);
  },
};

/** What a signer says of a signing request: the certificate, and why there is none. */
export const certificateStatus: SubresourceRules = {
  take(wanted: SigningRequest, old: SigningRequest, now) {
    const request = clonePlain(old);
    request.metadata = { ...wanted.metadata };
    request.status = { ...wanted.status, conditions: withTimes(wanted, old, now) };
    return request;
  },
  validate(request: SigningRequest, old: SigningRequest, errors) {
    validateConditions(request, errors);
    for (const type of decisions) validateUnchanged(type, request, old, errors, false);
    validateUnchanged("Failed", request, old, errors, true);
    const before = old.status?.certificate;
    if (before && request.status?.certificate !== before) {
      errors.forbidden("status.certificate", "updates may not change the certificate once it has been issued");
    }
  },
};

function withTimes(wanted: SigningRequest, old: SigningRequest, now: string): CertificateSigningRequestCondition[] {
  return (wanted.status?.conditions ?? []).map((condition) => {
    const before = old.status?.conditions?.find(({ type }) => type === condition.type);
    const since = before && before.status === condition.status ? before.lastTransitionTime : undefined;
    return {
      ...condition,
      lastUpdateTime: condition.lastUpdateTime ?? now,
      lastTransitionTime: condition.lastTransitionTime ?? since ?? now,
    };
  });
}

function validateConditions({ status }: SigningRequest, errors: FieldErrors): void {
  const seen = new Set<string>();
  for (const [index, { type, status: value }] of (status?.conditions ?? []).entries()) {
    const at = `${path}[${index}]`;
    if (!type) errors.required(`${at}.type`);
    else if (seen.has(type)) errors.duplicate(`${at}.type`, type);
    const supported = onlyTrue.includes(type ?? "") ? ["True"] : ["False", "True", "Unknown"];
    if (!value) errors.required(`${at}.status`);
    else if (!supported.includes(value)) errors.notSupported(`${at}.status`, value, supported);
    if (decisions.every((decision) => decision === type || seen.has(decision)) && decisions.includes(type ?? "")) {
      errors.invalid(`${at}.type`, type, "Approved and Denied conditions are mutually exclusive");
    }
    seen.add(type ?? "");
  }
}

function validateUnchanged(
  type: string,
  request: SigningRequest,
  old: SigningRequest,
  errors: FieldErrors,
  mayAdd: boolean,
): void {
  const of = ({ status }: SigningRequest) => (status?.conditions ?? []).filter((condition) => condition.type === type);
  const [now, before] = [of(request), of(old)];
  const what = `a condition of type ${JSON.stringify(type)}`;
  if (now.length < before.length) errors.forbidden(path, `updates may not remove ${what}`);
  else if (now.length > before.length) {
    if (!mayAdd) errors.forbidden(path, `updates may not add ${what}`);
  } else if (!deepEqual(now, before)) errors.forbidden(path, `updates may not modify ${what}`);
}
