import type { ResourceSchema } from "../../../gen/schema.ts";

/** Kinds of which Kubernetes answers the deleted object itself, where it answers a `Status` for the others. */
const kinds = new Set([
  "/persistentvolumeclaims",
  "/persistentvolumes",
  "/pods",
  "/podtemplates",
  "/resourcequotas",
  "/serviceaccounts",
  "/services",
  "storage.k8s.io/csidrivers",
  "storage.k8s.io/csinodes",
  "storage.k8s.io/storageclasses",
  "storage.k8s.io/volumeattachments",
]);

/** Whether a deletion of the kind's objects is answered with the object that is gone. */
export function returnsDeletedObject({ group, plural }: ResourceSchema): boolean {
  return kinds.has(`${group}/${plural}`);
}
