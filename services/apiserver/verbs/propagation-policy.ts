import type { DeleteOptions } from "../../../gen/typernetes/meta/v1/options.ts";
import { FieldErrors } from "../../../lib/api/field-errors.ts";
import type { Strategy } from "../../../lib/resources/strategy.ts";

const policies = ["Background", "Foreground", "Orphan"];
const finalizerOf: Readonly<Record<string, string>> = { Foreground: "foregroundDeletion", Orphan: "orphan" };

/**
 * The finalizers of an object whose deletion says what becomes of its dependents. When it does not say, those it has
 * stay, or else the custom of its kind decides.
 */
export function finalizersFor(finalizers: readonly string[], options: DeleteOptions, strategy: Strategy): string[] {
  const own = Object.values(finalizerOf);
  const says = finalizers.some((finalizer) => own.includes(finalizer));
  const policy = policyOf(options) ?? (strategy.orphansDependents && !says ? "Orphan" : undefined);
  if (policy === undefined) return [...finalizers];
  const others = finalizers.filter((finalizer) => !own.includes(finalizer));
  const wanted = finalizerOf[policy];
  return wanted ? [...others, wanted] : others;
}

/** What who deletes is told when the custom of the kind may surprise; undefined when there is nothing to tell. */
export function orphaningWarning(options: DeleteOptions, strategy: Strategy): string | undefined {
  const { kind, plural } = strategy.schema;
  if (!strategy.orphansDependents || kind !== "Job" || policyOf(options) !== undefined) return undefined;
  const choice = "propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning";
  return `child pods are preserved by default when ${plural} are deleted; set ${choice}`;
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
