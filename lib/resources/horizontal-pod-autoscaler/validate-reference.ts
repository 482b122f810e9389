import type { CrossVersionObjectReference } from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkPathSegment } from "../object-names.ts";

/** Checks what an autoscaler names. */
export function validateReference(reference: CrossVersionObjectReference, path: string, errors: FieldErrors): void {
  checkPathSegment(reference.kind, `${path}.kind`, errors);
  checkPathSegment(reference.name, `${path}.name`, errors);
}
