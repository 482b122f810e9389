import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { schemaOf } from "../schema-of.ts";
import { keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { podColumns } from "./columns.ts";
import { defaultPod } from "./defaults.ts";
import { podGracePeriodSeconds } from "./grace-period.ts";
import { preparePodForCreate, preparePodForStatusUpdate } from "./prepare.ts";
import { validatePod } from "./validate.ts";
import { validatePodStatusUpdate } from "./validate-status.ts";
import { validatePodUpdate } from "./validate-update.ts";

/** How pods behave. */
export const pod: Strategy<Pod> = {
  schema: schemaOf("", "v1", "pods"),
  defaults: defaultPod,
  prepareForCreate: preparePodForCreate,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: preparePodForStatusUpdate,
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  validateStatusUpdate: validatePodStatusUpdate,
  hasGeneration: true,
  gracePeriodSeconds: podGracePeriodSeconds,
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
  columns: podColumns,
};
