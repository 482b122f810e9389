import { type Application, applyConfiguration } from "../../../lib/api/managed-fields/apply.ts";
import { untypedRecord } from "../../../lib/api/managed-fields/compare.ts";
import { emptySet, type FieldSet } from "../../../lib/api/managed-fields/field-set.ts";
import {
  fieldsLastApplied,
  lastAppliedManager,
  withLastApplied,
} from "../../../lib/api/managed-fields/last-applied.ts";
import { encodeOwners, type FieldManager, type Owners } from "../../../lib/api/managed-fields/owners.ts";
import { ownersAfterUpdate } from "../../../lib/api/managed-fields/ownership.ts";
import type { JsonRecord } from "../../../lib/api/records.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { decodedOwners, ignoredPlaces, versionsOf } from "../field-ownership.ts";
import type { VersionForm } from "../object-form.ts";
import type { ResourceInfo } from "../resource-info.ts";

/** A configuration that is applied. */
export interface AppliedConfiguration {
  readonly info: ResourceInfo;
  readonly subresource: string | undefined;
  readonly writer: FieldManager;
  /** The version in which the configuration is written, where it is not the stored one. */
  readonly version: VersionForm | undefined;
  readonly applied: JsonRecord;
  /** The places that it sets. */
  readonly fields: FieldSet;
  readonly force: boolean;
}

/** Manager of all that an object without managers has when it is first applied to. */
const beforeFirstApply = "before-first-apply";

/**
 * What a configuration makes of an object, with the new owners in its `managedFields`; `live` has nothing in it when there
 * is no object yet. @throws StatusError `Conflict`.
 */
export async function applyToObject(work: AppliedConfiguration, live: ApiObject, now: string): Promise<ApiObject> {
  const { info, subresource, writer, applied, fields } = work;
  const application: Omit<Application<ApiObject>, "force"> = {
    ...{ versions: versionsOf(info), writer, live, applied, fields, now },
    ignored: ignoredPlaces(info, subresource),
    owners: await ownersOf(work, live, now),
    read: (merged) => readMerged(work, merged, live),
  };
  const { object, owners } = await forcedIfMigrated(work, live, (force) =>
    applyConfiguration({ ...application, force }),
  );
  const metadata = { ...object.metadata };
  if (writer.manager === lastAppliedManager) metadata.annotations = withLastApplied(metadata.annotations, applied);
  metadata.managedFields = encodedOwners(owners, live, application.owners);
  return { ...object, metadata };
}

/** Entries that say the same as before stay as they were. */
function encodedOwners(owners: Owners, live: ApiObject, before: Owners) {
  return owners === before ? live.metadata?.managedFields : encodeOwners(owners);
}

async function ownersOf({ info }: AppliedConfiguration, live: ApiObject, now: string): Promise<Owners> {
  const owners = decodedOwners(live.metadata?.managedFields) ?? new Map();
  if (owners.size > 0 || !live.metadata?.uid) return owners;
  const { apiVersion } = info;
  const writer: FieldManager = { manager: beforeFirstApply, operation: "Update", apiVersion, subresource: "" };
  const change = { versions: versionsOf(info), writer, before: {}, after: live, owners, ignored: emptySet, now };
  return ownersAfterUpdate(change);
}

async function readMerged({ info, version }: AppliedConfiguration, merged: JsonRecord, live: ApiObject) {
  const { object } = (version ?? info).form.decode(merged, "Ignore");
  if (!version) return object;
  const { apiVersion: _, kind: __, ...shown } = object;
  return version.read(shown, !live.metadata?.uid, live);
}

/** Fields that kubectl applied on the client side before may be taken over by kubectl on the server side. */
async function forcedIfMigrated<T>(
  { info, version, writer, force }: AppliedConfiguration,
  live: ApiObject,
  apply: (force: boolean | FieldSet) => Promise<T>,
): Promise<T> {
  try {
    return await apply(force);
  } catch (error) {
    if (writer.manager !== lastAppliedManager || !isStatusError(error, "Conflict")) throw error;
    const shown = version ? await version.show(live) : live;
    const shape = (version ?? info).form.shape ?? untypedRecord;
    const migrated = fieldsLastApplied(shape, shown, live.metadata?.annotations);
    if (!migrated) throw error;
    return apply(migrated);
  }
}
