import type { CustomResourceDefinition } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import type { FieldErrors } from "../../api/field-errors.ts";

const annotation = "api-approved.kubernetes.io";
const path = `metadata.annotations[${annotation}]`;
const protectedGroup = /(^|\.)(k8s|kubernetes)\.io$/;
const mustHave = `protected groups must have approval annotation "${annotation}"`;
const reference = "see https://github.com/kubernetes/enhancements/pull/1111";

/** Groups of Kubernetes' own are defined only with an approval, or with a reason why there is none. */
export function validateApproval({ metadata, spec }: CustomResourceDefinition, errors: FieldErrors): void {
  if (!protectedGroup.test(spec?.group ?? "")) return;
  const approval = metadata?.annotations?.[annotation];
  if (!approval) errors.required(path, `${mustHave}, ${reference}`);
  else if (!approval.startsWith("unapproved") && !isUrl(approval))
    errors.invalid(
      path,
      approval,
      `${mustHave} with either a URL or a reason starting with "unapproved", ${reference}`,
    );
}

function isUrl(text: string): boolean {
  return URL.canParse(text) && new URL(text).host !== "";
}
