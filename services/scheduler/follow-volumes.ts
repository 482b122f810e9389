import type { Client } from "../../lib/client/client.ts";
import { objectKey } from "../../lib/client/informer.ts";
import type { InformerFactory } from "../../lib/client/informer-factory.ts";
import type { KubernetesObject, ResourceClient } from "../../lib/client/resource-client.ts";
import type { VolumeCatalog } from "./snapshot/volume-catalog.ts";

/** Keeps the catalog of storage as the cluster is. */
export function followVolumes(
  client: Client,
  informers: InformerFactory,
  catalog: VolumeCatalog,
  onChange: () => void,
): void {
  const follow = <T extends KubernetesObject>(resource: ResourceClient<T>, known: Map<string, T>) => {
    const put = (object: T) => {
      known.set(objectKey(object), object);
      onChange();
    };
    const remove = (object: T) => {
      known.delete(objectKey(object));
      onChange();
    };
    informers.informer(resource).addHandler({ added: put, updated: (_, object) => put(object), deleted: remove });
  };
  follow(client.core.v1.persistentvolumeclaims, catalog.claims);
  follow(client.core.v1.persistentvolumes, catalog.volumes);
  follow(client.storage.v1.storageclasses, catalog.classes);
  follow(client.storage.v1.csidrivers, catalog.drivers);
  follow(client.storage.v1.csinodes, catalog.nodes);
  follow(client.storage.v1.csistoragecapacities, catalog.capacities);
}
