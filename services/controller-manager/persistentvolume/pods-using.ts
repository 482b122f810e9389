import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Informer } from "../../../lib/client/informer.ts";

const index = "claims";

/** Adds the index that `podsUsing` looks things up in. */
export function indexPodsByClaim(pods: Informer<Pod>): void {
  pods.addIndex(index, (pod) => claimKeysOf(pod));
}

/** The keys of the claims whose volumes a pod mounts, its own among them. */
export function claimKeysOf({ metadata, spec }: Pod): string[] {
  return (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    const claim = persistentVolumeClaim?.claimName ?? (ephemeral && `${metadata?.name}-${name}`);
    return claim ? [`${metadata?.namespace}/${claim}`] : [];
  });
}

/** The pods that mount a claim's volume, or want to. */
export function podsUsing(pods: Informer<Pod>, { metadata }: PersistentVolumeClaim): Pod[] {
  return pods.lister.byIndex(index, `${metadata?.namespace}/${metadata?.name}`);
}
