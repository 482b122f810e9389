import type { ManagedFieldsEntry } from "../../gen/typernetes/meta/v1/object_meta.ts";
import { deepEqual } from "../../lib/api/deep.ts";
import { FieldErrors } from "../../lib/api/field-errors.ts";
import { untypedRecord } from "../../lib/api/managed-fields/compare.ts";
import { emptySet, type FieldSet, isEmptySet } from "../../lib/api/managed-fields/field-set.ts";
import { managerOfUser, managerOfUserAgent, validateManager } from "../../lib/api/managed-fields/manager-name.ts";
import {
  decodeOwners,
  encodeOwner,
  encodeOwners,
  type FieldManager,
  ManagedFieldsFault,
  type Owners,
  ownerKey,
  sameOwners,
} from "../../lib/api/managed-fields/owners.ts";
import { ownersAfterUpdate } from "../../lib/api/managed-fields/ownership.ts";
import type { KindVersion, KindVersions } from "../../lib/api/managed-fields/versions.ts";
import { deepFreeze } from "../../lib/base/plain-data.ts";
import type { ApiObject } from "../../lib/resources/strategy.ts";
import type { Caller } from "./core.ts";
import { knownFields, rememberFields } from "./known-creations.ts";
import type { VersionForm } from "./object-form.ts";
import type { ResourceInfo } from "./resource-info.ts";
import { autoscalerView } from "./views/autoscaler-view.ts";
import { eventsView } from "./views/events-view.ts";

/** In whose name a write sets fields: an update's writer, or an apply that has found the owners already. */
export type FieldOwnership = { readonly writer: FieldManager } | "found";

const views: Readonly<Record<string, readonly VersionForm[]>> = {
  "autoscaling.v2.HorizontalPodAutoscaler": [autoscalerView],
  "core.v1.Event": [eventsView],
};

/** The versions in which fields of a kind may be owned. */
export function versionsOf(info: ResourceInfo): KindVersions {
  return (apiVersion) => {
    if (apiVersion === info.apiVersion) return { apiVersion, shape: info.form.shape ?? untypedRecord };
    const known = views[info.schema.message]?.find((view) => view.apiVersion === apiVersion);
    const view = known ?? info.viewOf?.(apiVersion);
    return view && versionOf(view);
  };
}

function versionOf(view: VersionForm): KindVersion {
  return {
    apiVersion: view.apiVersion,
    shape: view.form.shape ?? untypedRecord,
    show: (kept) => view.show(kept),
    read: (shown) => view.read(shown, false),
  };
}

/** What a request says about who writes. */
export interface Writing {
  readonly operation: "Apply" | "Update";
  /** As the request names it. */
  readonly manager: string | undefined;
  readonly apiVersion: string;
  readonly subresource: string | undefined;
  /** The kind of its options, for errors. */
  readonly optionsKind: string;
}

/**
 * Who sets the fields of a write: the manager that the request names, else the client by its User-Agent, else the user.
 * Those who apply have to name one.
 * @throws StatusError `Invalid` for a name that is too long or cannot be printed.
 */
export function writerOf(caller: Caller, writing: Writing): FieldManager {
  const { manager, operation, apiVersion, subresource = "", optionsKind } = writing;
  if (manager || operation === "Apply") checkManager(manager, optionsKind);
  return { operation, apiVersion, subresource, manager: manager || managerOfCaller(caller) };
}

function checkManager(manager: string | undefined, optionsKind: string): void {
  const errors = new FieldErrors();
  if (manager) validateManager(manager, "fieldManager", errors);
  else errors.required("fieldManager", "is required for apply patch");
  const error = errors.toError({ group: "meta.k8s.io", kind: optionsKind, name: "" });
  if (error) throw error;
}

function managerOfCaller({ userAgent, identity }: Caller): string {
  return userAgent === undefined ? managerOfUser(identity.user) : managerOfUserAgent(userAgent) || "unknown";
}

const status: FieldSet = deepFreeze({ "f:status": {} });
const allButStatus: FieldSet = deepFreeze({ "f:metadata": {}, "f:spec": {} });

/** Places that a write of the object itself, or of its status, does not set. */
export function ignoredPlaces(info: ResourceInfo, subresource: string | undefined): FieldSet {
  if (subresource === "status") return allButStatus;
  return !subresource && info.schema.subresources.includes("status") ? status : emptySet;
}

interface OwnedWrite {
  readonly info: ResourceInfo;
  readonly subresource?: string | undefined;
  readonly object: ApiObject;
  readonly old?: ApiObject;
  readonly ownership?: FieldOwnership | undefined;
}

