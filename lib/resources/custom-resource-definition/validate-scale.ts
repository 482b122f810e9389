import type { CustomResourceSubresourceScale } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { simplePathError } from "./simple-path.ts";

/** Checks where the scale of an object is. */
export function validateScale(scale: CustomResourceSubresourceScale, path: string, errors: FieldErrors): void {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  checkBelow(specReplicasPath, [".spec"], ".spec", `${path}.specReplicasPath`, errors);
  checkBelow(statusReplicasPath, [".status"], ".status", `${path}.statusReplicasPath`, errors);
  if (labelSelectorPath)
    checkBelow(labelSelectorPath, [".spec", ".status"], "either .spec or .status", `${path}.labelSelectorPath`, errors);
}

function checkBelow(
  value: string | undefined,
  roots: readonly string[],
  where: string,
  path: string,
  errors: FieldErrors,
): void {
  if (!value) {
    errors.required(path);
    return;
  }
  const message = simplePathError(value);
  if (message) errors.invalid(path, value, message);
  else if (!roots.some((root) => value.startsWith(`${root}.`)))
    errors.invalid(path, value, `should be a json path under ${where}`);
}
