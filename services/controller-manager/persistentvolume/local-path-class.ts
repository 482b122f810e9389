import type { StorageClass } from "../../../gen/typernetes/storage/v1/storage_class.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";

/** Who makes volumes of folders. */
export const localPathProvisioner = "typernetes.io/local-path";

/** The classes of such volumes, the default one first. */
const classes: readonly StorageClass[] = [
  {
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: localPathProvisioner,
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
    allowVolumeExpansion: true,
  },
  {
    metadata: { name: "local-path" },
    provisioner: localPathProvisioner,
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
    allowVolumeExpansion: true,
  },
];

/** Makes the classes where there is none of them: people may do away with some. @throws StatusError */
export async function createLocalPathClasses(client: Client, existing: readonly StorageClass[]): Promise<void> {
  if (existing.some(({ provisioner }) => provisioner === localPathProvisioner)) return;
  for (const object of classes) {
    try {
      await client.storage.v1.storageclasses.create(object);
    } catch (error) {
      if (!isStatusError(error, "AlreadyExists")) throw error;
    }
  }
}
