import type { EvictPodRequest, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Status } from "../../../gen/typernetes/meta/v1/status.ts";
import type { PodDisruptionBudget } from "../../../gen/typernetes/policy/v1/pod_disruption_budget.ts";
import { withCondition } from "../../../lib/api/conditions.ts";
import { labelMatcherOf } from "../../../lib/api/label-selector.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { admitPart, evictionPart } from "../admission/admit-part.ts";
import { itself } from "../bootstrap/itself.ts";
import type { Caller, Core } from "../core.ts";
import { badRequest } from "../errors.ts";
import type { ObjectPath } from "../registry/object-store.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { formatTime } from "../time.ts";
import { deleteObject } from "./delete.ts";
import { isDryRun } from "./dry-run.ts";
import { get } from "./get.ts";
import { objectPath } from "./object-path.ts";
import { refuseEviction } from "./refuse-eviction.ts";
import { replaceObject } from "./update.ts";

const evicted = { reason: "EvictionByEvictionAPI", message: "Eviction API: evicting" };

type Budget = PodDisruptionBudget & ApiObject;

/** Deletes a pod unless a disruption budget forbids it. @throws StatusError `TooManyRequests` when one does. */
export async function evictPod(
  core: Core,
  pods: ResourceInfo,
  request: EvictPodRequest,
  caller: Caller,
): Promise<Status> {
  const { eviction: object, options } = request;
  if (!object) throw badRequest("the request has no eviction");
  const path = objectPath(pods, object.metadata?.namespace, object.metadata?.name);
  const isTrial = isDryRun(options) || isDryRun(object.deleteOptions);
  const { deleteOptions } = await admitPart(core, evictionPart, { ...path, object, options, dryRun: isTrial }, caller);
  const { value: pod } = await get(core, pods, { namespace: path.namespace, name: path.name });
  const dryRun = isTrial || isDryRun(deleteOptions);
  if (!isAlreadyDown(pod)) await useBudget(core, pod, dryRun);
  if (!dryRun && !pod.metadata?.deletionTimestamp) await markDisrupted(core, path);
  // Admission was asked about the eviction, and is not about what comes of it.
  await deleteObject(
    { ...core, admission: [] },
    path,
    { ...deleteOptions, dryRun: dryRun ? ["All"] : undefined },
    caller,
  );
  return { apiVersion: "v1", kind: "Status", status: "Success", code: 201 };
}

/** Says in the pod's status why it ends, for those who count failures. */
async function markDisrupted(core: Core, path: ObjectPath): Promise<void> {
  const now = formatTime(core.clock.now());
  const disrupted = { type: "DisruptionTarget", status: "True", ...evicted };
  const mark = (current: ApiObject & Pod) => {
    const conditions = [...withCondition(current.status?.conditions, disrupted, now)];
    return { ...clonePlain(current), status: { ...clonePlain(current).status, conditions } };
  };
  await replaceObject(core, path, mark, { caller: itself, subresource: "status", dryRun: false });
}

/** Such a pod serves nobody: its end disrupts nothing. */
function isAlreadyDown(pod: ApiObject & Pod): boolean {
  const phase = pod.status?.phase;
  return !!pod.metadata?.deletionTimestamp || phase === "Succeeded" || phase === "Failed" || phase === "Pending";
}

async function useBudget(core: Core, pod: ApiObject & Pod, dryRun: boolean): Promise<void> {
  const budgets = budgetsOf(core, pod);
  const [first] = budgets;
  if (!first) return;
  if (budgets.length > 1) {
    const message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    throw new StatusError("InternalError", message);
  }
  if (mayGoUnready(first, pod)) return;
  const budgetInfo = core.resource("policy", "poddisruptionbudgets");
  const path = objectPath(budgetInfo, first.metadata?.namespace, first.metadata?.name);
  const decrement = (current: ApiObject) => withOneLess(clonePlain(current), pod, core.clock.now());
  await replaceObject(core, path, decrement, { caller: itself, subresource: "status", dryRun });
}

function budgetsOf(core: Core, pod: ApiObject): Budget[] {
  const cache = core.cache.cacheOf(core.resource("policy", "poddisruptionbudgets"));
  const inNamespace: Budget[] = cache.snapshot(pod.metadata?.namespace ?? "").map(cache.decode);
  return inNamespace.filter(
    ({ spec }) => spec?.selector && labelMatcherOf(spec.selector).matches(pod.metadata?.labels),
  );
}

/** A pod that is not ready may go when its budget says so, or when enough others are healthy. */
function mayGoUnready(budget: Budget, pod: ApiObject & Pod): boolean {
  const isReady = pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
  if (isReady) return false;
  if (budget.spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}

function withOneLess(budget: Budget, pod: ApiObject, nowMs: number): Budget {
  refuseEviction(budget);
  const status = { ...budget.status };
  const disruptionsAllowed = (status.disruptionsAllowed ?? 0) - 1;
  const disruptedPods = { ...status.disruptedPods, [pod.metadata?.name ?? ""]: formatTime(nowMs) };
  if (disruptionsAllowed > 0) return { ...budget, status: { ...status, disruptionsAllowed, disruptedPods } };
  const observedGeneration = status.observedGeneration;
  const used = {
    type: "DisruptionAllowed",
    status: "False",
    reason: "InsufficientPods",
    message: "",
    observedGeneration,
  };
  const conditions = [...withCondition(status.conditions, used, formatTime(nowMs))];
  return { ...budget, status: { ...status, disruptionsAllowed, disruptedPods, conditions } };
}
