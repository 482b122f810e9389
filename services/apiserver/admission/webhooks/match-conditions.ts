import type { MatchCondition } from "../../../../gen/typernetes/admissionregistration/v1/mutating_webhook_configuration.ts";
import { type CompiledExpression, compile } from "../../../../lib/cel/compile.ts";
import { celValue } from "../../../../lib/cel/values.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import type { ShownRequest } from "./review-request.ts";

/** What all conditions of one match may cost together. */
const costMax = 10_000_000;
const variables = { object: "dyn", oldObject: "dyn", request: "dyn", authorizer: "dyn", params: "dyn" };

/** Further conditions on requests, ready to be asked. */
export interface MatchConditions {
  /**
   * Whether all hold. One that does not decides, also where others fail.
   * @throws Error when one fails and none is false.
   */
  hold(shown: ShownRequest, authorizer?: unknown, params?: ApiObject | null): boolean;
}

/** Conditions that hold for everything. */
const noConditions: MatchConditions = { hold: () => true };

/** Makes conditions of their texts; what cannot be compiled fails when it is asked. */
export function matchConditionsOf(conditions: readonly MatchCondition[] | undefined): MatchConditions {
  if (!conditions?.length) return noConditions;
  const compiled = conditions.map(({ name = "", expression = "" }) => ({ name, ...compiledOf(expression) }));
  return {
    hold(shown, authorizer, params) {
      const bindings = { ...bindingsOf(shown, authorizer), params: params ? celValue(params) : null };
      const budget = { remaining: costMax };
      let fault: Error | undefined;
      for (const { name, expression, error } of compiled) {
        try {
          if (!expression) throw error;
          if (expression.evaluate(bindings, budget) === false) return false;
        } catch (failure) {
          const reason = failure instanceof Error ? failure.message : String(failure);
          fault ??= new Error(`match condition ${JSON.stringify(name)} failed: ${reason}`, { cause: failure });
        }
      }
      if (fault) throw fault;
      return true;
    },
  };
}

/** A request as expressions see it. */
export function bindingsOf({ request, object, oldObject }: ShownRequest, authorizer?: unknown) {
  return {
    request: celValue(request),
    object: object ? celValue(object) : null,
    oldObject: oldObject ? celValue(oldObject) : null,
    authorizer: authorizer ?? null,
  };
}

function compiledOf(source: string): { expression?: CompiledExpression; error?: unknown } {
  try {
    return { expression: compile(source, { variables, result: "bool" }) };
  } catch (error) {
    return { error };
  }
}
