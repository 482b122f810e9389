import { celValue } from "../../../../lib/cel/values.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import { bindingsOf } from "../webhooks/match-conditions.ts";
import type { ShownRequest } from "../webhooks/review-request.ts";
import type { Prepared, PreparedPolicy, PreparedValidation } from "./policy-source.ts";

/** What one judgement may cost in all. */
const costMax = 10_000_000;
const messageLengthMax = 5 * 1024;

/** What a policy looks at besides the request. */
export interface Surroundings {
  readonly params: ApiObject | null;
  readonly namespaceObject: ApiObject | undefined;
  readonly authorizer: unknown;
}

/** What is against a request. */
export interface Violation {
  readonly message: string;
  readonly reason: string;
}

export interface Judgement {
  readonly violations: readonly Violation[];
  readonly annotations: ReadonlyMap<string, string>;
}

/** What a policy says of a request. An expression that fails counts by the policy's failure policy. */
export function judge(prepared: PreparedPolicy, shown: ShownRequest, surroundings: Surroundings): Judgement {
  const { params, namespaceObject, authorizer } = surroundings;
  const budget = { remaining: costMax };
  const bindings: Record<string, unknown> = {
    ...bindingsOf(shown, authorizer),
    params: params ? celValue(params) : null,
    namespaceObject: namespaceObject ? celValue(namespaceObject) : null,
  };
  bindings["variables"] = lazyVariables(prepared.variables, (expression) => evaluate(expression, bindings, budget));
  const run = (expression: Prepared) => evaluate(expression, bindings, budget);
  const isStrict = prepared.policy.spec?.failurePolicy !== "Ignore";
  const violations = prepared.validations.flatMap((validation) => violationOf(validation, run, isStrict) ?? []);
  const annotations = new Map<string, string>();
  for (const { key, value } of prepared.annotations) {
    const text = attempt(() => run(value));
    if (typeof text.value === "string" && text.value) annotations.set(key, text.value);
    else if (text.error && isStrict)
      violations.push({ message: `audit annotation ${JSON.stringify(key)}: ${text.error.message}`, reason: "Invalid" });
  }
  return { violations, annotations };
}

function violationOf(
  validation: PreparedValidation,
  run: (expression: Prepared) => unknown,
  isStrict: boolean,
): Violation | undefined {
  const { source, test, reason } = validation;
  const { value, error } = attempt(() => run(test));
  if (error) {
    const message = `expression '${source}' resulted in error: ${error.message}`;
    return isStrict ? { message, reason: "Invalid" } : undefined;
  }
  return value === true ? undefined : { message: messageOf(validation, run), reason };
}

/** An expression for the message counts when it makes one line of text. */
function messageOf(
  { messageExpression, message, source }: PreparedValidation,
  run: (expression: Prepared) => unknown,
): string {
  const made = messageExpression && attempt(() => run(messageExpression)).value;
  if (typeof made === "string" && made.trim() && made.length <= messageLengthMax && !/[\r\n]/.test(made))
    return made.trim();
  return message?.trim() || `failed expression: ${source.trim()}`;
}

function attempt(run: () => unknown): { value?: unknown; error?: Error } {
  try {
    return { value: run() };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}

function evaluate(prepared: Prepared, bindings: Readonly<Record<string, unknown>>, budget: { remaining: number }) {
  if ("error" in prepared) throw prepared.error;
  return prepared.expression.evaluate(bindings, budget);
}

/**
 * The variables of a policy: each is evaluated when it is first looked at, and once. Expressions take nothing but a `Map`
 * itself for a map.
 */
function lazyVariables(prepared: ReadonlyMap<string, Prepared>, run: (expression: Prepared) => unknown) {
  const known = new Map<string, unknown>();
  const has = (name: string) => prepared.has(name);
  const get = (name: string) => {
    const expression = prepared.get(name);
    if (expression && !known.has(name)) known.set(name, run(expression));
    return known.get(name);
  };
  return Object.assign(new Map<string, unknown>(), { has, get });
}
