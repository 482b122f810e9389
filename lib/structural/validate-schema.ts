import type {
  JSONSchemaProps,
  ValidationRule,
} from "../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { decode } from "../api/decode.ts";
import { deepEqual } from "../api/deep.ts";
import { FieldErrors } from "../api/field-errors.ts";
import { isRecord, type JsonRecord } from "../api/records.ts";
import { clonePlain } from "../base/plain-data.ts";
import { StatusError } from "../base/status-error.ts";
import { compilePattern } from "../cel/pattern.ts";
import { prune } from "./prune.ts";
import { checkRuleCosts } from "./rule-costs.ts";
import { rulesOf } from "./rules.ts";
import { type StructuralSchema, structuralSchema } from "./structural-schema.ts";
import { validateCombinations } from "./validate-combinations.ts";
import { validateValue } from "./validate-value.ts";

const types = ["array", "boolean", "integer", "number", "object", "string"];
const unsupported = [
  "$ref",
  "$schema",
  "id",
  "definitions",
  "dependencies",
  "additionalItems",
  "patternProperties",
] as const;
const reasons = ["FieldValueRequired", "FieldValueForbidden", "FieldValueInvalid", "FieldValueDuplicate"];

/**
 * Checks the schema of a version: that it is structural, its defaults, its patterns, and its rules in CEL. Those of one that
 * is known already may stay, whatever they cost.
 */
export function validateSchema(schema: JSONSchemaProps, path: string, errors: FieldErrors, isKnown = false): void {
  const own = new FieldErrors();
  if (schema.nullable) own.forbidden(`${path}.nullable`, "nullable cannot be true at the root");
  if (!schema.type) own.required(`${path}.type`, "must not be empty at the root");
  else if (schema.type !== "object") own.invalid(`${path}.type`, schema.type, "must be object at the root");
  validateNode(schema, path, own);
  validateMetadata(schema, path, own);
  errors.include(own);
  // What is not structural has no types that rules and defaults could be held against.
  if (own.count > 0) return;
  validateRules(schema, path, errors, isKnown);
}

function validateNode(schema: JSONSchemaProps, path: string, errors: FieldErrors): void {
  for (const field of unsupported)
    if (isSet(schema[field])) errors.forbidden(`${path}.${field}`, `${field} is not supported`);
  if (schema.uniqueItems)
    errors.forbidden(
      `${path}.uniqueItems`,
      "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
    );
  validateType(schema, path, errors);
  validatePattern(schema, path, errors);
  validateExtensions(schema, path, errors);
  validateCombinations(schema, path, errors);
  validateDefault(schema, path, errors);
  validateChildren(schema, path, errors);
}

function isSet(value: unknown): boolean {
  return typeof value === "object" && value !== null
    ? Object.keys(value).length > 0
    : value !== undefined && value !== "";
}

function validateType({ type }: JSONSchemaProps, path: string, errors: FieldErrors): void {
  if (type === "null") errors.forbidden(`${path}.type`, "type cannot be set to null, use nullable as an alternative");
  else if (type && !types.includes(type)) errors.notSupported(`${path}.type`, type, types);
}

