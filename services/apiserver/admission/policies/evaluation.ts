import { type CompiledExpression, type CompileOptions, compile } from "../../../../lib/cel/compile.ts";
import { celValue } from "../../../../lib/cel/values.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import { bindingsOf } from "../webhooks/match-conditions.ts";
import type { ShownRequest } from "../webhooks/review-request.ts";

/** What the expressions of one judgement or change may cost in all. */
const costMax = 10_000_000;
/** What expressions of policies look at. */
const names = ["object", "oldObject", "request", "params", "namespaceObject", "authorizer", "variables"];
const variables = Object.fromEntries(names.map((name) => [name, "dyn"]));

/** An expression that is ready, or what is wrong with it. */
export type Prepared = { readonly expression: CompiledExpression } | { readonly error: Error };

/** What a policy looks at besides the request. */
export interface Surroundings {
  readonly params: ApiObject | null;
  readonly namespaceObject: ApiObject | undefined;
  readonly authorizer: unknown;
}

/** Compiles an expression of a policy. */
export function prepared(source: string, options: Pick<CompileOptions, "result" | "messages"> = {}): Prepared {
  try {
    return { expression: compile(source, { variables, ...options }) };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/**
 * Evaluates expressions about a request, all out of one budget. They share the policy's variables.
 * @throws Error when an expression fails, or could not be compiled.
 */
export function evaluationOf(
  known: ReadonlyMap<string, Prepared>,
  shown: ShownRequest,
  { params, namespaceObject, authorizer }: Surroundings,
): (expression: Prepared) => unknown {
  const budget = { remaining: costMax };
  const run = (expression: Prepared): unknown => {
    if ("error" in expression) throw expression.error;
    return expression.expression.evaluate(bindings, budget);
  };
  const bindings: Record<string, unknown> = {
    ...bindingsOf(shown, authorizer),
    params: params ? celValue(params) : null,
    namespaceObject: namespaceObject ? celValue(namespaceObject) : null,
    variables: lazyVariables(known, run),
  };
  return run;
}

/**
 * The variables of a policy: each is evaluated when it is first looked at, and once. Expressions take nothing but a `Map`
 * itself for a map.
 */
function lazyVariables(known: ReadonlyMap<string, Prepared>, run: (expression: Prepared) => unknown) {
  const values = new Map<string, unknown>();
  const has = (name: string) => known.has(name);
  const get = (name: string) => {
    const expression = known.get(name);
    if (expression && !values.has(name)) values.set(name, run(expression));
    return values.get(name);
  };
  return Object.assign(new Map<string, unknown>(), { has, get });
}
