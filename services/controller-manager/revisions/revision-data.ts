import type { ControllerRevision } from "../../../gen/typernetes/apps/v1/controller_revision.ts";
import type { PodTemplateSpec } from "../../../gen/typernetes/core/v1/pod_template.ts";
import { decode } from "../../../lib/api/decode.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { isRecord } from "../../../lib/api/records.ts";

/** What a revision keeps: a patch that puts the template back into its owner. */
export function revisionData(template: PodTemplateSpec): object {
  return { spec: { template: { ...template, $patch: "replace" } } };
}

/** Whether a revision is of this template. */
export function isRevisionOf(revision: ControllerRevision, template: PodTemplateSpec): boolean {
  return deepEqual(revision.data, revisionData(template));
}

/** The template that a revision keeps. @throws StatusError BadRequest when it holds none */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec {
  const spec = isRecord(data) && isRecord(data.spec) ? data.spec : {};
  return decode<PodTemplateSpec>("core.v1.PodTemplateSpec", spec.template, "Ignore").object;
}
