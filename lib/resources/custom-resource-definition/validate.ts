import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
} from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { dns1123Subdomain } from "../../api/names.ts";
import { checkOneOf } from "../rules.ts";
import { validateApproval } from "./validate-approval.ts";
import { validateConversion } from "./validate-conversion.ts";
import { validateNames, validateRequiredNames } from "./validate-names.ts";
import { validateVersions } from "./validate-versions.ts";

/** Checks a definition of a kind. */
export function validateDefinition(
  object: CustomResourceDefinition,
  errors: FieldErrors,
  old?: CustomResourceDefinition,
): void {
  validateDefinitionSpec(object, errors, old);
  validateApproval(object, errors);
  if (object.spec?.preserveUnknownFields)
    errors.invalid(
      "spec.preserveUnknownFields",
      true,
      "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
    );
}

function validateDefinitionSpec(
  object: CustomResourceDefinition,
  errors: FieldErrors,
  old: CustomResourceDefinition | undefined,
): void {
  const spec = object.spec ?? {};
  const { names = {}, versions = [] } = spec;
  const name = object.metadata?.name ?? "";
  if (name !== `${names.plural ?? ""}.${spec.group ?? ""}`)
    errors.invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group');
  validateGroup(spec, "spec.group", errors);
  checkOneOf(spec.scope, ["Cluster", "Namespaced"], "spec.scope", errors);
  validateVersions(versions, "spec", errors, old?.spec?.versions);
  validateRequiredNames(names, "spec.names", errors);
  validateNames(names, "spec.names", errors);
  if (spec.conversion) validateConversion(spec.conversion, "spec.conversion", errors);
  validateDefinitionStatus(object, errors);
}

function validateGroup({ group }: CustomResourceDefinitionSpec, path: string, errors: FieldErrors): void {
  const messages = dns1123Subdomain(group ?? "");
  if (!group) errors.required(path);
  else if (messages.length > 0) errors.invalid(path, group, messages.join(","));
  else if (!group.includes(".")) errors.invalid(path, group, "should be a domain with at least one dot");
}

/** Checks what is known of a definition: versions in which objects may be stored are still there. */
export function validateDefinitionStatus({ spec, status }: CustomResourceDefinition, errors: FieldErrors): void {
  validateNames(status?.acceptedNames ?? {}, "status.acceptedNames", errors);
  const stored = status?.storedVersions ?? [];
  const path = "status.storedVersions";
  if (stored.length === 0) errors.invalid(path, stored, "must have at least one stored version");
  for (const [index, name] of stored.entries())
    if (!spec?.versions?.some((version) => version.name === name))
      errors.invalid(
        `${path}[${index}]`,
        name,
        `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
      );
}
