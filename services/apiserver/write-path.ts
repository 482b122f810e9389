import { randomUUID } from "node:crypto";
import type { ObjectMeta, OwnerReference } from "../../gen/typernetes/meta/v1/object_meta.ts";
import { deepEqual } from "../../lib/api/deep.ts";
import { FieldErrors } from "../../lib/api/field-errors.ts";
import { inheritObjectMeta, validateObjectMeta, validateObjectMetaUpdate } from "../../lib/api/object-meta.ts";
import type { ApiObject } from "../../lib/resources/strategy.ts";
import type { AdmissionRequest } from "./admission/admission.ts";
import { AdmittedWrite } from "./admission/admitted-write.ts";
import { admit, validateAdmission } from "./admission/run-admission.ts";
import type { Caller, Core } from "./core.ts";
import { badRequest } from "./errors.ts";
import { type FieldOwnership, ownCreation, ownUpdate } from "./field-ownership.ts";
import { nameRuleOf } from "./name-rules.ts";
import type { ResourceInfo } from "./resource-info.ts";
import { subresourceRules } from "./subresources/subresource-rules.ts";
import { formatTime } from "./time.ts";

/** A write on its way to the store. */
export interface Write {
  info: ResourceInfo;
  subresource?: string | undefined;
  namespace: string | undefined;
  name: string;
  /** The caller's own copy, completed on the way. */
  object: ApiObject;
  /** What is replaced; frozen. */
  old?: ApiObject;
  caller: Caller;
  dryRun: boolean;
  /** Who sets the fields that change; absent: nobody does, as in the assignment of a pod. */
  ownership?: FieldOwnership | undefined;
}

/**
 * The way of a new object, stage by stage; what comes out is ready to be stored. Most go it without a pause, and promise
 * nothing then. @throws StatusError at once, or later.
 */
export function prepareCreate(core: Core, write: Write): Promise<void> | undefined {
  write.info.form.normalise(write.object);
  setSystemFields(core, write);
  write.info.strategy.defaults?.(write.object);
  const owned = ownCreation(write, formatTime(core.clock.now()));
  return owned ? owned.then(() => admitNew(core, write)) : admitNew(core, write);
}

function admitNew(core: Core, write: Write): Promise<void> | undefined {
  write.info.strategy.prepareForCreate?.(write.object);
  const request = admissionRequest("CREATE", write);
  const admitted = admit(core.admission, request);
  return admitted ? admitted.then(() => judgeNew(core, write, request)) : judgeNew(core, write, request);
}

function judgeNew(core: Core, write: Write, request: AdmissionRequest): Promise<void> | undefined {
  write.info.form.normalise(write.object);
  validateNew(write);
  return validateAdmission(core.admission, request) ?? undefined;
}

/** The way of an object that replaces `write.old`, stage by stage. */
export async function prepareUpdate(core: Core, write: Write): Promise<void> {
  const { form } = write.info;
  form.normalise(write.object);
  const givenOwners = write.object.metadata?.managedFields;
  keepSystemFields(write);
  write.info.strategy.defaults?.(write.object);
  prepareByStrategy(core, write);
  raiseGeneration(write);
  await ownUpdate(write, givenOwners, formatTime(core.clock.now()));
  const request = admissionRequest("UPDATE", write);
  // A binding was admitted as what it is.
  const plugins = write.subresource === "binding" ? [] : core.admission;
  await admit(plugins, request);
  form.normalise(write.object);
  validateChanged(write);
  await validateAdmission(plugins, request);
}

/** A deletion as admission sees it. */
export async function admitDelete(core: Core, write: Omit<Write, "object">): Promise<void> {
  const request = new AdmittedWrite("DELETE", write, undefined, undefined);
  await admit(core.admission, request);
  await validateAdmission(core.admission, request);
}

/** Sets what all objects of a kind have alike. @throws StatusError `BadRequest` when the object is of another kind. */
function setTypeMeta(info: ResourceInfo, object: ApiObject): void {
  const { apiVersion } = info;
  const { kind } = info.schema;
  if (object.apiVersion && object.apiVersion !== apiVersion) {
    const both = `(${object.apiVersion}) does not match the expected API version (${apiVersion})`;
    throw badRequest(`the API version in the data ${both}`);
  }
  if (object.kind && object.kind !== kind) {
    throw badRequest(`the kind in the data (${object.kind}) does not match the expected kind (${kind})`);
  }
  object.apiVersion = apiVersion;
  object.kind = kind;
}

/** What a new object does not bring along. */
const setByServer = ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"] as const;

