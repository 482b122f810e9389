import type { LimitRangeItem } from "../../../../gen/typernetes/core/v1/limit_range.ts";
import type { Container, Pod } from "../../../../gen/typernetes/core/v1/pod.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";

const annotation = "kubernetes.io/limit-ranger";

type Amounts = Readonly<Record<string, string>>;

/** Gives a pod's containers the requests and limits that they do not have, and notes which. */
export function setDefaults(pod: ApiObject & Pod, items: readonly LimitRangeItem[]): void {
  const defaults = { requests: merged(items, "defaultRequest"), limits: merged(items, "default") };
  const notes: string[] = [];
  const complete = (what: string) => (container: Container) => {
    const requests = { ...defaults.requests, ...container.resources?.requests };
    const limits = { ...defaults.limits, ...container.resources?.limits };
    const added = [
      note(addedNames(requests, container.resources?.requests), "request", `${what} ${container.name}`),
      note(addedNames(limits, container.resources?.limits), "limit", `${what} ${container.name}`),
    ].flat();
    if (added.length === 0) return container;
    notes.push(...added);
    const resources = {
      ...container.resources,
      ...(Object.keys(requests).length > 0 && { requests }),
      ...(Object.keys(limits).length > 0 && { limits }),
    };
    return { ...container, resources };
  };
  const spec = { ...pod.spec };
  if (spec.containers) spec.containers = spec.containers.map(complete("container"));
  if (spec.initContainers) spec.initContainers = spec.initContainers.map(complete("init container"));
  if (notes.length === 0) return;
  pod.spec = spec;
  const text = `LimitRanger plugin set: ${notes.join("; ")}`;
  pod.metadata = { ...pod.metadata, annotations: { ...pod.metadata?.annotations, [annotation]: text } };
}

/** The first range that names a resource decides. */
function merged(items: readonly LimitRangeItem[], field: "default" | "defaultRequest"): Amounts {
  return Object.assign({}, ...items.map((item) => item[field] ?? {}).reverse());
}

function addedNames(now: Amounts, before: Amounts | undefined): string[] {
  return Object.keys(now)
    .filter((name) => before?.[name] === undefined)
    .sort();
}

function note(names: readonly string[], side: string, of: string): string[] {
  return names.length > 0 ? [`${names.join(", ")} ${side} for ${of}`] : [];
}
