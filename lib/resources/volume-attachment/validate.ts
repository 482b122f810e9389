import type { VolumeAttachment, VolumeAttachmentSource } from "../../../gen/typernetes/storage/v1/volume_attachment.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { utf8Length } from "../../api/utf8-length.ts";
import { checkParameterSizes } from "../class-parameters.ts";
import { checkCsiDriverName } from "../driver-name.ts";
import { validatePersistentVolumeSpec } from "../persistent-volume/validate.ts";
import { checkDnsSubdomain } from "../rules.ts";

const exactlyOne = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
const messageBytesMax = 1024;

/** Checks which volume is to be attached, where, and by what. */
export function validateVolumeAttachment({ spec = {} }: VolumeAttachment, errors: FieldErrors): void {
  checkCsiDriverName(spec.attacher ?? "", "spec.attacher", errors);
  validateSource(spec.source ?? {}, "spec.source", errors);
  checkDnsSubdomain(spec.nodeName ?? "", "spec.nodeName", errors);
}

function validateSource(
  { persistentVolumeName: name, inlineVolumeSpec: inline }: VolumeAttachmentSource,
  path: string,
  errors: FieldErrors,
): void {
  const at = `${path}.persistentVolumeName`;
  if (inline && name !== undefined) errors.forbidden(path, exactlyOne);
  else if (inline) validatePersistentVolumeSpec(inline, `${path}.inlineVolumeSpec`, errors);
  else if (name === undefined) errors.required(path, exactlyOne);
  else if (!name) errors.required(at, "must specify non empty persistentVolumeName");
  else checkDnsSubdomain(name, at, errors);
}

/** Checks what a driver says of an attachment. */
export function validateVolumeAttachmentStatus({ status = {} }: VolumeAttachment, errors: FieldErrors): void {
  checkParameterSizes(status.attachmentMetadata ?? {}, "status.attachmentMetadata", errors);
  for (const field of ["attachError", "detachError"] as const)
    if (utf8Length(status[field]?.message ?? "") > messageBytesMax)
      errors.tooLong(`status.${field}.message`, messageBytesMax);
}
