import type { DeleteOptions } from "../../../gen/typernetes/meta/v1/options.ts";
import { FieldErrors } from "../../../lib/api/field-errors.ts";

const policies = ["Background", "Foreground", "Orphan"];
const finalizerOf: Readonly<Record<string, string>> = { Foreground: "foregroundDeletion", Orphan: "orphan" };

/** The finalizers of an object whose deletion says what becomes of its dependents; unchanged when it does not say. */
export function finalizersFor(finalizers: readonly string[], options: DeleteOptions): string[] {
  const policy = policyOf(options);
  if (policy === undefined) return [...finalizers];
  const others = finalizers.filter((finalizer) => !Object.values(finalizerOf).includes(finalizer));
  const wanted = finalizerOf[policy];
  return wanted ? [...others, wanted] : others;
}

/** @throws StatusError `Invalid`. */
export function validateDeleteOptions(options: DeleteOptions): void {
  const errors = new FieldErrors();
  const { orphanDependents, propagationPolicy } = options;
  if (propagationPolicy !== undefined) {
    if (orphanDependents !== undefined) {
      errors.invalid(
        "propagationPolicy",
        propagationPolicy,
        "orphanDependents and deletionPropagation cannot be both set",
      );
    }
    if (!policies.includes(propagationPolicy)) {
      errors.notSupported("propagationPolicy", propagationPolicy, ["Foreground", "Background", "Orphan", "nil"]);
    }
  }
  const error = errors.toError({ group: "meta.k8s.io", kind: "DeleteOptions", name: "" });
  if (error) throw error;
}

function policyOf({ orphanDependents, propagationPolicy }: DeleteOptions): string | undefined {
  if (propagationPolicy !== undefined) return propagationPolicy;
  if (orphanDependents === undefined) return undefined;
  return orphanDependents ? "Orphan" : "Background";
}
