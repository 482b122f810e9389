import type { PersistentVolumeClaim } from "../../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import type { AdmissionPluginFactory } from "../admission.ts";
import { defaultClass } from "./default-class.ts";

const kind = ["storage.k8s.io", "storageclasses"] as const;
const annotations = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
const oldAnnotation = "volume.beta.kubernetes.io/storage-class";

/** A claim that names no class of storage has the default one. */
export const defaultStorageClass: AdmissionPluginFactory = (context) => ({
  name: "DefaultStorageClass",
  kinds: ["persistentvolumeclaims"],
  admit({ operation, info, subresource, object }) {
    if (operation !== "CREATE" || info.groupResource !== "persistentvolumeclaims" || subresource) return;
    const claim: ApiObject & PersistentVolumeClaim = object ?? {};
    if (claim.spec?.storageClassName !== undefined || claim.metadata?.annotations?.[oldAnnotation] !== undefined)
      return;
    const chosen = defaultClass(context, kind, annotations);
    if (chosen) claim.spec = { ...claim.spec, storageClassName: chosen.name };
  },
});
