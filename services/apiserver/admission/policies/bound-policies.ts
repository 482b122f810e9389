import type { ValidatingAdmissionPolicyBindingSpec } from "../../../../gen/typernetes/admissionregistration/v1/validating_admission_policy_binding.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import type { AdmissionContext } from "../admission.ts";
import { type Match, matchOf } from "./match-resources.ts";

const group = "admissionregistration.k8s.io";

/** Puts a policy into force; those of policies that change objects have no actions. */
export interface Binding extends ApiObject {
  readonly spec?: ValidatingAdmissionPolicyBindingSpec | undefined;
}

/** A binding, and to what it narrows its policy. */
export interface PreparedBinding {
  readonly binding: Binding;
  readonly match: Match | undefined;
}

/** All policies of a kind that are bound to something, by name; made anew when one of them or of their bindings changes. */
export function boundPolicies<T>(
  { cache, resource }: AdmissionContext,
  plural: "validatingadmissionpolicies" | "mutatingadmissionpolicies",
  prepare: (policy: ApiObject, bindings: readonly PreparedBinding[]) => T,
): () => readonly T[] {
  const policyInfo = resource(group, plural);
  const bindingInfo = resource(group, plural.replace(/ies$/, "ybindings"));
  let known: readonly T[] = [];
  let state = "";
  return () => {
    const [policies, bindings] = [cache.cacheOf(policyInfo), cache.cacheOf(bindingInfo)];
    if (bindings.size === 0 || policies.size === 0) return [];
    const now = `${policies.version}/${bindings.version}`;
    if (now === state) return known;
    const bound = bindings.snapshot(undefined).map((entry) => preparedBinding(bindings.decode(entry)));
    known = policies.snapshot(undefined).flatMap((entry) => {
      const policy = policies.decode(entry);
      const own = bound.filter(({ binding }) => binding.spec?.policyName === policy.metadata?.name);
      return own.length > 0 ? [prepare(policy, own)] : [];
    });
    state = now;
    return known;
  };
}

function preparedBinding(binding: Binding): PreparedBinding {
  return { binding, match: binding.spec?.matchResources && matchOf(binding.spec.matchResources) };
}
