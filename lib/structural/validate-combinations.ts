import type { JSONSchemaProps } from "../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import type { FieldErrors } from "../api/field-errors.ts";
import { isRecord } from "../api/records.ts";

/** What says of which type a value is, or what it means, is said outside of `allOf`, `anyOf`, `oneOf` and `not`. */
const structural: readonly (readonly [field: keyof JSONSchemaProps, message: string])[] = [
  ["type", "must be empty to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["default", "must be undefined to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
];

/** Checks that combinations of a node only narrow down what the node says. */
export function validateCombinations(schema: JSONSchemaProps, path: string, errors: FieldErrors): void {
  for (const field of ["allOf", "anyOf", "oneOf"] as const)
    for (const [index, part] of (schema[field] ?? []).entries()) {
      const name = `${field}[${index}]`;
      validatePart(part, schema, { path, name }, schema["x-kubernetes-int-or-string"] === true, errors);
    }
  if (schema.not) validatePart(schema.not, schema, { path, name: "not" }, false, errors);
}

interface Place {
  /** Of the node that is narrowed down. */
  readonly path: string;
  /** Of the part, from there on. */
  readonly name: string;
}

function validatePart(
  part: JSONSchemaProps,
  node: JSONSchemaProps | undefined,
  place: Place,
  mayHaveType: boolean,
  errors: FieldErrors,
): void {
  const at = `${place.path}.${place.name}`;
  for (const [field, message] of structural) {
    const value = part[field];
    if (value === undefined || value === false || value === "" || (Array.isArray(value) && value.length === 0))
      continue;
    // The two types of what is a number or a text may be named.
    if (field === "type" && mayHaveType && (value === "integer" || value === "string")) continue;
    errors.forbidden(`${at}.${String(field)}`, message);
  }
  for (const [name, property] of Object.entries(part.properties ?? {})) {
    const whole = node?.properties?.[name];
    if (!whole && !isRecord(node?.additionalProperties))
      errors.required(`${place.path}.properties[${name}]`, `because it is defined in ${at}.properties[${name}]`);
    else
      validatePart(
        property,
        whole,
        { path: place.path, name: `${place.name}.properties[${name}]` },
        whole?.["x-kubernetes-int-or-string"] === true,
        errors,
      );
  }
  if (isRecord(part.items)) {
    const whole: JSONSchemaProps | undefined = isRecord(node?.items) ? node.items : undefined;
    if (!whole) errors.required(`${place.path}.items`, `because it is defined in ${at}.items`);
    else validatePart(part.items, whole, { path: place.path, name: `${place.name}.items` }, false, errors);
  }
  for (const field of ["allOf", "anyOf", "oneOf"] as const)
    for (const [index, inner] of (part[field] ?? []).entries())
      validatePart(inner, node, { path: place.path, name: `${place.name}.${field}[${index}]` }, mayHaveType, errors);
  if (part.not) validatePart(part.not, node, { path: place.path, name: `${place.name}.not` }, false, errors);
}
