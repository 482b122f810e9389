import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PriorityClass } from "../../../gen/typernetes/scheduling/v1/priority_class.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { systemPriorityClasses } from "../bootstrap/priority-classes.ts";
import { forbidden } from "../errors.ts";
import { storeKey } from "../resource-info.ts";
import type { ResourceCache } from "../watch-cache/resource-cache.ts";
import type { AdmissionContext, AdmissionPluginFactory, AdmissionRequest } from "./admission.ts";

/** A pod has the priority of the class that it names, or of the default one; there is one default at most. */
export const priority: AdmissionPluginFactory = (context) => ({
  name: "Priority",
  kinds: ["pods", "priorityclasses.scheduling.k8s.io"],
  admit(request) {
    if (request.info.groupResource !== "pods" || request.subresource) return;
    if (request.operation === "CREATE") return setPriority(context, request);
    if (request.operation === "UPDATE") keepPriority(request);
  },
  validate(request) {
    if (request.info.groupResource !== "priorityclasses.scheduling.k8s.io" || !request.object) return;
    const { globalDefault }: PriorityClass = request.object;
    const other = globalDefault ? globalDefaultOf(context) : undefined;
    if (!other || other.metadata?.name === request.name) return;
    const detail = `PriorityClass ${other.metadata?.name} is already marked as default. Only one default can exist`;
    throw forbidden(request.info, request.name, detail);
  },
});

function setPriority(context: AdmissionContext, request: AdmissionRequest): Promise<void> | void {
  const pod: ApiObject & Pod = request.object ?? {};
  const className = pod.spec?.priorityClassName;
  if (!className) return takePriority(request, pod, globalDefaultOf(context));
  return classOf(context, className).then((named) => {
    if (!named) throw forbidden(request.info, request.name, `no PriorityClass with name ${className} was found`);
    takePriority(request, pod, named);
  });
}

function takePriority(
  request: AdmissionRequest,
  pod: ApiObject & Pod,
  chosen: (ApiObject & PriorityClass) | undefined,
): void {
  const { value = 0, preemptionPolicy = "PreemptLowerPriority" } = chosen ?? {};
  pod.spec ??= {};
  const { spec } = pod;
  const given = (what: string, shown: string | number, computed: string | number) =>
    `the ${what} (${shown}) must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`;
  if (spec.priority !== undefined && spec.priority !== value)
    throw forbidden(request.info, request.name, given("integer value of priority", spec.priority, value));
  if (spec.preemptionPolicy && spec.preemptionPolicy !== preemptionPolicy) {
    const detail = given("string value of PreemptionPolicy", spec.preemptionPolicy, preemptionPolicy);
    throw forbidden(request.info, request.name, detail);
  }
  if (!spec.priorityClassName && chosen) spec.priorityClassName = chosen.metadata?.name;
  spec.priority = value;
  spec.preemptionPolicy = preemptionPolicy;
}

/** Clients that do not know the field leave it out. */
function keepPriority({ object, old }: AdmissionRequest): void {
  const pod: ApiObject & Pod = object ?? {};
  const before: Pod = old ?? {};
  if (pod.spec && pod.spec.priority === undefined && before.spec?.priority !== undefined)
    pod.spec = { ...pod.spec, priority: before.spec.priority };
  if (pod.spec && !pod.spec.preemptionPolicy && before.spec?.preemptionPolicy)
    pod.spec = { ...pod.spec, preemptionPolicy: before.spec.preemptionPolicy };
}

async function classOf(
  { cache, resource }: AdmissionContext,
  name: string,
): Promise<(ApiObject & PriorityClass) | undefined> {
  const classes = resource("scheduling.k8s.io", "priorityclasses");
  const classCache = cache.cacheOf(classes);
  const key = storeKey(classes, undefined, name);
  if (!classCache.get(key)) await cache.fresh();
  const entry = classCache.get(key);
  // The system's own classes count also before they are stored.
  return entry ? classCache.decode(entry) : systemPriorityClasses.find(({ metadata }) => metadata?.name === name);
}

type GlobalDefault = (ApiObject & PriorityClass) | undefined;

/** Until the classes change. */
const globalDefaults = new WeakMap<ResourceCache, { version: number; found: GlobalDefault }>();

function globalDefaultOf({ cache, resource }: AdmissionContext): GlobalDefault {
  const classes = cache.cacheOf(resource("scheduling.k8s.io", "priorityclasses"));
  const known = globalDefaults.get(classes);
  if (known?.version === classes.version) return known.found;
  const found = findGlobalDefault(classes);
  globalDefaults.set(classes, { version: classes.version, found });
  return found;
}

/** The one that was first, should there be several. */
function findGlobalDefault(classes: ResourceCache): GlobalDefault {
  const found: (ApiObject & PriorityClass)[] = classes.snapshot(undefined).map(classes.decode);
  const defaults = found.filter(({ globalDefault }) => globalDefault);
  return defaults.sort((one, other) => (one.value ?? 0) - (other.value ?? 0))[0];
}
