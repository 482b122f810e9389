import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
} from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";

/** Fills what Kubernetes fills in a claim. */
export function defaultClaim(claim: PersistentVolumeClaim): void {
  claim.status ??= {};
  claim.status.phase ||= "Pending";
  if (!claim.spec) return;
  defaultClaimSpec(claim.spec);
  alignSources(claim.spec);
}

/** Fills what Kubernetes fills in the specification of a claim, in templates too. */
export function defaultClaimSpec(spec: PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= "Filesystem";
}

/** The older and the newer field for where the content comes from say the same, as far as the older one can. */
function alignSources(spec: PersistentVolumeClaimSpec): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource };
  if (!dataSourceRef || dataSource || dataSourceRef.namespace) return;
  const { apiGroup, kind, name } = dataSourceRef;
  spec.dataSource = { ...(apiGroup !== undefined && { apiGroup }), kind, name };
}
