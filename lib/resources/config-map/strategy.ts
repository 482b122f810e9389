import type { ConfigMap } from "../../../gen/typernetes/core/v1/config_map.ts";
import { base64ByteLength } from "../../api/base64.ts";
import { deepEqual } from "../../api/deep.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { configMapKey } from "../../api/names.ts";
import { utf8Length } from "../../api/utf8-length.ts";
import { ageColumn, countColumn } from "../columns.ts";
import { contentBytesMax, immutableWhenSet } from "../contents.ts";
import { checkName } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";

/** How configuration maps behave. */
export const configMap: Strategy<ConfigMap> = {
  schema: schemaOf("", "v1", "configmaps"),
  validate,
  validateUpdate,
  hasGeneration: false,
  selectableFields: {},
  columns: [countColumn("Data", "How many keys the map has.", keyCount), ageColumn],
};

function keyCount({ data, binaryData }: ConfigMap): number {
  return Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length;
}

function validate({ data = {}, binaryData = {} }: ConfigMap, errors: FieldErrors): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(data)) {
    checkName(configMapKey, key, `data[${key}]`, errors);
    if (Object.hasOwn(binaryData, key)) errors.invalid(`data[${key}]`, key, "duplicate of key present in binaryData");
    bytes += utf8Length(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    checkName(configMapKey, key, `binaryData[${key}]`, errors);
    bytes += base64ByteLength(value);
  }
  if (bytes > contentBytesMax) errors.tooLong("", contentBytesMax);
}

function validateUpdate(object: ConfigMap, old: ConfigMap, errors: FieldErrors): void {
  if (!old.immutable) return;
  if (!object.immutable) errors.forbidden("immutable", immutableWhenSet);
  if (!deepEqual(object.data ?? {}, old.data ?? {})) errors.forbidden("data", immutableWhenSet);
  if (!deepEqual(object.binaryData ?? {}, old.binaryData ?? {})) errors.forbidden("binaryData", immutableWhenSet);
}
