import type { Namespace } from "../../../gen/typernetes/core/v1/namespace.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { KindHooks } from "./kind-hooks.ts";

/** A namespace that is deleted is `Terminating`, and stays until the finalizers of its specification are done. */
export const namespaceHooks: KindHooks = {
  markDeleted(object: ApiObject & Namespace) {
    object.status = { ...object.status, phase: "Terminating" };
  },
  isHeld: (object: ApiObject & Namespace) => (object.spec?.finalizers?.length ?? 0) > 0,
};
