import type { MatchCondition } from "../../../../gen/typernetes/admissionregistration/v1/mutating_webhook_configuration.ts";
import { FieldErrors } from "../../../../lib/api/field-errors.ts";
import type { AdmissionRequest } from "../admission.ts";
import { prepared } from "./evaluation.ts";
import { expressionOf, type MutatingPolicy } from "./mutating-source.ts";
import { patchTypes } from "./patch-types.ts";
import type { Policy } from "./policy-source.ts";

type Hooks = { webhooks?: { matchConditions?: MatchCondition[] | undefined }[] | undefined };

/** Refuses policies and webhooks with expressions that cannot be compiled. @throws StatusError `Invalid`. */
export function checkExpressions({ operation, subresource, info, name, object, old }: AdmissionRequest): void {
  if (!object || subresource || operation === "DELETE") return;
  const errors = new FieldErrors();
  const before = old ? new Set(expressionsOf(info.schema.plural, old).map(({ source }) => source)) : new Set<string>();
  const messages = info.schema.plural === "mutatingadmissionpolicies" ? patchTypes() : undefined;
  const all = expressionsOf(info.schema.plural, object).filter(({ source }) => source.trim());
  for (const { source } of all) messages?.declareIn(source);
  for (const { source, path, result, makesMessages } of all) {
    const options = { ...(result && { result }), ...(makesMessages && messages && { messages }) };
    // What was let in once may stay.
    const fault = before.has(source) ? undefined : prepared(source, options);
    if (fault && "error" in fault) errors.invalid(path, source, fault.error.message);
  }
  const error = errors.toError({ group: info.schema.group, kind: info.schema.kind, name });
  if (error) throw error;
}

interface Placed {
  readonly source: string;
  readonly path: string;
  readonly result?: string;
  readonly makesMessages?: boolean;
}

function expressionsOf(plural: string, object: Policy & Hooks): Placed[] {
  if (plural.endsWith("webhookconfigurations"))
    return (object.webhooks ?? []).flatMap(({ matchConditions }, index) =>
      conditionsAt(matchConditions, `webhooks[${index}]`),
    );
  if (plural === "mutatingadmissionpolicies") return expressionsOfChanges(object);
  if (plural !== "validatingadmissionpolicies") return [];
  const { matchConditions, variables = [], validations = [], auditAnnotations = [] } = object.spec ?? {};
  return [
    ...conditionsAt(matchConditions, "spec"),
    ...variables.map(({ expression = "" }, index) => ({
      source: expression,
      path: `spec.variables[${index}].expression`,
    })),
    ...validations.flatMap(({ expression = "", messageExpression }, index): Placed[] => [
      { source: expression, path: `spec.validations[${index}].expression`, result: "bool" },
      ...(messageExpression
        ? [
            {
              source: messageExpression,
              path: `spec.validations[${index}].messageExpression`,
              result: "string" as const,
            },
          ]
        : []),
    ]),
    ...auditAnnotations.map(({ valueExpression = "" }, index) => ({
      source: valueExpression,
      path: `spec.auditAnnotations[${index}].valueExpression`,
    })),
  ];
}

function expressionsOfChanges({ spec = {} }: MutatingPolicy): Placed[] {
  return [
    ...conditionsAt(spec.matchConditions, "spec"),
    ...(spec.variables ?? []).map(({ expression = "" }, index) => ({
      source: expression,
      path: `spec.variables[${index}].expression`,
      makesMessages: true,
    })),
    ...(spec.mutations ?? []).map((mutation, index) => {
      const { patchType, source, result } = expressionOf(mutation);
      const field = patchType === "JSONPatch" ? "jsonPatch" : "applyConfiguration";
      return { source, result, path: `spec.mutations[${index}].${field}.expression`, makesMessages: true };
    }),
  ];
}

function conditionsAt(conditions: readonly MatchCondition[] | undefined, path: string): Placed[] {
  return (conditions ?? []).map(({ expression = "" }, index) => ({
    source: expression,
    path: `${path}.matchConditions[${index}].expression`,
    result: "bool",
  }));
}
