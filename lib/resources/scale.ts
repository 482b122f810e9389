import type { LabelSelector } from "../../gen/typernetes/meta/v1/selector.ts";
import { labelMatcherOf } from "../api/label-selector.ts";
import type { ApiObject, Strategy } from "./strategy.ts";

interface Scalable extends ApiObject {
  spec?: { replicas?: number | undefined; selector?: LabelSelector | undefined } | undefined;
  status?: { replicas?: number | undefined } | undefined;
}

/** Where a workload with a label selector has the numbers of its scale. */
export function scaleOf<T extends Scalable>(): NonNullable<Strategy<T>["scale"]> {
  return {
    replicas: (object) => object.spec?.replicas ?? 0,
    setReplicas(object, replicas) {
      object.spec = { ...object.spec, replicas };
    },
    statusReplicas: (object) => object.status?.replicas ?? 0,
    selector: (object) => labelMatcherOf(object.spec?.selector).toString(),
  };
}
