import type { Scale } from "../../../gen/typernetes/autoscaling/v1/scale.ts";
import type { PatchRequest } from "../../../gen/typernetes/meta/v1/requests.ts";
import { decode, type FieldValidation } from "../../../lib/api/decode.ts";
import { FieldErrors } from "../../../lib/api/field-errors.ts";
import { withHeldStructs } from "../../../lib/api/held-structs.ts";
import { applyJsonPatch } from "../../../lib/api/patch/json-patch.ts";
import { applyMergePatch } from "../../../lib/api/patch/merge-patch.ts";
import { applyStrategicMergePatch } from "../../../lib/api/patch/strategic-merge.ts";
import { isRecord } from "../../../lib/api/records.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import { isStatusError, StatusError } from "../../../lib/base/status-error.ts";
import type { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Caller, Core } from "../core.ts";
import { badRequest } from "../errors.ts";
import type { VersionForm } from "../object-form.ts";
import type { ObjectPath } from "../registry/object-store.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { subresourceRules } from "../subresources/subresource-rules.ts";
import { refuseOtherPlace } from "./applied-configuration.ts";
import { apply, applyScale } from "./apply.ts";
import { isDryRun } from "./dry-run.ts";
import { get } from "./get.ts";
import { objectPath } from "./object-path.ts";
import { refuseDeepPatch } from "./patch-depth.ts";
import { readPatched } from "./patched-object.ts";
import { changeScale } from "./scale.ts";
import { type ReplaceOptions, replaceObject, updateOwnership } from "./update.ts";

/** Patches larger than this are refused. */
const patchBytesMax = 3 * 1024 * 1024;
const applyType = "application/apply-patch+yaml";
const scaleMessage = "autoscaling.v1.Scale";
const unsupportedPatch = new StatusError(
  "UnsupportedMediaType",
  "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
);

/** Makes the patched form of an object of a message, or of a kind without a contract. */
type PatchOf = (message: string | undefined, target: object) => unknown;

/** Changes parts of an object, or of one of its subresources, starting again when somebody else wrote in between. */
export async function patch(
  core: Core,
  info: ResourceInfo,
  request: PatchRequest,
  caller: Caller,
  form?: VersionForm,
): Promise<EncodedMessage<ApiObject>> {
  const path = objectPath(info, request.namespace, request.name);
  const subresource = request.subresource || undefined;
  if (subresource && subresource !== "scale") refuseUnknown(info, subresource);
  refuseLarge(request);
  if (request.patchType === applyType) return applyPatch(core, path, request, caller, form);
  const patchOf = readPatch(request);
  const apiVersion = form?.apiVersion ?? info.apiVersion;
  const ownership = updateOwnership(caller, request.options, apiVersion, subresource, "PatchOptions");
  const options = { caller, dryRun: isDryRun(request.options), ownership };
  if (subresource === "scale") return patchScale(core, path, patchOf, options);
  const validation = fieldValidation(request.options?.fieldValidation);
  const expected = { form: (form ?? info).form, apiVersion, kind: info.schema.kind };
  const patched = (current: ApiObject) => {
    const object = readPatched(expected, patchOf(expected.form.message, current), validation);
    refuseOtherPlace(path, object.metadata ?? {});
    return object;
  };
  const replace = form ? (current: ApiObject) => patchForm(form, current, patched) : patched;
  return replaceObject(core, path, replace, { ...options, subresource, isPatch: true });
}

async function patchForm(
  form: VersionForm,
  current: ApiObject,
  patched: (shown: ApiObject) => ApiObject,
): Promise<ApiObject> {
  const shown = clonePlain(await form.show(current));
  const { apiVersion: _, ...object } = patched({ ...shown, apiVersion: form.apiVersion });
  return form.read(object, false, current);
}

function refuseUnknown(info: ResourceInfo, subresource: string): void {
  if (!info.schema.subresources.includes(subresource)) {
    throw new StatusError("NotFound", `${info.groupResource} have no subresource ${subresource}`);
  }
  if (subresource === "status" || subresourceRules(info, subresource)) return;
  throw new StatusError("MethodNotAllowed", `${info.groupResource}/${subresource} cannot be patched`);
}

