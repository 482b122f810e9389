import type {
  MatchResources,
  ValidatingAdmissionPolicy,
} from "../../../../gen/typernetes/admissionregistration/v1/validating_admission_policy.ts";
import type { ValidatingAdmissionPolicyBinding } from "../../../../gen/typernetes/admissionregistration/v1/validating_admission_policy_binding.ts";
import { type CompiledExpression, compile } from "../../../../lib/cel/compile.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import type { AdmissionContext } from "../admission.ts";
import { type MatchConditions, matchConditionsOf } from "../webhooks/match-conditions.ts";
import { type Selectors, selectorsOf } from "../webhooks/selectors.ts";

const group = "admissionregistration.k8s.io";
/** What expressions of policies look at. */
const variables = {
  object: "dyn",
  oldObject: "dyn",
  request: "dyn",
  params: "dyn",
  namespaceObject: "dyn",
  authorizer: "dyn",
  variables: "dyn",
};

export type Policy = ApiObject & ValidatingAdmissionPolicy;
export type Binding = ApiObject & ValidatingAdmissionPolicyBinding;

/** To which requests something applies, ready to be asked. */
export interface Match {
  readonly resources: MatchResources;
  readonly selectors: Selectors;
}

/** An expression that is ready, or what is wrong with it. */
export type Prepared = { readonly expression: CompiledExpression } | { readonly error: Error };

export interface PreparedValidation {
  readonly source: string;
  readonly test: Prepared;
  readonly message: string | undefined;
  readonly messageExpression: Prepared | undefined;
  readonly reason: string;
}

/** A policy with everything that is bound to it, ready to judge. */
export interface PreparedPolicy {
  readonly name: string;
  readonly policy: Policy;
  readonly match: Match;
  readonly conditions: MatchConditions;
  readonly variables: ReadonlyMap<string, Prepared>;
  readonly validations: readonly PreparedValidation[];
  readonly annotations: readonly { readonly key: string; readonly value: Prepared }[];
  readonly bindings: readonly { readonly binding: Binding; readonly match: Match | undefined }[];
}

/** All policies that are bound to something, by name; made anew when one of them or of their bindings changes. */
export function policySource({ cache, resource }: AdmissionContext): () => readonly PreparedPolicy[] {
  const policyInfo = resource(group, "validatingadmissionpolicies");
  const bindingInfo = resource(group, "validatingadmissionpolicybindings");
  let known: readonly PreparedPolicy[] = [];
  let state = "";
  return () => {
    const [policies, bindings] = [cache.cacheOf(policyInfo), cache.cacheOf(bindingInfo)];
    if (bindings.size === 0 || policies.size === 0) return [];
    const now = `${policies.version}/${bindings.version}`;
    if (now === state) return known;
    state = now;
    const bound: Binding[] = bindings.snapshot(undefined).map(bindings.decode);
    known = policies.snapshot(undefined).flatMap((entry) => {
      const policy: Policy = policies.decode(entry);
      const own = bound.filter(({ spec }) => spec?.policyName === policy.metadata?.name);
      return own.length > 0 ? [prepare(policy, own)] : [];
    });
    return known;
  };
}

function prepare(policy: Policy, bindings: readonly Binding[]): PreparedPolicy {
  const { spec = {} } = policy;
  return {
    name: policy.metadata?.name ?? "",
    policy,
    match: matchOf(spec.matchConstraints ?? {}),
    conditions: matchConditionsOf(spec.matchConditions),
    variables: new Map((spec.variables ?? []).map(({ name = "", expression = "" }) => [name, prepared(expression)])),
    validations: (spec.validations ?? []).map(({ expression = "", message, messageExpression, reason }) => ({
      source: expression,
      test: prepared(expression, "bool"),
      message,
      messageExpression: messageExpression ? prepared(messageExpression, "string") : undefined,
      reason: reason ?? "Invalid",
    })),
    annotations: (spec.auditAnnotations ?? []).map(({ key = "", valueExpression = "" }) => ({
      key,
      value: prepared(valueExpression),
    })),
    bindings: bindings.map((binding) => ({
      binding,
      match: binding.spec?.matchResources && matchOf(binding.spec.matchResources),
    })),
  };
}

function matchOf(resources: MatchResources): Match {
  return { resources, selectors: selectorsOf(resources) };
}

/** Compiles an expression of a policy. */
export function prepared(source: string, result?: "bool" | "string"): Prepared {
  try {
    return { expression: compile(source, { variables, ...(result && { result }) }) };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}
