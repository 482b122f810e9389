import type { Pod } from "../../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../../lib/api/deep.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import { forbidden } from "../../errors.ts";
import type { AdmissionContext, AdmissionPluginFactory, AdmissionRequest } from "../admission.ts";
import { namespaceNamed } from "../webhooks/selectors.ts";
import { baselineChecks } from "./baseline.ts";
import { restrictedChecks } from "./restricted.ts";

const prefix = "pod-security.kubernetes.io/";
/** How many pods of a namespace are looked at when its level changes. */
const existingPodsMax = 3000;
const shownPodsMax = 10;

type Mode = "enforce" | "audit" | "warn";

interface Level {
  readonly level: string;
  readonly version: string;
}

/** Pods keep to the level that the labels of their namespace name. */
export const podSecurity: AdmissionPluginFactory = (context) => ({
  name: "PodSecurity",
  validate(request) {
    const { groupResource } = request.info;
    if (groupResource === "namespaces") return warnOfExisting(context, request);
    if (!request.namespace || !request.object) return;
    if (groupResource === "pods") {
      if (isSignificant(request)) judge(context, request, request.object, true);
      return;
    }
    const template = request.subresource || request.operation === "DELETE" ? undefined : templateOf(request.object);
    if (template) judge(context, request, template, false);
  },
});

function isSignificant({ operation, subresource, object, old }: AdmissionRequest): boolean {
  if (operation === "CREATE") return !subresource;
  if (operation !== "UPDATE" || (subresource && subresource !== "ephemeralcontainers")) return false;
  const [now, before]: [Pod, Pod] = [object ?? {}, old ?? {}];
  return !deepEqual(now.spec, before.spec);
}

/** The pods that a workload would make. */
function templateOf(object: ApiObject): Pod | undefined {
  const { spec }: ApiObject & { spec?: { template?: Pod; jobTemplate?: { spec?: { template?: Pod } } } } = object;
  const template = spec?.template ?? spec?.jobTemplate?.spec?.template;
  return template?.spec?.containers ? template : undefined;
}

function judge(context: AdmissionContext, request: AdmissionRequest, pod: Pod, isPod: boolean): void {
  const levels = levelsOf(namespaceNamed(context, request.namespace ?? "")?.metadata?.labels);
  if (!levels) return;
  const fault = isPod ? faultOf(pod, levels.enforce) : undefined;
  if (fault) throw forbidden(request.info, request.name, `violates PodSecurity ${fault}`);
  const audited = faultOf(pod, levels.audit);
  if (audited) request.annotate?.(`${prefix}audit-violations`, `would violate PodSecurity ${audited}`);
  const warned = faultOf(pod, levels.warn);
  if (warned) request.warn?.(`would violate PodSecurity ${warned}`);
}

const anything: Level = { level: "privileged", version: "latest" };

/** By the labels of a namespace, which are frozen; null: they name no level. */
const known = new WeakMap<object, Record<Mode, Level> | null>();

function levelsOf(labels: Readonly<Record<string, string>> | undefined): Record<Mode, Level> | null {
  if (!labels) return null;
  let levels = known.get(labels);
  if (levels === undefined) {
    const isNamed = Object.keys(labels).some((name) => name.startsWith(prefix));
    const level = (mode: Mode) => levelOf(labels, mode);
    levels = isNamed ? { enforce: level("enforce"), audit: level("audit"), warn: level("warn") } : null;
    known.set(labels, levels);
  }
  return levels;
}

function levelOf(labels: Readonly<Record<string, string>> | undefined, mode: Mode): Level {
  const level = labels?.[prefix + mode];
  if (level === undefined) return anything;
  const version = labels?.[`${prefix}${mode}-version`] ?? "latest";
  // What cannot be read is taken for the strictest.
  return { level: ["privileged", "baseline", "restricted"].includes(level) ? level : "restricted", version };
}

/** `"restricted:latest": reason (detail), …`; undefined when the pod keeps to the level. */
function faultOf(pod: Pod, { level, version }: Level): string | undefined {
  const reasons = faultsOf(pod, level).map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason));
  return reasons.length > 0 ? `${JSON.stringify(`${level}:${version}`)}: ${reasons.join(", ")}` : undefined;
}

function faultsOf(pod: Pod, level: string): { reason: string; detail: string }[] {
  if (level === "privileged") return [];
  const isRestricted = level === "restricted";
  const baseline = baselineChecks.filter((check) => !(isRestricted && check.isReplacedWhenRestricted));
  return [...baseline, ...(isRestricted ? restrictedChecks : [])].flatMap(({ reason, fault }) => {
    const detail = fault(pod);
    return detail === undefined ? [] : [{ reason, detail }];
  });
}

/** Who makes a namespace stricter is told which of its pods would not be let in any more. */
function warnOfExisting({ cache, resource }: AdmissionContext, request: AdmissionRequest): void {
  const { operation, subresource, object, old, name } = request;
  if (operation !== "UPDATE" || subresource || !request.warn) return;
  const enforced = levelOf(object?.metadata?.labels, "enforce");
  if (deepEqual(enforced, levelOf(old?.metadata?.labels, "enforce")) || enforced.level === "privileged") return;
  const pods = cache.cacheOf(resource("", "pods"));
  const violations: string[] = [];
  for (const entry of pods.snapshot(name).slice(0, existingPodsMax)) {
    const pod: ApiObject & Pod = pods.decode(entry);
    const reasons = faultsOf(pod, enforced.level).map(({ reason }) => reason);
    if (reasons.length > 0) violations.push(`${pod.metadata?.name}: ${reasons.join(", ")}`);
  }
  if (violations.length === 0) return;
  const level = JSON.stringify(`${enforced.level}:${enforced.version}`);
  request.warn(`existing pods in namespace ${JSON.stringify(name)} violate the new PodSecurity enforce level ${level}`);
  for (const violation of violations.slice(0, shownPodsMax)) request.warn(violation);
}
