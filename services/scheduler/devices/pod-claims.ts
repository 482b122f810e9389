import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";

/** A claim on devices that a pod uses. */
export interface PodDeviceClaim {
  /** As `namespace/name`; undefined while the claim is still to be made. */
  readonly key: string | undefined;
  /** Whether it is made for the pod alone. */
  readonly isGenerated: boolean;
}

const none: readonly PodDeviceClaim[] = [];

/** The claims on devices that a pod uses; those are left out that turned out not to be needed. */
export function podDeviceClaims({ metadata, spec, status }: Pod): readonly PodDeviceClaim[] {
  if (!spec?.resourceClaims?.length) return none;
  const keyOf = (name: string) => `${metadata?.namespace ?? ""}/${name}`;
  return spec.resourceClaims.flatMap(({ name, resourceClaimName }): PodDeviceClaim[] => {
    if (resourceClaimName) return [{ key: keyOf(resourceClaimName), isGenerated: false }];
    const made = status?.resourceClaimStatuses?.find((each) => each.name === name);
    if (!made) return [{ key: undefined, isGenerated: true }];
    return made.resourceClaimName ? [{ key: keyOf(made.resourceClaimName), isGenerated: true }] : [];
  });
}
