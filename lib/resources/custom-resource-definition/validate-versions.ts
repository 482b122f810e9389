import type { CustomResourceDefinitionVersion } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { deepEqual } from "../../api/deep.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { dns1035Label } from "../../api/names.ts";
import { validateSchema } from "../../structural/validate-schema.ts";
import { validatePrinterColumn } from "./validate-printer-column.ts";
import { validateScale } from "./validate-scale.ts";
import { validateSelectableFields } from "./validate-selectable-fields.ts";

type Version = CustomResourceDefinitionVersion;

const warningCharactersMax = 256;

/** Checks the versions of a kind; objects are stored in one of them. `before` are those that it had. */
export function validateVersions(
  versions: readonly Version[],
  path: string,
  errors: FieldErrors,
  before: readonly Version[] = [],
): void {
  const at = `${path}.versions`;
  for (const [index, version] of versions.entries()) {
    validateName(version, `${at}[${index}].name`, errors);
    validateWarning(version, `${at}[${index}].deprecationWarning`, errors);
    const same = before.find(({ name }) => name === version.name);
    const isKnown = same !== undefined && deepEqual(same.schema, version.schema);
    validateVersion(version, fieldPaths(versions, index, path), errors, isKnown);
  }
  if (new Set(versions.map(({ name }) => name)).size < versions.length)
    errors.invalid(at, versions, "must contain unique version names");
  if (versions.filter(({ storage }) => storage).length !== 1)
    errors.invalid(at, versions, "must have exactly one version marked as storage version");
}

/** What all versions have alike Kubernetes reports once, at the definition itself. */
function fieldPaths(versions: readonly Version[], index: number, path: string) {
  return (field: keyof Version): string => {
    const first = versions[0]?.[field];
    const isCommon = first !== undefined && versions.every((version) => deepEqual(version[field], first));
    return isCommon ? `${path}.${field === "schema" ? "validation" : field}` : `${path}.versions[${index}].${field}`;
  };
}

function validateName({ name = "" }: Version, path: string, errors: FieldErrors): void {
  const messages = dns1035Label(name);
  if (messages.length > 0) errors.invalid(path, name, messages.join(","));
}

function validateVersion(
  version: Version,
  pathOf: ReturnType<typeof fieldPaths>,
  errors: FieldErrors,
  isKnown: boolean,
): void {
  const schema = version.schema?.openAPIV3Schema;
  const at = `${pathOf("schema")}.openAPIV3Schema`;
  if (schema) validateSchema(schema, at, errors, isKnown);
  else errors.required(at, "schemas are required");
  const scale = version.subresources?.scale;
  if (scale) validateScale(scale, `${pathOf("subresources")}.scale`, errors);
  for (const [index, column] of (version.additionalPrinterColumns ?? []).entries())
    validatePrinterColumn(column, `${pathOf("additionalPrinterColumns")}[${index}]`, errors);
  const selectable = version.selectableFields ?? [];
  if (selectable.length > 0 && schema) validateSelectableFields(selectable, schema, pathOf("selectableFields"), errors);
}

function validateWarning(
  { deprecated, deprecationWarning: warning }: Version,
  path: string,
  errors: FieldErrors,
): void {
  if (warning === undefined) return;
  if (!deprecated) errors.invalid(path, warning, "can only be set for deprecated versions");
  if (warning === "") errors.invalid(path, warning, "cannot be empty string");
  if (warning.length > warningCharactersMax)
    errors.invalid(path, warning, `must be <= ${warningCharactersMax} characters long`);
  const index = warning.search(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u);
  if (index >= 0)
    errors.invalid(
      path,
      warning,
      `must only contain printable UTF-8 characters; non-printable character found at index ${index}`,
    );
}
