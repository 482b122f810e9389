import type { CustomResourceDefinition } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { isConditionTrue } from "../../api/conditions.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateImmutable } from "../../api/object-meta.ts";

/** Checks what an update does: where objects are stored never changes, nor what they are once they are served. */
export function validateDefinitionUpdate(
  { spec = {} }: CustomResourceDefinition,
  old: CustomResourceDefinition,
  errors: FieldErrors,
): void {
  const before = old.spec ?? {};
  if (isConditionTrue(old.status?.conditions, "Established")) {
    validateImmutable(spec.scope, before.scope, "spec.scope", errors);
    validateImmutable(spec.names?.kind, before.names?.kind, "spec.names.kind", errors);
  }
  validateImmutable(spec.group, before.group, "spec.group", errors);
  validateImmutable(spec.names?.plural, before.names?.plural, "spec.names.plural", errors);
}