const emptyObjects = new WeakMap<ResourceInfo, ApiObject>();

/** A new object owns nothing yet: what its maker sets, and what was filled in for it, is the maker's. */
export function ownCreation(write: OwnedWrite, now: string): Promise<void> | void {
  const { info, object, ownership } = write;
  const { metadata } = object;
  if (!metadata || !ownership || ownership === "found") return;
  const given = metadata.managedFields;
  if (given) delete metadata.managedFields;
  if (given && isReset(given)) return;
  const { writer } = ownership;
  const isNobodys = !given?.length && writer.apiVersion === info.apiVersion;
  const fields = isNobodys ? knownFields(info, object) : undefined;
  if (!fields) return findFields(write, writer, isNobodys ? undefined : (given ?? []), now);
  const { manager, operation, apiVersion, subresource } = writer;
  const own = { manager, operation, apiVersion, subresource, time: now, fields };
  if (!isEmptySet(fields)) metadata.managedFields = [encodeOwner(own)];
}

/** Compares the object with an empty one; `given` is absent when everything in it is its writer's. */
async function findFields(
  { info, object }: OwnedWrite,
  writer: FieldManager,
  given: ManagedFieldsEntry[] | undefined,
  now: string,
): Promise<void> {
  const owners = decodedOwners(given) ?? new Map();
  const [before, ignored] = [emptyObject(info), ignoredPlaces(info, undefined)];
  const change = { versions: versionsOf(info), writer, before, after: object, owners, ignored, now };
  const after = await ownersAfterUpdate(change);
  const own = given ? undefined : after.get(ownerKey(writer));
  const fields = own && rememberFields(info, object, own.fields);
  setManagedFields(object, encodeOwners(fields ? new Map([["", { ...writer, time: now, fields }]]) : after));
}

function emptyObject(info: ResourceInfo): ApiObject {
  const known = emptyObjects.get(info);
  if (known) return known;
  const made: ApiObject = {};
  info.form.normalise(made);
  emptyObjects.set(info, deepFreeze(made));
  return made;
}

/**
 * The owners of an object that replaces another. `given` are the entries that came with the write, which hold for the
 * object itself when they can be read; one empty entry takes all away. Objects without owners do not get any.
 */
export async function ownUpdate(
  { info, subresource, object, old, ownership }: OwnedWrite,
  given: ManagedFieldsEntry[] | undefined,
  now: string,
): Promise<void> {
  const before = old?.metadata?.managedFields;
  if (!ownership || !old) return setManagedFields(object, before);
  if (ownership === "found") return setManagedFields(object, given);
  if (!subresource && given && isReset(given)) return setManagedFields(object, undefined);
  const known = decodedOwners(before) ?? new Map();
  const owners = subresource || !given?.length || deepEqual(given, before) ? known : ownersGiven(given, known);
  if (owners.size === 0) return setManagedFields(object, undefined);
  // Owners own no owners.
  setManagedFields(object, before);
  const ignored = subresource ? emptySet : ignoredPlaces(info, subresource);
  const change = {
    versions: versionsOf(info),
    writer: ownership.writer,
    before: old,
    after: object,
    owners,
    ignored,
    now,
  };
  const after = await ownersAfterUpdate(change);
  const isUnchanged = after === known || (after === owners && sameOwners(after, known));
  setManagedFields(object, isUnchanged ? before : encodeOwners(after));
}

/** One empty entry, as clients write it who want all entries gone. */
function isReset(entries: readonly ManagedFieldsEntry[]): boolean {
  return entries.length === 1 && Object.values(entries[0] ?? {}).every((value) => value === undefined);
}

function ownersGiven(given: readonly ManagedFieldsEntry[], known: Owners): Owners {
  const owners = decodedOwners(given);
  return owners && owners.size > 0 ? owners : known;
}

/** Undefined when they cannot be read: a write does not fail for it. */
export function decodedOwners(entries: readonly ManagedFieldsEntry[] | undefined): Owners | undefined {
  try {
    return decodeOwners(entries);
  } catch (error) {
    if (error instanceof ManagedFieldsFault) return undefined;
    throw error;
  }
}

function setManagedFields(object: ApiObject, entries: ManagedFieldsEntry[] | undefined): void {
  const { managedFields: _, ...metadata } = object.metadata ?? {};
  object.metadata = entries ? { ...metadata, managedFields: entries } : metadata;
}
