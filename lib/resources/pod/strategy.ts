import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { defaultPod } from "./defaults.ts";

/** How pods behave. */
export const pod: Strategy<Pod> = {
  schema: schemaOf("", "v1", "pods"),
  defaults: defaultPod,
  prepareForCreate(object) {
    dropStatus(object);
    object.status = { phase: "Pending" };
  },
  prepareForUpdate: keepStatus,
  validate() {},
  hasGeneration: true,
  selectableFields: {
    "spec.nodeName": (it) => it.spec?.nodeName ?? "",
    "spec.restartPolicy": (it) => it.spec?.restartPolicy ?? "",
    "spec.schedulerName": (it) => it.spec?.schedulerName ?? "",
    "spec.serviceAccountName": (it) => it.spec?.serviceAccountName ?? "",
    "spec.hostNetwork": (it) => String(it.spec?.hostNetwork ?? false),
    "status.phase": (it) => it.status?.phase ?? "",
    "status.podIP": (it) => it.status?.podIP ?? "",
    "status.nominatedNodeName": (it) => it.status?.nominatedNodeName ?? "",
  },
  columns: [],
};