function validatePattern({ pattern }: JSONSchemaProps, path: string, errors: FieldErrors): void {
  if (!pattern) return;
  try {
    compilePattern(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    errors.invalid(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${reason}`);
  }
}

function validateExtensions(schema: JSONSchemaProps, path: string, errors: FieldErrors): void {
  const { type } = schema;
  if (schema["x-kubernetes-preserve-unknown-fields"] === false)
    errors.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined");
  if (schema["x-kubernetes-embedded-resource"]) {
    if (type !== "object")
      errors.invalid(`${path}.type`, type ?? "", "must be object if x-kubernetes-embedded-resource is true");
    if (!schema.properties && !schema["x-kubernetes-preserve-unknown-fields"])
      errors.required(
        `${path}.properties`,
        "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
      );
  }
  if (schema["x-kubernetes-int-or-string"] && type)
    errors.invalid(`${path}.type`, type, "must be empty if x-kubernetes-int-or-string is true");
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType !== undefined) {
    if (type !== "object")
      errors.invalid(`${path}.type`, type ?? "", "must be object if x-kubernetes-map-type is specified");
    if (mapType !== "granular" && mapType !== "atomic")
      errors.notSupported(`${path}.x-kubernetes-map-type`, mapType, ["granular", "atomic"]);
  }
  validateListType(schema, path, errors);
}

function validateListType(schema: JSONSchemaProps, path: string, errors: FieldErrors): void {
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (listType === undefined) {
    if (keys.length > 0)
      errors.required(`${path}.x-kubernetes-list-type`, "must be map if x-kubernetes-list-map-keys is non-empty");
    return;
  }
  if (schema.type !== "array")
    errors.invalid(`${path}.type`, schema.type ?? "", "must be array if x-kubernetes-list-type is specified");
  if (!["atomic", "set", "map"].includes(listType))
    errors.notSupported(`${path}.x-kubernetes-list-type`, listType, ["atomic", "map", "set"]);
  if (listType !== "map") {
    if (keys.length > 0)
      errors.forbidden(`${path}.x-kubernetes-list-map-keys`, "must only be set if x-kubernetes-list-type is map");
    return;
  }
  validateMapKeys(schema, keys, path, errors);
}

function validateMapKeys(schema: JSONSchemaProps, keys: readonly string[], path: string, errors: FieldErrors): void {
  if (keys.length === 0)
    errors.required(`${path}.x-kubernetes-list-map-keys`, "must not be empty if x-kubernetes-list-type is map");
  const items: JSONSchemaProps = isRecord(schema.items) ? schema.items : {};
  if (items.type !== "object")
    errors.invalid(
      `${path}.items.type`,
      items.type ?? "",
      "must be object if parent array's x-kubernetes-list-type is map",
    );
  for (const [index, key] of keys.entries()) {
    const property = items.properties?.[key];
    const at = `${path}.items.properties[${key}]`;
    if (keys.indexOf(key) < index)
      errors.invalid(`${path}.x-kubernetes-list-map-keys`, keys, "must not contain duplicate entries");
    if (property?.type === "array" || property?.type === "object")
      errors.invalid(
        `${at}.type`,
        property.type,
        "must be a scalar type if parent array's x-kubernetes-list-type is map",
      );
    if (!property)
      errors.invalid(`${path}.x-kubernetes-list-map-keys`, keys, "entries must all be names of item properties");
    else if (property.default === undefined && !items.required?.includes(key))
      errors.required(
        `${at}.default`,
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
      );
    if (property?.nullable)
      errors.forbidden(`${at}.nullable`, "this property is in x-kubernetes-list-map-keys, so it cannot be nullable");
  }
}

/** A default has the form that it would have when it is stored. */
function validateDefault(schema: JSONSchemaProps, path: string, errors: FieldErrors): void {
  if (schema.default === undefined) return;
  const at = `${path}.default`;
  const structure = structuralSchema(schema);
  if (isRecord(schema.default)) {
    const pruned: JsonRecord = clonePlain(schema.default);
    prune(pruned, structure);
    if (!deepEqual(pruned, schema.default)) {
      errors.invalid(at, schema.default, "must not have unknown fields");
      return;
    }
  }
  if (schema.default === null && !schema.nullable) {
    errors.invalid(at, null, "must not be null where null is not allowed");
    return;
  }
  const faults = new FieldErrors();
  validateValue(schema, schema.default, at, faults);
  errors.include(faults);
}

function validateChildren(schema: JSONSchemaProps, path: string, errors: FieldErrors): void {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const at = `${path}.properties[${name}]`;
    requireType(property, at, "must not be empty for specified object fields", errors);
    validateNode(property, at, errors);
  }
  const additional = readInner(schema.additionalProperties, `${path}.additionalProperties`, errors);
  const items = Array.isArray(schema.items) ? schema.items : readInner(schema.items, `${path}.items`, errors);
  if (additional === false)
    errors.forbidden(`${path}.additionalProperties`, "additionalProperties cannot be set to false");
  if (additional !== undefined && additional !== false && schema.properties)
    errors.forbidden(`${path}.additionalProperties`, "additionalProperties and properties are mutual exclusive");
  if (typeof additional === "object") {
    const at = `${path}.additionalProperties`;
    requireType(additional, at, "must not be empty for specified object fields", errors);
    validateNode(additional, at, errors);
  }
  if (Array.isArray(items)) errors.forbidden(`${path}.items`, "items must be a schema object and not an array");
  else if (typeof items === "object") {
    requireType(items, `${path}.items`, "must not be empty for specified array items", errors);
    validateNode(items, `${path}.items`, errors);
  } else if (schema.type === "array") errors.required(`${path}.items`, "must be specified");
}

/** A schema where a value without type stands, as those of elements do. */
function readInner(value: unknown, path: string, errors: FieldErrors): JSONSchemaProps | boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  try {
    return decode<JSONSchemaProps>("apiextensions.v1.JSONSchemaProps", value, "Ignore").object;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    errors.typeInvalid(path, value, "must be a schema object");
    return undefined;
  }
}

function requireType(schema: JSONSchemaProps, path: string, message: string, errors: FieldErrors): void {
  const isFree = schema["x-kubernetes-int-or-string"] || schema["x-kubernetes-preserve-unknown-fields"];
  if (!schema.type && !isFree) errors.required(`${path}.type`, message);
}

/** Of metadata, only names may have rules of their own. */
function validateMetadata({ properties = {} }: JSONSchemaProps, path: string, errors: FieldErrors): void {
  const { metadata } = properties;
  if (!metadata) return;
  const at = `${path}.properties[metadata]`;
  if (metadata.type !== "object") errors.invalid(`${at}.type`, metadata.type ?? "", "must be object");
  const others = Object.keys(metadata.properties ?? {}).filter((name) => name !== "name" && name !== "generateName");
  if (others.length > 0 || metadata.additionalProperties !== undefined || metadata.required?.length)
    errors.forbidden(
      at,
      "must not specify anything other than name and generateName, but metadata is implicitly specified",
    );
}

function validateRules(schema: JSONSchemaProps, path: string, errors: FieldErrors, isKnown: boolean): void {
  const structure = structuralSchema(schema);
  if (!structure.rulesBelow) return;
  const places = new Map<JSONSchemaProps, string>();
  notePlaces(schema, path, places, errors);
  const placeOf = ({ source }: StructuralSchema) => places.get(source) ?? path;
  const rules = rulesOf(structure);
  if (!isKnown) checkRuleCosts(structure, rules, placeOf, errors);
  for (const { schema: node, index, field, error } of rules.faults) {
    const rule = node.source["x-kubernetes-validations"]?.[index];
    errors.invalid(`${placeOf(node)}.x-kubernetes-validations[${index}].${field}`, shown(rule, field), error.message);
  }
}

function shown(rule: ValidationRule | undefined, field: "rule" | "messageExpression"): unknown {
  return field === "rule" ? rule : rule?.messageExpression;
}

/** Where each node is; on the way, the rules' other fields are checked. */
function notePlaces(
  schema: JSONSchemaProps,
  path: string,
  places: Map<JSONSchemaProps, string>,
  errors: FieldErrors,
): void {
  places.set(schema, path);
  for (const [index, rule] of (schema["x-kubernetes-validations"] ?? []).entries())
    validateRule(rule, `${path}.x-kubernetes-validations[${index}]`, errors);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    notePlaces(property, `${path}.properties[${name}]`, places, errors);
  if (isRecord(schema.items)) notePlaces(schema.items, `${path}.items`, places, errors);
  if (isRecord(schema.additionalProperties))
    notePlaces(schema.additionalProperties, `${path}.additionalProperties`, places, errors);
}

function validateRule(rule: ValidationRule, path: string, errors: FieldErrors): void {
  const { message, messageExpression, reason, fieldPath, optionalOldSelf } = rule;
  if (!rule.rule?.trim()) errors.required(`${path}.rule`, "rule is not specified");
  if (message !== undefined && message !== "" && !message.trim())
    errors.invalid(`${path}.message`, message, "message must be non-empty if specified");
  else if (message && /[\r\n]/.test(message))
    errors.invalid(`${path}.message`, message, "message must not contain line breaks");
  else if (!message && rule.rule && /[\r\n]/.test(rule.rule.trim()))
    errors.required(`${path}.message`, "message must be specified if rule contains line breaks");
  if (messageExpression !== undefined && messageExpression !== "" && !messageExpression.trim())
    errors.required(`${path}.messageExpression`, "messageExpression must be non-empty if specified");
  if (reason !== undefined && !reasons.includes(reason)) errors.notSupported(`${path}.reason`, reason, reasons);
  if (fieldPath && !/^(\.[^.[\]]+|\[['"][^'"]+['"]\])+$/.test(fieldPath))
    errors.invalid(`${path}.fieldPath`, fieldPath, "must be a valid path to a field");
  if (optionalOldSelf !== undefined && !/\boldSelf\b/.test(rule.rule ?? ""))
    errors.invalid(`${path}.optionalOldSelf`, optionalOldSelf, "may not be set if oldSelf is not used in rule");
}
