import type { LabelSelector } from "../../../../gen/typernetes/meta/v1/selector.ts";
import { type LabelMatcher, labelMatcherOf } from "../../../../lib/api/label-selector.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import { storeKey } from "../../resource-info.ts";
import type { AdmissionContext, AdmissionRequest } from "../admission.ts";
import { namespaceOf } from "./review-request.ts";

/** Which namespaces and objects a hook or policy is about; without a selector all. */
export interface Selectors {
  readonly namespaces: LabelMatcher;
  readonly objects: LabelMatcher;
}

/** @throws StatusError `BadRequest` for selectors that are none. */
export function selectorsOf(given: {
  namespaceSelector?: LabelSelector | undefined;
  objectSelector?: LabelSelector | undefined;
}): Selectors {
  return {
    namespaces: labelMatcherOf(given.namespaceSelector ?? {}),
    objects: labelMatcherOf(given.objectSelector ?? {}),
  };
}

/** Whether a request is about what is selected. */
export function isSelected(context: AdmissionContext, request: AdmissionRequest, selectors: Selectors): boolean {
  return isNamespaceSelected(context, request, selectors.namespaces) && isObjectSelected(request, selectors.objects);
}

/** Either of the old object and the new one is enough. */
function isObjectSelected({ operation, object, old }: AdmissionRequest, matcher: LabelMatcher): boolean {
  if (matcher.isEmpty) return true;
  const candidates = operation === "CONNECT" ? [] : [object, old];
  return candidates.some((candidate) => candidate && matcher.matches(candidate.metadata?.labels));
}

function isNamespaceSelected(context: AdmissionContext, request: AdmissionRequest, matcher: LabelMatcher): boolean {
  if (matcher.isEmpty) return true;
  const name = namespaceOf(request);
  if (!name) return true;
  const isOfNamespace = request.info.groupResource === "namespaces" && !request.subresource;
  const own = isOfNamespace && request.operation !== "DELETE" ? request.object : undefined;
  return matcher.matches((own ?? namespaceNamed(context, name))?.metadata?.labels);
}

/** A namespace as the cache has it. */
export function namespaceNamed({ cache, resource }: AdmissionContext, name: string): ApiObject | undefined {
  const namespaces = resource("", "namespaces");
  const namespaceCache = cache.cacheOf(namespaces);
  const entry = namespaceCache.get(storeKey(namespaces, undefined, name));
  return entry && namespaceCache.decode(entry);
}
