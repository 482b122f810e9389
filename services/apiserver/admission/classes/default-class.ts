import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import type { AdmissionContext } from "../admission.ts";

/** The newest object of a kind that is annotated as the default; of several made at once, the first by name. */
export function defaultClass(
  { cache, resource }: AdmissionContext,
  [group, plural]: readonly [string, string],
  annotations: readonly string[],
): { name: string; count: number } | undefined {
  const classes = cache.cacheOf(resource(group, plural));
  const isDefault = ({ metadata }: ApiObject) => annotations.some((key) => metadata?.annotations?.[key] === "true");
  const found = classes.snapshot(undefined).map(classes.decode).filter(isDefault);
  const madeAt = ({ metadata }: ApiObject) => Date.parse(metadata?.creationTimestamp ?? "") || 0;
  const [newest] = found.sort((one, other) => madeAt(other) - madeAt(one));
  return newest && { name: newest.metadata?.name ?? "", count: found.length };
}
