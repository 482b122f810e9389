import type { ParamKind } from "../../../../gen/typernetes/admissionregistration/v1/validating_admission_policy.ts";
import type { ParamRef } from "../../../../gen/typernetes/admissionregistration/v1/validating_admission_policy_binding.ts";
import { labelMatcherOf } from "../../../../lib/api/label-selector.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import { storeKey } from "../../resource-info.ts";
import type { ResourceCache } from "../../watch-cache/resource-cache.ts";
import type { AdmissionContext } from "../admission.ts";

/**
 * The objects that a binding names as parameters, one judgement for each; null where a policy needs none.
 * @throws Error when there are none that it could go without, or their kind is not known.
 */
export async function paramsOf(
  { cache }: AdmissionContext,
  kind: ParamKind | undefined,
  ref: ParamRef | undefined,
  namespace: string | undefined,
): Promise<(ApiObject | null)[]> {
  if (!kind || !ref) return [null];
  const found = cacheOfKind(cache.caches(), kind);
  if (!found)
    throw new Error(`failed to find resource referenced by paramKind: '${kind.apiVersion}, Kind=${kind.kind}'`);
  const { info } = found;
  const place = info.schema.namespaced ? ref.namespace || namespace : undefined;
  if (info.schema.namespaced && !place)
    throw new Error("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
  let params = select(found, ref, place);
  if (params.length === 0) {
    await cache.fresh();
    params = select(found, ref, place);
  }
  if (params.length === 0 && ref.parameterNotFoundAction !== "Allow")
    throw new Error("no params found for policy binding with `Deny` parameterNotFoundAction");
  return params;
}

function cacheOfKind(caches: Iterable<ResourceCache>, { apiVersion = "", kind }: ParamKind): ResourceCache | undefined {
  const group = apiVersion.includes("/") ? apiVersion.split("/", 1)[0] : "";
  for (const cache of caches) if (cache.info.schema.group === group && cache.info.schema.kind === kind) return cache;
  return undefined;
}

function select(cache: ResourceCache, { name, selector }: ParamRef, namespace: string | undefined): ApiObject[] {
  if (name) {
    const entry = cache.get(storeKey(cache.info, namespace, name));
    return entry ? [cache.decode(entry)] : [];
  }
  const matcher = labelMatcherOf(selector ?? {});
  return cache
    .snapshot(namespace)
    .map(cache.decode)
    .filter(({ metadata }) => matcher.matches(metadata?.labels));
}
