import type { PersistentVolumeClaim } from "../../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { StorageClass } from "../../../../gen/typernetes/storage/v1/storage_class.ts";
import { compareQuantities } from "../../../../lib/base/quantity.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import { forbidden } from "../../errors.ts";
import { storeKey } from "../../resource-info.ts";
import type { AdmissionPluginFactory } from "../admission.ts";

/** A bound claim grows only where its class of storage lets it. */
export const claimResize: AdmissionPluginFactory = ({ cache, resource }) => ({
  name: "PersistentVolumeClaimResize",
  kinds: ["persistentvolumeclaims"],
  validate({ operation, info, subresource, object, old, name }) {
    if (operation !== "UPDATE" || info.groupResource !== "persistentvolumeclaims" || subresource) return;
    const [now, before]: [PersistentVolumeClaim, ApiObject & PersistentVolumeClaim] = [object ?? {}, old ?? {}];
    const size = now.spec?.resources?.requests?.["storage"] ?? "0";
    if (compareQuantities(size, before.spec?.resources?.requests?.["storage"] ?? "0") <= 0) return;
    if (before.status?.phase !== "Bound")
      throw forbidden(info, name, "Only bound persistent volume claims can be expanded");
    const className =
      before.metadata?.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? before.spec?.storageClassName;
    const classes = resource("storage.k8s.io", "storageclasses");
    const classCache = cache.cacheOf(classes);
    const entry = className ? classCache.get(storeKey(classes, undefined, className)) : undefined;
    const found: StorageClass = entry ? classCache.decode(entry) : {};
    if (found.allowVolumeExpansion) return;
    const detail =
      "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
    throw forbidden(info, name, detail);
  },
});
