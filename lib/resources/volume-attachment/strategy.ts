import type { VolumeAttachment } from "../../../gen/typernetes/storage/v1/volume_attachment.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { ageColumn, flagColumn, textColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { validateVolumeAttachment, validateVolumeAttachmentStatus } from "./validate.ts";

/** How attachments of volumes to nodes behave. */
export const volumeAttachment: Strategy<VolumeAttachment> = {
  schema: schemaOf("storage.k8s.io", "v1", "volumeattachments"),
  prepareForCreate: dropStatus,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: validateVolumeAttachment,
  validateUpdate: (object, old, errors) => validateImmutable(object.spec, old.spec, "spec", errors),
  validateStatusUpdate: (object, _old, errors) => validateVolumeAttachmentStatus(object, errors),
  updatesNeedVersion: true,
  hasGeneration: false,
  selectableFields: {},
  columns: [
    textColumn("Attacher", "The driver that attaches.", (it) => it.spec?.attacher ?? ""),
    textColumn("PV", "The volume.", (it) => it.spec?.source?.persistentVolumeName ?? ""),
    textColumn("Node", "The node.", (it) => it.spec?.nodeName ?? ""),
    flagColumn("Attached", "Whether the volume is attached.", (it) => it.status?.attached ?? false),
    ageColumn,
  ],
};
