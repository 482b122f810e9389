import type { CSIDriver } from "../../../gen/typernetes/storage/v1/csi_driver.ts";
import { pathSegmentName } from "../../api/names.ts";
import { ageColumn, flagColumn, none, textColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";
import { unset } from "../volume-columns.ts";
import { validateCsiDriver, validateCsiDriverUpdate } from "./validate.ts";

/** How drivers of storage behave. */
export const csiDriver: Strategy<CSIDriver> = {
  schema: schemaOf("storage.k8s.io", "v1", "csidrivers"),
  nameRule: pathSegmentName,
  defaults({ spec }) {
    if (!spec) return;
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= "ReadWriteOnceWithFSType";
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ["Persistent"];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  validate: validateCsiDriver,
  validateUpdate: validateCsiDriverUpdate,
  updatesNeedVersion: true,
  hasGeneration: false,
  selectableFields: {},
  columns: [
    flagColumn("AttachRequired", "Whether volumes are attached first.", (it) => it.spec?.attachRequired ?? true),
    flagColumn("PodInfoOnMount", "Whether it is told of the pod.", (it) => it.spec?.podInfoOnMount ?? false),
    flagColumn("StorageCapacity", "Whether its capacity counts.", (it) => it.spec?.storageCapacity ?? false),
    textColumn("TokenRequests", "Audiences of the tokens that it gets.", (it) =>
      it.spec?.tokenRequests ? it.spec.tokenRequests.map((request) => request.audience ?? "").join(",") : unset,
    ),
    flagColumn("RequiresRepublish", "Whether volumes are renewed.", (it) => it.spec?.requiresRepublish ?? false),
    textColumn("Modes", "How long its volumes live.", (it) => (it.spec?.volumeLifecycleModes ?? []).join(",") || none),
    ageColumn,
  ],
};
