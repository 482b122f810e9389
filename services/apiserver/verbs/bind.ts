import type { Binding } from "../../../gen/typernetes/core/v1/binding.ts";
import type { BindPodsRequest, BindPodsResponse, Pod, PodCondition } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Status } from "../../../gen/typernetes/meta/v1/status.ts";
import { FieldErrors } from "../../../lib/api/field-errors.ts";
import { toStatus, toStatusError } from "../../../lib/grpc/status.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { admitPart, bindingPart } from "../admission/admit-part.ts";
import type { Caller, Core } from "../core.ts";
import { conflict, fromStore } from "../errors.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { formatTime } from "../time.ts";
import { cloneObject } from "./clone-object.ts";
import { objectPath } from "./object-path.ts";
import { replaceObject } from "./update.ts";

/** Assigns pods to nodes: all at the same time, so that they share commits of the store, and each for itself. */
export async function bindPods(
  core: Core,
  pods: ResourceInfo,
  request: BindPodsRequest,
  caller: Caller,
): Promise<BindPodsResponse> {
  const bindOne = async (binding: Binding): Promise<Status> => {
    try {
      await bindPod(core, pods, binding, caller);
      return {};
    } catch (error) {
      return toStatus(toStatusError(fromStore(error, pods, ""), "bind", core.logger));
    }
  };
  return { results: await Promise.all((request.bindings ?? []).map(bindOne)) };
}

/** Assigns a pod to a node. @throws StatusError `Conflict` when it has one, or is on its way out. */
export async function bindPod(core: Core, pods: ResourceInfo, given: Binding, caller: Caller): Promise<void> {
  const path = objectPath(pods, given.metadata?.namespace, given.metadata?.name);
  const binding = await admitPart(core, bindingPart, { ...path, object: given, dryRun: false }, caller);
  validateBinding(binding, path.name);
  const { uid, resourceVersion, annotations, labels } = binding.metadata ?? {};
  const replace = (current: ApiObject) => {
    checkFree(pods, path.name, current);
    const pod: ApiObject & Pod = cloneObject(current);
    pod.spec = { ...pod.spec, nodeName: binding.target?.name };
    pod.status = { ...pod.status, conditions: withScheduled(pod.status?.conditions, formatTime(core.clock.now())) };
    pod.metadata = { ...pod.metadata, resourceVersion, ...(uid && { uid }) };
    if (annotations) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
    if (labels) pod.metadata.labels = { ...pod.metadata.labels, ...labels };
    return pod;
  };
  await replaceObject(core, path, replace, { caller, subresource: "binding", dryRun: false });
}

function validateBinding(binding: Binding, name: string): void {
  const errors = new FieldErrors();
  const { kind, name: node } = binding.target ?? {};
  if (kind && kind !== "Node") errors.notSupported("target.kind", kind, ["Node", '""']);
  if (!node) errors.required("target.name");
  const error = errors.toError({ group: "", kind: "Binding", name });
  if (error) throw error;
}

function checkFree(pods: ResourceInfo, name: string, pod: ApiObject & Pod): void {
  if (pod.metadata?.deletionTimestamp) {
    throw conflict(pods, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (pod.spec?.nodeName) throw conflict(pods, name, `pod ${name} is already assigned to node "${pod.spec.nodeName}"`);
  if (pod.spec?.schedulingGates?.length) {
    throw conflict(pods, name, `pod ${name} has non-empty .spec.schedulingGates`);
  }
}

function withScheduled(conditions: readonly PodCondition[] = [], now: string): PodCondition[] {
  const before = conditions.find((condition) => condition.type === "PodScheduled");
  if (before?.status === "True") return [...conditions];
  const others = conditions.filter((condition) => condition !== before);
  return [...others, { type: "PodScheduled", status: "True", lastTransitionTime: now }];
}
