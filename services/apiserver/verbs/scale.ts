import type { Scale, UpdateScaleRequest } from "../../../gen/typernetes/autoscaling/v1/scale.ts";
import type { GetRequest } from "../../../gen/typernetes/meta/v1/requests.ts";
import { FieldErrors } from "../../../lib/api/field-errors.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Caller, Core } from "../core.ts";
import { badRequest } from "../errors.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { cloneObject } from "./clone-object.ts";
import { isDryRun } from "./dry-run.ts";
import { get } from "./get.ts";
import { objectPath } from "./object-path.ts";
import { type ReplaceOptions, replaceObject, updateOwnership } from "./update.ts";

/** Answers how many replicas an object wants and has. */
export async function getScale(core: Core, info: ResourceInfo, request: GetRequest): Promise<Scale> {
  const { value } = await get(core, info, request);
  return scaleOf(info, value);
}

/** Sets how many replicas an object wants, and nothing else. */
export async function updateScale(
  core: Core,
  info: ResourceInfo,
  request: UpdateScaleRequest,
  caller: Caller,
): Promise<Scale> {
  const scale = request.object;
  if (!scale) throw badRequest("the request has no object");
  const path = objectPath(info, scale.metadata?.namespace, scale.metadata?.name);
  const { resourceVersion, uid } = scale.metadata ?? {};
  const ownership = updateOwnership(caller, request.options, info.apiVersion, "scale");
  const options = { caller, dryRun: isDryRun(request.options), ownership };
  return changeScale(core, info, path.namespace, path.name, options, () => ({
    replicas: scale.spec?.replicas ?? 0,
    resourceVersion,
    uid,
  }));
}

/** What a change of scale sets; with a resource version it holds for that version alone. */
export interface WantedScale {
  replicas: number;
  resourceVersion?: string | undefined;
  uid?: string | undefined;
}

/** Changes the scale of an object by a function of its present scale. */
export async function changeScale(
  core: Core,
  info: ResourceInfo,
  namespace: string | undefined,
  name: string,
  options: Omit<ReplaceOptions, "subresource">,
  want: (current: Scale) => WantedScale,
): Promise<Scale> {
  const rules = scaleRules(info);
  const replace = (current: ApiObject) => {
    const wanted = want(scaleOf(info, current));
    validateReplicas(name, wanted.replicas);
    const object = cloneObject(current);
    rules.setReplicas(object, wanted.replicas);
    object.metadata = { ...object.metadata, resourceVersion: wanted.resourceVersion };
    if (wanted.uid) object.metadata.uid = wanted.uid;
    return object;
  };
  const answer = await replaceObject(core, { info, namespace, name }, replace, { ...options, subresource: "scale" });
  return scaleOf(info, answer.value);
}

function scaleOf(info: ResourceInfo, object: ApiObject): Scale {
  const rules = scaleRules(info);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata ?? {};
  const selector = rules.selector(object);
  return {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: rules.replicas(object) },
    status: { replicas: rules.statusReplicas(object), ...(selector && { selector }) },
  };
}

function scaleRules(info: ResourceInfo) {
  const { scale } = info.strategy;
  if (!scale) throw new StatusError("NotFound", `${info.groupResource} have no scale`);
  return scale;
}

function validateReplicas(name: string, replicas: number): void {
  if (replicas >= 0) return;
  const errors = new FieldErrors();
  errors.invalid("spec.replicas", replicas, "must be greater than or equal to 0");
  throw errors.toError({ group: "autoscaling", kind: "Scale", name });
}
