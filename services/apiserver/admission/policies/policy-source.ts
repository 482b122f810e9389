import type { ValidatingAdmissionPolicy } from "../../../../gen/typernetes/admissionregistration/v1/validating_admission_policy.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import type { AdmissionContext } from "../admission.ts";
import { type MatchConditions, matchConditionsOf } from "../webhooks/match-conditions.ts";
import { boundPolicies, type PreparedBinding } from "./bound-policies.ts";
import { type Prepared, prepared } from "./evaluation.ts";
import { type Match, matchOf } from "./match-resources.ts";

export type Policy = ApiObject & ValidatingAdmissionPolicy;

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
  readonly bindings: readonly PreparedBinding[];
}

/** All policies that are bound to something, by name. */
export function policySource(context: AdmissionContext): () => readonly PreparedPolicy[] {
  return boundPolicies(context, "validatingadmissionpolicies", prepare);
}

function prepare(policy: Policy, bindings: readonly PreparedBinding[]): PreparedPolicy {
  const { spec = {} } = policy;
  return {
    name: policy.metadata?.name ?? "",
    policy,
    match: matchOf(spec.matchConstraints ?? {}),
    conditions: matchConditionsOf(spec.matchConditions),
    variables: new Map((spec.variables ?? []).map(({ name = "", expression = "" }) => [name, prepared(expression)])),
    validations: (spec.validations ?? []).map(({ expression = "", message, messageExpression, reason }) => ({
      source: expression,
      test: prepared(expression, { result: "bool" }),
      message,
      messageExpression: messageExpression ? prepared(messageExpression, { result: "string" }) : undefined,
      reason: reason ?? "Invalid",
    })),
    annotations: (spec.auditAnnotations ?? []).map(({ key = "", valueExpression = "" }) => ({
      key,
      value: prepared(valueExpression),
    })),
    bindings,
  };
}
