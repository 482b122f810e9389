import type { LabelSelector } from "../../../gen/typernetes/meta/v1/selector.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkQualifiedName } from "../rules.ts";

/** Checks keys of the pod's own labels that are added to a selector. */
export function checkLabelKeys(
  keys: readonly string[],
  selector: LabelSelector | undefined,
  path: string,
  errors: FieldErrors,
): void {
  if (keys.length === 0) return;
  if (!selector) errors.forbidden(path, "must not be specified when labelSelector is not set");
  else for (const [index, key] of keys.entries()) checkQualifiedName(key, `${path}[${index}]`, errors);
}

/** A pod's own label is merged into the selector once; a key that is there more often was there before. */
export function timesSelected(key: string, selector: LabelSelector): number {
  const byLabel = Object.hasOwn(selector.matchLabels ?? {}, key) ? 1 : 0;
  return byLabel + (selector.matchExpressions ?? []).filter((it) => it.key === key).length;
}
