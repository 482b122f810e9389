import type { MatchCondition } from "../../../../gen/typernetes/admissionregistration/v1/mutating_webhook_configuration.ts";
import { FieldErrors } from "../../../../lib/api/field-errors.ts";
import type { AdmissionRequest } from "../admission.ts";
import { type Policy, prepared } from "./policy-source.ts";

type Hooks = { webhooks?: { matchConditions?: MatchCondition[] | undefined }[] | undefined };

/** Refuses policies and webhooks with expressions that cannot be compiled. @throws StatusError `Invalid`. */
export function checkExpressions({ operation, subresource, info, name, object, old }: AdmissionRequest): void {
  if (!object || subresource || operation === "DELETE") return;
  const errors = new FieldErrors();
  const before = old ? new Set(expressionsOf(info.schema.plural, old).map(({ source }) => source)) : new Set<string>();
  for (const { source, path, result } of expressionsOf(info.schema.plural, object)) {
    // What was let in once may stay.
    const fault = before.has(source) ? undefined : prepared(source, result);
    if (fault && "error" in fault) errors.invalid(path, source, fault.error.message);
  }
  const error = errors.toError({ group: info.schema.group, kind: info.schema.kind, name });
  if (error) throw error;
}

interface Placed {
  readonly source: string;
  readonly path: string;
  readonly result?: "bool" | "string";
}

function expressionsOf(plural: string, object: Policy & Hooks): Placed[] {
  if (plural.endsWith("webhookconfigurations"))
    return (object.webhooks ?? []).flatMap(({ matchConditions }, index) =>
      conditionsAt(matchConditions, `webhooks[${index}]`),
    );
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

function conditionsAt(conditions: readonly MatchCondition[] | undefined, path: string): Placed[] {
  return (conditions ?? []).map(({ expression = "" }, index) => ({
    source: expression,
    path: `${path}.matchConditions[${index}].expression`,
    result: "bool",
  }));
}
