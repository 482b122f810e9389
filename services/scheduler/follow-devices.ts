import type { ResourceClaim } from "../../gen/typernetes/resource/v1/resource_claim.ts";
import type { Client } from "../../lib/client/client.ts";
import { objectKey } from "../../lib/client/informer.ts";
import type { InformerFactory } from "../../lib/client/informer-factory.ts";
import type { DeviceCatalog } from "./devices/device-catalog.ts";
import type { ClusterChange, Subject } from "./framework/cluster-change.ts";

/** Keeps the catalog of devices as the cluster is, and tells what has changed. */
export function followDevices(
  client: Client,
  informers: InformerFactory,
  catalog: DeviceCatalog,
  onChange: (change: ClusterChange, subject?: Subject) => void,
): void {
  const { deviceclasses, resourceclaims, resourceslices } = client.resource.v1;
  informers.informer(deviceclasses).addHandler({
    added: (it) => {
      catalog.classes.set(it.metadata?.name ?? "", it);
      onChange("DevicesChanged");
    },
    updated: (_, it) => {
      catalog.classes.set(it.metadata?.name ?? "", it);
      onChange("DevicesChanged");
    },
    deleted: ({ metadata }) => void catalog.classes.delete(metadata?.name ?? ""),
  });
  informers.informer(resourceslices).addHandler({
    added: (slice) => {
      catalog.pools.put(slice);
      onChange("DevicesChanged");
    },
    updated: (_, slice) => {
      catalog.pools.put(slice);
      onChange("DevicesChanged");
    },
    deleted: (slice) => catalog.pools.remove(slice),
  });
  const put = (claim: ResourceClaim, before?: ResourceClaim) => {
    catalog.putClaim(claim);
    const wasFreed = before?.status?.allocation && !claim.status?.allocation;
    if (wasFreed) onChange("DevicesChanged");
    onChange("ClaimChanged", { claim: objectKey(claim) });
  };
  informers.informer(resourceclaims).addHandler({
    added: (claim) => put(claim),
    updated: (before, claim) => put(claim, before),
    deleted: (claim) => {
      catalog.removeClaim(claim);
      if (claim.status?.allocation) onChange("DevicesChanged");
    },
  });
}
