import type { ControllerRevision } from "../../../gen/typernetes/apps/v1/controller_revision.ts";
import type { Container, PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PodTemplateSpec } from "../../../gen/typernetes/core/v1/pod_template.ts";
import { decode } from "../../../lib/api/decode.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { isRecord } from "../../../lib/api/records.ts";

/**
 * What a revision keeps: a patch that puts the template back into its owner. Clients compare it byte by byte with what they
 * make of the owner, so it is written as Go does: members by name, with those that Go never leaves out.
 */
export function revisionData(template: PodTemplateSpec): object {
  const written = {
    ...template,
    metadata: { creationTimestamp: null, ...template.metadata },
    spec: template.spec && withResources(template.spec),
    $patch: "replace",
  };
  return { spec: { template: inOrder(written) } };
}

function withResources({ containers, initContainers, ...spec }: PodSpec): object {
  const complete = (list: Container[] | undefined) => list?.map((container) => ({ resources: {}, ...container }));
  return { ...spec, containers: complete(containers), initContainers: complete(initContainers) };
}

/** Plain data without what is undefined, members by name. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isRecord(value)) return value;
  const names = Object.keys(value).filter((name) => value[name] !== undefined);
  return Object.fromEntries(names.sort().map((name) => [name, inOrder(value[name])]));
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
