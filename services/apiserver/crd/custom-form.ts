import type { ObjectMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import { type Decoded, decode, type FieldValidation } from "../../../lib/api/decode.ts";
import { isTooDeep } from "../../../lib/api/nesting.ts";
import { normalise } from "../../../lib/api/normalise.ts";
import { isRecord, type JsonRecord } from "../../../lib/api/records.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { applyDefaults } from "../../../lib/structural/defaults.ts";
import { prune } from "../../../lib/structural/prune.ts";
import { shapeOfSchema } from "../../../lib/structural/shape-of-schema.ts";
import type { StructuralSchema } from "../../../lib/structural/structural-schema.ts";
import { badRequest } from "../errors.ts";
import type { ObjectForm } from "../object-form.ts";

const metadataMessage = "meta.v1.ObjectMeta";
const unknownFieldsMax = 100;

/** The form of objects that a definition's schema describes. */
export function customForm(schema: StructuralSchema): ObjectForm {
  return {
    message: undefined,
    shape: shapeOfSchema(schema),
    decode: (json, validation = "Strict", foundInText = []) => decodeCustom(schema, json, validation, foundInText),
    normalise(object) {
      object.metadata ??= {};
      normalise(metadataMessage, object.metadata);
      complete(schema, object);
    },
  };
}

/** Prunes and completes an object by the schema, in place: when it comes in, and whenever it is read. */
export function complete(schema: StructuralSchema, object: ApiObject): void {
  const record = object as JsonRecord;
  prune(record, schema);
  applyDefaults(record, schema);
}

function decodeCustom(
  schema: StructuralSchema,
  json: unknown,
  validation: FieldValidation,
  foundInText: readonly string[],
): Decoded<ApiObject> {
  if (!isRecord(json)) throw badRequest("error decoding object: it is no JSON object");
  if (isTooDeep(json)) throw badRequest("error decoding object: exceeded max depth");
  const { apiVersion, kind, metadata, ...content } = clonePlain(json);
  const faults = [...foundInText];
  const object = { ...textOf({ apiVersion, kind }), metadata: readMetadata(metadata, validation, faults), ...content };
  prune(object, schema, (path) => {
    if (faults.length < unknownFieldsMax) faults.push(`unknown field "${path}"`);
  });
  applyDefaults(object, schema);
  const warnings = validation === "Ignore" ? [] : faults;
  if (validation === "Strict" && warnings.length > 0) throw badRequest(`strict decoding error: ${warnings.join(", ")}`);
  return { object, warnings };
}

/** @throws StatusError `BadRequest` when they are no text. */
function textOf(fields: { apiVersion: unknown; kind: unknown }): { apiVersion?: string; kind?: string } {
  const texts: { apiVersion?: string; kind?: string } = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    if (typeof value !== "string") throw badRequest(`error decoding object: ${name} is no string`);
    Object.assign(texts, { [name]: value });
  }
  return texts;
}

/** Metadata is the same for all kinds: its unknown fields are dropped, and reported as others are. */
function readMetadata(metadata: unknown, validation: FieldValidation, faults: string[]): ObjectMeta {
  if (metadata === undefined || metadata === null) return {};
  const lenient = validation === "Ignore" ? "Ignore" : "Warn";
  try {
    const { object, warnings } = decode<ObjectMeta>(metadataMessage, metadata, lenient);
    faults.push(...warnings.map((warning) => warning.replace(/^unknown field "/, 'unknown field "metadata.')));
    return object;
  } catch (error) {
    if (!isStatusError(error, "BadRequest")) throw error;
    const detail = error.message.replace(/^.*?cannot be handled as a \w+: /, "");
    throw badRequest(`error decoding object: metadata: ${detail}`);
  }
}
