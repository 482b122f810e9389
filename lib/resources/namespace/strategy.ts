import type { Namespace } from "../../../gen/typernetes/core/v1/namespace.ts";
import { schemaOf } from "../schema-of.ts";
import { keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";

const nameLabel = "kubernetes.io/metadata.name";
const finalizer = "kubernetes";

/** How namespaces behave. */
export const namespace: Strategy<Namespace> = {
  schema: schemaOf("", "v1", "namespaces"),
  defaults(object) {
    const metadata = object.metadata;
    if (metadata?.name) metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name };
    object.status = { ...object.status, phase: object.status?.phase || "Active" };
  },
  prepareForCreate(object) {
    object.status = { phase: "Active" };
    const finalizers = object.spec?.finalizers ?? [];
    if (!finalizers.includes(finalizer)) object.spec = { ...object.spec, finalizers: [...finalizers, finalizer] };
  },
  prepareForUpdate(object, old) {
    // The finalizers of a namespace change by its own subresource alone.
    object.spec = { ...object.spec, finalizers: old.spec?.finalizers };
    keepStatus(object, old);
  },
  validate() {},
  hasGeneration: false,
  selectableFields: { "status.phase": (it) => it.status?.phase ?? "" },
  columns: [],
};
