import type { PersistentVolume } from "../../../gen/typernetes/core/v1/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { NodeSelectorTerm } from "../../../gen/typernetes/core/v1/reference.ts";
import { labelMatcherOf } from "../../../lib/api/label-selector.ts";
import { matchesTerm } from "../../../lib/api/node-selector-term.ts";
import { quantityValue } from "../../../lib/base/quantity.ts";
import { type Refusal, unresolvable } from "../framework/refusal.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { NodeEntry, Snapshot } from "../snapshot/snapshot.ts";
import type { VolumeCatalog } from "../snapshot/volume-catalog.ts";

const affinityConflict = unresolvable("node(s) had volume node affinity conflict");
const volumeMissing = unresolvable("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)");
const noVolume = unresolvable("node(s) didn't find available persistent volumes to bind");
const noSpace = unresolvable("node(s) did not have enough free storage");
const noProvisioner = "kubernetes.io/no-provisioner";

/** How the claims of a pod that wait for it get their volumes on a node. */
export interface VolumeDecision {
  /** Claims that take a volume that is there. */
  bindings: { claimKey: string; volume: PersistentVolume }[];
  /** Claims for which one has to be made. */
  provisions: string[];
}

/** Decides on the volumes of a pod for one node, or tells why they keep the pod from it. */
export function decideVolumes(pod: PodInfo, snapshot: Snapshot, node: number): VolumeDecision | Refusal {
  const catalog = snapshot.volumes;
  const entry = snapshot.entry(node);
  const decision: VolumeDecision = { bindings: [], provisions: [] };
  for (const key of pod.claims) {
    const claim = catalog.claims.get(key);
    if (!claim) return noVolume;
    const refusal = catalog.isBound(claim)
      ? refuseBound(claim, catalog, entry)
      : decideDelayed(key, claim, catalog, entry, decision);
    if (refusal) return refusal;
  }
  return decision;
}

function refuseBound({ spec }: PersistentVolumeClaim, catalog: VolumeCatalog, entry: NodeEntry): Refusal | undefined {
  const volume = catalog.volumes.get(spec?.volumeName ?? "");
  if (!volume) return volumeMissing;
  return isReachable(volume, entry) ? undefined : affinityConflict;
}

function decideDelayed(
  key: string,
  claim: PersistentVolumeClaim,
  catalog: VolumeCatalog,
  entry: NodeEntry,
  decision: VolumeDecision,
): Refusal | undefined {
  const selected = catalog.selectedNode(key, claim);
  if (selected !== undefined && selected !== entry.name) return noVolume;
  const taken = new Set(decision.bindings.map(({ volume }) => volume.metadata?.name ?? ""));
  const volume = selected === undefined ? smallestVolume(key, claim, catalog, entry, taken) : undefined;
  if (volume) decision.bindings.push({ claimKey: key, volume });
  else {
    const refusal = refuseProvision(claim, catalog, entry);
    if (refusal) return refusal;
    decision.provisions.push(key);
  }
  return undefined;
}

function smallestVolume(
  key: string,
  claim: PersistentVolumeClaim,
  catalog: VolumeCatalog,
  entry: NodeEntry,
  taken: ReadonlySet<string>,
): PersistentVolume | undefined {
  let smallest: PersistentVolume | undefined;
  for (const [name, volume] of catalog.volumes) {
    if (taken.has(name) || (catalog.promised.get(name) ?? key) !== key) continue;
    if (!satisfies(volume, claim) || !isReachable(volume, entry)) continue;
    if (volume.spec?.claimRef) return volume;
    if (!smallest || bytesOf(volume) < bytesOf(smallest)) smallest = volume;
  }
  return smallest;
}

function satisfies(
  { metadata, spec, status }: PersistentVolume,
  { metadata: owner, spec: wanted }: PersistentVolumeClaim,
): boolean {
  const reference = spec?.claimRef;
  if (reference) {
    const isOurs = reference.namespace === owner?.namespace && reference.name === owner?.name;
    if (!isOurs || (reference.uid && reference.uid !== owner?.uid)) return false;
  } else if (status?.phase !== undefined && status.phase !== "Available" && status.phase !== "Pending") return false;
  if (metadata?.deletionTimestamp) return false;
  if ((spec?.storageClassName ?? "") !== (wanted?.storageClassName ?? "")) return false;
  if ((spec?.volumeMode ?? "Filesystem") !== (wanted?.volumeMode ?? "Filesystem")) return false;
  if (!wanted?.accessModes?.every((mode) => spec?.accessModes?.includes(mode))) return false;
  if (wanted.selector && !labelMatcherOf(wanted.selector).matches(metadata?.labels)) return false;
  return quantityValue(spec?.capacity?.["storage"] ?? "0") >= wantedBytes({ spec: wanted });
}

function refuseProvision(claim: PersistentVolumeClaim, catalog: VolumeCatalog, entry: NodeEntry): Refusal | undefined {
  const storageClass = catalog.classes.get(claim.spec?.storageClassName ?? "");
  const { provisioner = noProvisioner, allowedTopologies = [] } = storageClass ?? {};
  if (provisioner === noProvisioner) return noVolume;
  const isAllowed = allowedTopologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key = "", values = [] }) => values.includes(entry.labels[key] ?? "")),
  );
  if (allowedTopologies.length > 0 && !isAllowed) return noVolume;
  if (!catalog.drivers.get(provisioner)?.spec?.storageCapacity) return undefined;
  return hasSpace(claim, catalog, entry) ? undefined : noSpace;
}

function hasSpace(claim: PersistentVolumeClaim, { capacities }: VolumeCatalog, { labels }: NodeEntry): boolean {
  const bytes = wantedBytes(claim);
  for (const { storageClassName, nodeTopology, capacity, maximumVolumeSize } of capacities.values()) {
    if (storageClassName !== claim.spec?.storageClassName || !labelMatcherOf(nodeTopology).matches(labels)) continue;
    if (quantityValue(maximumVolumeSize ?? capacity ?? "0") >= bytes) return true;
  }
  return false;
}

function wantedBytes({ spec }: PersistentVolumeClaim): number {
  return quantityValue(spec?.resources?.requests?.["storage"] ?? "0");
}

function bytesOf({ spec }: PersistentVolume): number {
  return quantityValue(spec?.capacity?.["storage"] ?? "0");
}

/** Whether a volume can be used on a node. */
function isReachable({ spec }: PersistentVolume, entry: NodeEntry): boolean {
  const terms: readonly NodeSelectorTerm[] | undefined = spec?.nodeAffinity?.required?.nodeSelectorTerms;
  return !terms || terms.some((term) => matchesTerm(term, entry));
}
