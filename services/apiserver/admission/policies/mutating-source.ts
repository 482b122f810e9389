import type {
  MutatingAdmissionPolicy,
  Mutation,
} from "../../../../gen/typernetes/admissionregistration/v1beta1/mutating_admission_policy.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import type { AdmissionContext } from "../admission.ts";
import { type MatchConditions, matchConditionsOf } from "../webhooks/match-conditions.ts";
import { boundPolicies, type PreparedBinding } from "./bound-policies.ts";
import { type Prepared, prepared } from "./evaluation.ts";
import { type Match, matchOf } from "./match-resources.ts";
import { objectType, operationsType, patchTypes } from "./patch-types.ts";

export type MutatingPolicy = ApiObject & MutatingAdmissionPolicy;

export interface PreparedMutation {
  readonly patchType: "ApplyConfiguration" | "JSONPatch";
  readonly source: string;
  readonly expression: Prepared;
}

/** A policy with everything that is bound to it, ready to change objects. */
export interface PreparedMutatingPolicy {
  readonly name: string;
  readonly policy: MutatingPolicy;
  readonly match: Match;
  readonly conditions: MatchConditions;
  readonly variables: ReadonlyMap<string, Prepared>;
  readonly mutations: readonly PreparedMutation[];
  readonly bindings: readonly PreparedBinding[];
}

/** All policies that are bound to something, by name. */
export function mutatingPolicySource(context: AdmissionContext): () => readonly PreparedMutatingPolicy[] {
  return boundPolicies(context, "mutatingadmissionpolicies", prepare);
}

/** The kind of a mutation, its expression, and what that has to make. */
export function expressionOf({ patchType, applyConfiguration, jsonPatch }: Mutation) {
  return patchType === "JSONPatch"
    ? { patchType: "JSONPatch" as const, source: jsonPatch?.expression ?? "", result: operationsType }
    : { patchType: "ApplyConfiguration" as const, source: applyConfiguration?.expression ?? "", result: objectType };
}

function prepare(policy: MutatingPolicy, bindings: readonly PreparedBinding[]): PreparedMutatingPolicy {
  const { matchConstraints = {}, matchConditions, variables = [], mutations = [] } = policy.spec ?? {};
  const messages = patchTypes();
  // What variables make goes into what mutations make: all know the types of all.
  for (const { expression = "" } of variables) messages.declareIn(expression);
  for (const mutation of mutations) messages.declareIn(expressionOf(mutation).source);
  return {
    name: policy.metadata?.name ?? "",
    policy,
    match: matchOf(matchConstraints),
    conditions: matchConditionsOf(matchConditions),
    variables: new Map(variables.map(({ name = "", expression = "" }) => [name, prepared(expression, { messages })])),
    mutations: mutations.map((mutation) => {
      const { patchType, source, result } = expressionOf(mutation);
      return { patchType, source, expression: prepared(source, { result, messages }) };
    }),
    bindings,
  };
}
