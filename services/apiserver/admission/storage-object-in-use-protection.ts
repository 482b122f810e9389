import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { AdmissionPlugin } from "./admission.ts";

const finalizerOf: Readonly<Record<string, string>> = {
  persistentvolumeclaims: "kubernetes.io/pvc-protection",
  persistentvolumes: "kubernetes.io/pv-protection",
};

/** Volumes and claims stay until nobody uses them: controllers take away the finalizers that they get here. */
export const storageObjectInUseProtection = (): AdmissionPlugin => ({
  name: "StorageObjectInUseProtection",
  admit({ operation, info, subresource, object }) {
    const finalizer = finalizerOf[info.groupResource];
    if (!finalizer || operation !== "CREATE" || subresource || !object) return;
    const { metadata }: ApiObject = object;
    if (metadata?.finalizers?.includes(finalizer)) return;
    object.metadata = { ...metadata, finalizers: [...(metadata?.finalizers ?? []), finalizer] };
  },
});
