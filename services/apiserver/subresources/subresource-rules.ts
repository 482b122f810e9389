import type { FieldErrors } from "../../../lib/api/field-errors.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { approval, certificateStatus } from "./certificate-approval.ts";
import { ephemeralContainers } from "./ephemeral-containers.ts";
import { resize } from "./resize.ts";

/** What an update of a subresource changes, and what it may not. */
export interface SubresourceRules {
  /** The object with what the subresource is of from `wanted`, and everything else from `old`, which is frozen. */
  take(wanted: ApiObject, old: ApiObject, now: string): ApiObject;
  validate(object: ApiObject, old: ApiObject, errors: FieldErrors): void;
}

const rules: Readonly<Record<string, SubresourceRules>> = {
  "pods/ephemeralcontainers": ephemeralContainers,
  "pods/resize": resize,
  "certificatesigningrequests.certificates.k8s.io/approval": approval,
  "certificatesigningrequests.certificates.k8s.io/status": certificateStatus,
};

/** The rules of a subresource that is more than a status; undefined when it has none of its own. */
export function subresourceRules(info: ResourceInfo, subresource: string | undefined): SubresourceRules | undefined {
  return subresource === undefined ? undefined : rules[`${info.groupResource}/${subresource}`];
}