function ownerKey({ apiVersion, kind, name, uid, controller, blockOwnerDeletion }: OwnerReference): string {
  return JSON.stringify([apiVersion, kind, name, uid, controller ?? null, blockOwnerDeletion ?? null]);
}

/** Owners that are named twice in the same words are one. */
function dropRepeatedOwners(metadata: ObjectMeta): void {
  const { ownerReferences: owners } = metadata;
  if (!owners || owners.length < 2) return;
  const distinct = new Map(owners.map((owner) => [ownerKey(owner), owner]));
  if (distinct.size < owners.length) metadata.ownerReferences = [...distinct.values()];
}

function setSystemFields(core: Core, { info, object, namespace, name }: Write): void {
  setTypeMeta(info, object);
  object.metadata ??= {};
  const { metadata } = object;
  metadata.name = name;
  dropRepeatedOwners(metadata);
  for (const field of setByServer) if (metadata[field] !== undefined) delete metadata[field];
  if (info.schema.namespaced) metadata.namespace = namespace;
  else if (metadata.namespace !== undefined) delete metadata.namespace;
  metadata.uid = randomUUID();
  metadata.creationTimestamp = formatTime(core.clock.now());
  if (info.strategy.hasGeneration) metadata.generation = 1;
  else if (metadata.generation !== undefined) delete metadata.generation;
}

function keepSystemFields({ info, object, old, namespace, name }: Write): void {
  setTypeMeta(info, object);
  const before = old?.metadata ?? {};
  const metadata = { ...object.metadata, name: object.metadata?.name || name };
  if (info.schema.namespaced) metadata.namespace ||= namespace;
  delete metadata.selfLink;
  inheritObjectMeta(metadata, before);
  metadata.resourceVersion ||= before.resourceVersion;
  metadata.generateName ??= before.generateName;
  if (before.generation === undefined) delete metadata.generation;
  else metadata.generation = before.generation;
  dropRepeatedOwners(metadata);
  object.metadata = metadata;
}

function prepareByStrategy(core: Core, write: Write): void {
  const { info, object, old, subresource } = write;
  const { strategy } = info;
  if (!old) return;
  const rules = subresourceRules(info, subresource);
  if (rules) write.object = rules.take(object, old, formatTime(core.clock.now()));
  else if (subresource === "status") strategy.prepareForStatusUpdate?.(object, old, formatTime(core.clock.now()));
  else if (!subresource) strategy.prepareForUpdate?.(object, old);
}

/** The generation counts changes of everything but metadata and status. */
function raiseGeneration({ info, object, old, subresource }: Write): void {
  if (!info.strategy.hasGeneration || !changesSpecification(subresource) || !object.metadata || !old) return;
  if (deepEqual(desired(object), desired(old))) return;
  object.metadata.generation = (old.metadata?.generation ?? 0) + 1;
}

/** Not so for status and approval, and for the assignment of a pod, which is no change of what was asked for. */
function changesSpecification(subresource: string | undefined): boolean {
  return subresource !== "status" && subresource !== "approval" && subresource !== "binding";
}

function desired(object: ApiObject): object {
  return { ...object, metadata: undefined, status: undefined };
}

function validateNew(write: Write): void {
  const { info, object } = write;
  const errors = new FieldErrors();
  validateObjectMeta(object.metadata ?? {}, info.schema.namespaced, "metadata", errors, nameRuleOf(info));
  info.strategy.validate(object, errors);
  throwInvalid(write, errors);
}

function validateChanged(write: Write): void {
  const { info, object, old, subresource } = write;
  if (!old) return;
  const { strategy } = info;
  const errors = new FieldErrors();
  validateObjectMetaUpdate(object.metadata ?? {}, old.metadata ?? {}, "metadata", errors);
  const rules = subresourceRules(info, subresource);
  if (rules) {
    if (changesSpecification(subresource)) strategy.validate(object, errors, old);
    rules.validate(object, old, errors);
  } else if (subresource === "status") strategy.validateStatusUpdate?.(object, old, errors);
  else if (changesSpecification(subresource)) {
    strategy.validate(object, errors, old);
    strategy.validateUpdate?.(object, old, errors);
  }
  throwInvalid(write, errors);
}

function throwInvalid({ info, name }: Write, errors: FieldErrors): void {
  const error = errors.toError({ group: info.schema.group, kind: info.schema.kind, name });
  if (error) throw error;
}

function admissionRequest(operation: "CREATE" | "UPDATE", write: Write): AdmissionRequest {
  const { ownership, subresource } = write;
  const writer = ownership && ownership !== "found" ? ownership.writer : undefined;
  return new AdmittedWrite(operation, write, subresource === "scale" ? undefined : writer?.apiVersion, writer?.manager);
}
