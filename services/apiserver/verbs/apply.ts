import type { PatchRequest } from "../../../gen/typernetes/meta/v1/requests.ts";
import { untypedRecord } from "../../../lib/api/managed-fields/compare.ts";
import { fieldsOf } from "../../../lib/api/managed-fields/fields-of.ts";
import type { Shape } from "../../../lib/api/managed-fields/shape.ts";
import { shapeOfMessage } from "../../../lib/api/managed-fields/shape-of-message.ts";
import { isRecord, type JsonRecord } from "../../../lib/api/records.ts";
import { isStatusError, StatusError } from "../../../lib/base/status-error.ts";
import type { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { authorise } from "../auth/authorise.ts";
import type { Caller, Core } from "../core.ts";
import { badRequest, conflict } from "../errors.ts";
import { writerOf } from "../field-ownership.ts";
import type { VersionForm } from "../object-form.ts";
import type { ObjectPath } from "../registry/object-store.ts";
import { attributesOf } from "../request-attributes.ts";
import { formatTime } from "../time.ts";
import { checkPlace, checkType, kindText, readConfiguration } from "./applied-configuration.ts";
import { type AppliedConfiguration, applyToObject } from "./apply-to-object.ts";
import { createNamed } from "./create.ts";
import { isDryRun } from "./dry-run.ts";
import { replaceObject } from "./update.ts";

/** How often an object that comes and goes meanwhile is applied to again. */
const attemptsMax = 5;
const scaleVersion = "autoscaling/v1";

const created = new WeakSet<object>();

/** Whether an answer is that of an apply that has made its object. */
export function wasCreated(answer: object): boolean {
  return created.has(answer);
}

/** Hands on to another answer whether the object was made. */
export function keepCreated<T extends object>(answer: object, next: T): T {
  if (created.has(answer)) created.add(next);
  return next;
}

interface Apply extends AppliedConfiguration {
  readonly core: Core;
  readonly path: ObjectPath;
  readonly caller: Caller;
  readonly dryRun: boolean;
}

/**
 * Server-side apply: the object becomes as the configuration says, and its manager owns what the configuration sets. Makes
 * the object when there is none.
 * @throws StatusError `Conflict` when fields belong to other managers; `BadRequest`, `Invalid`.
 */
export async function apply(
  core: Core,
  path: ObjectPath,
  request: PatchRequest,
  caller: Caller,
  version?: VersionForm,
): Promise<EncodedMessage<ApiObject>> {
  const { info } = path;
  const apiVersion = version?.apiVersion ?? info.apiVersion;
  const options = readOptions(request, caller, apiVersion);
  const applied = await readConfiguration(request);
  checkType(applied, apiVersion, info.schema.kind);
  const fields = typedFields(path, applied, (version ?? info).form.shape ?? untypedRecord);
  checkPlace(path, applied);
  const work: Apply = { core, info, path, caller, version, applied, fields, ...options };
  return work.subresource ? change(work) : createOrChange(work);
}

/** As `apply`, of a scale: its replicas are those of the object itself. */
export async function applyScale(core: Core, path: ObjectPath, request: PatchRequest, caller: Caller): Promise<void> {
  const { info } = path;
  const { scale: rules } = info.strategy;
  if (!rules) throw new StatusError("NotFound", `${info.groupResource} have no scale`);
  const options = readOptions(request, caller, info.apiVersion);
  const scale = await readConfiguration(request);
  checkType(scale, scaleVersion, "Scale");
  typedFields(path, scale, shapeOfMessage("autoscaling.v1.Scale"));
  checkPlace(path, scale);
  const replicas = isRecord(scale.spec) ? scale.spec.replicas : undefined;
  if (typeof replicas !== "number") throw badRequest("spec.replicas: Required value");
  const applied: ApiObject & { spec: object } = { spec: {} };
  rules.setReplicas(applied, replicas);
  const { fields } = fieldsOf(info.form.shape ?? untypedRecord, applied);
  const { uid, resourceVersion } = isRecord(scale.metadata) ? scale.metadata : {};
  const whole = { ...applied, metadata: { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) } };
  try {
    await change({ core, info, path, caller, version: undefined, applied: whole, fields, ...options });
  } catch (error) {
    throw isStatusError(error, "Conflict") ? inScaleVersion(error, info.apiVersion) : error;
  }
}

/** Others' fields are named as the scale shows them. */
function inScaleVersion(error: StatusError, apiVersion: string): StatusError {
  const renamed = (text = "") => text.replaceAll(` using ${apiVersion}`, ` using ${scaleVersion}`);
  const causes = error.details.causes?.map((cause) => ({ ...cause, message: renamed(cause.message) }));
  return new StatusError("Conflict", renamed(error.message), { ...error.details, ...(causes && { causes }) });
}

/** @throws StatusError `Invalid` without a manager. */
function readOptions({ options, subresource: asked }: PatchRequest, caller: Caller, apiVersion: string) {
  const subresource = asked || undefined;
  const manager = options?.fieldManager || "";
  const writing = { operation: "Apply", manager, apiVersion, subresource, optionsKind: "PatchOptions" } as const;
  return { subresource, writer: writerOf(caller, writing), force: options?.force ?? false, dryRun: isDryRun(options) };
}

function typedFields({ info, namespace = "", name }: ObjectPath, applied: JsonRecord, shape: Shape) {
  const { fields, faults } = fieldsOf(shape, applied);
  if (faults.length === 0) return fields;
  const what = `${namespace}/${name}; ${kindText(String(applied.apiVersion), info.schema.kind)}`;
  const text = faults.length === 1 ? faults[0] : ["errors:", ...faults.map((fault) => `  ${fault}`)].join("\n");
  throw badRequest(`failed to create typed patch object (${what}): ${text}`);
}

async function createOrChange(work: Apply): Promise<EncodedMessage<ApiObject>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await change(work);
    } catch (error) {
      if (!isAbout(work, error, "NotFound")) throw error;
    }
    try {
      return await create(work);
    } catch (error) {
      if (attempt === attemptsMax || !isStatusError(error, "AlreadyExists")) throw error;
    }
  }
}

/** What was not found may be something else than the object. */
function isAbout({ info, path }: Apply, error: unknown, reason: "NotFound"): boolean {
  if (!isStatusError(error, reason)) return false;
  const { name, kind, group } = error.details;
  return name === path.name && kind === info.schema.plural && group === info.schema.group;
}

async function create(work: Apply): Promise<EncodedMessage<ApiObject>> {
  const { core, path, caller, dryRun } = work;
  // Who may patch may not therefore create.
  await authorise(core, caller.identity, attributesOf(path.info.schema, "create", path));
  const object = await applyToObject(work, {}, formatTime(core.clock.now()));
  const { uid, resourceVersion } = object.metadata ?? {};
  if (uid) {
    const detail = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(path.info, path.name, detail);
  }
  if (resourceVersion) throw conflict(path.info, path.name);
  const answer = await createNamed(core, { ...path, object, caller, dryRun, ownership: "found" });
  created.add(answer);
  return answer;
}

function change(work: Apply): Promise<EncodedMessage<ApiObject>> {
  const { core, path, caller, subresource, dryRun } = work;
  const replace = (current: ApiObject) => applyToObject(work, current, formatTime(core.clock.now()));
  return replaceObject(core, path, replace, { caller, subresource, dryRun, ownership: "found", isPatch: true });
}
