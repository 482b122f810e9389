import type { DeviceClaim, ResourceClaim } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import type { ResourceClaimTemplate } from "../../../gen/typernetes/resource/v1/resource_claim_template.ts";
import { FieldErrors } from "../../../lib/api/field-errors.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { AdmissionPluginFactory, AdmissionRequest } from "./admission.ts";
import { namespaceNamed } from "./webhooks/selectors.ts";

const label = "resource.kubernetes.io/admin-access";
const refusal = `admin access to devices requires the \`${label}: true\` label on the containing namespace`;

/** Devices that others use are looked after from labelled namespaces only. */
export const deviceAdminAccess: AdmissionPluginFactory = (context) => ({
  name: "DeviceAdminAccess",
  kinds: ["resourceclaims.resource.k8s.io", "resourceclaimtemplates.resource.k8s.io"],
  validate({ operation, info, subresource, object, namespace = "", name }) {
    if (operation !== "CREATE" || subresource || !object) return;
    const { devices, path } = wishOf(info.schema.kind, object);
    const index = devices?.requests?.findIndex(({ exactly }) => exactly?.adminAccess) ?? -1;
    if (index < 0 || namespaceNamed(context, namespace)?.metadata?.labels?.[label] === "true") return;
    const errors = new FieldErrors();
    errors.forbidden(`${path}.devices.requests[${index}].adminAccess`, refusal);
    const { group, kind } = info.schema;
    throw errors.toError({ group, kind, name });
  },
});

/** What a claim, or the claims of a template, ask for. */
function wishOf(
  kind: string,
  object: NonNullable<AdmissionRequest["object"]>,
): { devices?: DeviceClaim | undefined; path: string } {
  if (kind === "ResourceClaim") {
    const { spec }: ApiObject & ResourceClaim = object;
    return { devices: spec?.devices, path: "spec" };
  }
  const { spec }: ApiObject & ResourceClaimTemplate = object;
  return { devices: spec?.spec?.devices, path: "spec" };
}