/** Answers the object whose scale was changed. */
async function patchScale(
  core: Core,
  path: ObjectPath,
  patchOf: PatchOf,
  options: Omit<ReplaceOptions, "subresource">,
): Promise<EncodedMessage<ApiObject>> {
  await changeScale(core, path.info, path.namespace, path.name, options, (current) => {
    const { object } = decode<Scale>(scaleMessage, patchOf(scaleMessage, current));
    const { resourceVersion, uid } = object.metadata ?? {};
    return { replicas: object.spec?.replicas ?? 0, resourceVersion, uid };
  });
  return get(core, path.info, { namespace: path.namespace, name: path.name });
}

/** Server-side apply, of the object or of its scale. */
async function applyPatch(
  core: Core,
  path: ObjectPath,
  request: PatchRequest,
  caller: Caller,
  form: VersionForm | undefined,
): Promise<EncodedMessage<ApiObject>> {
  if (request.subresource !== "scale") return apply(core, path, request, caller, form);
  await applyScale(core, path, request, caller);
  return get(core, path.info, { namespace: path.namespace, name: path.name });
}

/** @throws StatusError `UnsupportedMediaType`, `BadRequest`; `Invalid` for what only an apply may be asked. */
function readPatch(request: PatchRequest): PatchOf {
  const body = parseBody(request);
  refuseDeepPatch(body);
  if (request.options?.force !== undefined) throw forceForbidden();
  switch (request.patchType) {
    case "application/json-patch+json":
      return (message, target) => jsonPatched(message ? withHeldStructs(target, message) : target, body);
    case "application/merge-patch+json":
      return (_, target) => mergePatched(target, body);
    case "application/strategic-merge-patch+json":
      return (message, target) => {
        if (message === undefined) throw unsupportedPatch;
        return strategicPatched(message, target, body);
      };
    default:
      throw new StatusError(
        "UnsupportedMediaType",
        `the patch type ${JSON.stringify(request.patchType ?? "")} is unknown`,
      );
  }
}

/** @throws StatusError `Invalid`, in the words that Kubernetes has for all patches that cannot be applied. */
function jsonPatched(target: object, body: unknown): unknown {
  try {
    return applyJsonPatch(target, body);
  } catch (error) {
    if (!isStatusError(error, "Invalid")) throw error;
    const message = "the server rejected our request due to an error in our request";
    throw new StatusError("Invalid", message, {}, { cause: error });
  }
}

function mergePatched(target: object, body: unknown): unknown {
  return body === null ? target : applyMergePatch(target, refuseNoObject(body, "error decoding patch: "));
}

/** The type of an object is not what a strategic patch can change. */
function strategicPatched(message: string, target: ApiObject, body: unknown): unknown {
  if (body === null) return target;
  const patched = applyStrategicMergePatch(message, target, refuseNoObject(body, ""));
  const { apiVersion, kind } = target;
  return kind ? { ...patched, apiVersion, kind } : patched;
}

/** @throws StatusError `BadRequest` */
function refuseNoObject(body: unknown, prefix: string): unknown {
  if (isRecord(body)) return body;
  const what = Array.isArray(body) ? "array" : typeof body === "boolean" ? "bool" : typeof body;
  throw badRequest(`${prefix}json: cannot unmarshal ${what} into Go value of type map[string]interface {}`);
}

function refuseLarge({ patch }: PatchRequest): void {
  if ((patch?.length ?? 0) <= patchBytesMax) return;
  throw new StatusError("RequestEntityTooLarge", `Request entity too large: limit is ${patchBytesMax}`);
}

function parseBody({ patch: bytes = new Uint8Array() }: PatchRequest): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    throw badRequest(`error decoding patch: ${fault.replace(/^Unexpected end/, "unexpected end")}`);
  }
}

function forceForbidden(): unknown {
  const errors = new FieldErrors();
  errors.forbidden("force", "may not be specified for non-apply patch");
  return errors.toError({ group: "meta.k8s.io", kind: "PatchOptions", name: "" });
}

/** What is done about unknown fields; `Warn` when a patch does not say, as in Kubernetes. */
function fieldValidation(text: string | undefined): FieldValidation {
  if (!text) return "Warn";
  if (text === "Strict" || text === "Warn" || text === "Ignore") return text;
  throw badRequest(`fieldValidation: Unsupported value: ${JSON.stringify(text)}`);
}
