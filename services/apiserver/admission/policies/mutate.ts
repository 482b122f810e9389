import { untypedRecord } from "../../../../lib/api/managed-fields/compare.ts";
import { fieldsOf } from "../../../../lib/api/managed-fields/fields-of.ts";
import type { Shape } from "../../../../lib/api/managed-fields/shape.ts";
import { shapeOfMessage } from "../../../../lib/api/managed-fields/shape-of-message.ts";
import { messageNamed } from "../../../../lib/api/message-of-kind.ts";
import { applyJsonPatch } from "../../../../lib/api/patch/json-patch.ts";
import { isRecord } from "../../../../lib/api/records.ts";
import { isStatusError, StatusError } from "../../../../lib/base/status-error.ts";
import { jsonOf } from "../../../../lib/cel/json-value.ts";
import { CelMessage } from "../../../../lib/cel/messages.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import { versionsOf } from "../../field-ownership.ts";
import type { AdmissionRequest } from "../admission.ts";
import type { AdmissionVersion } from "../webhooks/versions.ts";
import { applyOver } from "./apply-configuration.ts";
import type { PreparedMutation } from "./mutating-source.ts";
import { checkTypeNames, objectType } from "./patch-types.ts";

/**
 * What a mutation makes of an object, both as `version` shows it; `made` is what its expression has made.
 * @throws Error when that does not fit the object, StatusError when it makes no object of the kind.
 */
export function mutated(
  request: AdmissionRequest,
  version: AdmissionVersion,
  { patchType }: PreparedMutation,
  object: ApiObject,
  made: unknown,
): unknown {
  const live: ApiObject = JSON.parse(JSON.stringify(object));
  return patchType === "JSONPatch" ? patched(request, version, live, made) : applied(request, version, live, made);
}

function applied(request: AdmissionRequest, version: AdmissionVersion, live: ApiObject, made: unknown): unknown {
  if (!(made instanceof CelMessage))
    throw new Error("unsupported return type from ApplyConfiguration expression: it is no Object");
  checkTypeNames(made, objectType);
  const configuration = jsonOf(made);
  if (!isRecord(configuration)) return live;
  try {
    return applyOver(shapeIn(request, version), live, {
      ...configuration,
      apiVersion: live.apiVersion,
      kind: live.kind,
    });
  } catch (error) {
    throw new Error(`error applying patch: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function patched(request: AdmissionRequest, version: AdmissionVersion, live: ApiObject, made: unknown): unknown {
  let result: unknown;
  try {
    result = applyJsonPatch(live, operationsOf(made));
  } catch (error) {
    // A test that fails is no fault: the patch was not meant for this object.
    if (isStatusError(error, "Invalid") && error.message.endsWith(": test failed")) return live;
    if (isStatusError(error)) throw new Error(`JSONPath: ${error.message}`, { cause: error });
    throw error;
  }
  if (isRecord(result)) refuseUnknown(shapeIn(request, version), live, result);
  return result;
}

function operationsOf(made: unknown): unknown[] {
  if (!Array.isArray(made)) throw new Error("type mismatch: JSONPatchType.expression should evaluate to array");
  return made.map((operation) => {
    if (!(operation instanceof CelMessage) || operation.typeName !== "JSONPatch")
      throw new Error("type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch");
    const value = operation.get("value");
    if (value instanceof CelMessage) checkTypeNames(value, value.typeName);
    return jsonOf(operation);
  });
}

/** Fields that a patch makes up. What is unknown where a schema says so is dropped, as ever. */
function refuseUnknown(shape: Shape, live: object, result: object): void {
  const before = new Set(fieldsOf(shape, live).faults);
  const unknown = fieldsOf(shape, result).faults.filter(
    (fault) => fault.endsWith(": field not declared in schema") && !before.has(fault),
  );
  if (unknown.length === 0) return;
  const names = unknown.map((fault) => `unknown field ${JSON.stringify(fault.slice(1, fault.lastIndexOf(": field")))}`);
  throw new StatusError("InternalError", `Internal error occurred: strict decoding error: ${names.join(", ")}`);
}

/** How objects of a version are taken apart. */
function shapeIn({ info, part }: AdmissionRequest, { kind }: AdmissionVersion): Shape {
  if (part) return part.form.shape ?? untypedRecord;
  const apiVersion = kind.group ? `${kind.group}/${kind.version}` : kind.version;
  if (kind.kind === info.schema.kind) return versionsOf(info)(apiVersion)?.shape ?? untypedRecord;
  const message = messageNamed(kind.group, kind.version, kind.kind);
  return message === undefined ? untypedRecord : shapeOfMessage(message);
}
