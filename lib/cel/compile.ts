import { type Environment, EvaluationError } from "@marcbachmann/cel-js";
import { compileFault } from "./compile-fault.ts";
import { estimateCost } from "./cost/estimate-cost.ts";
import type { SizeNode } from "./cost/sizes.ts";
import { isCheckedNode } from "./cost/syntax.ts";
import { celEnvironment } from "./environment.ts";
import { registerMessages } from "./functions/messages.ts";
import { linearMatches } from "./functions/patterns.ts";
import { nameMembersOfHas } from "./has-members.ts";
import { readMessages } from "./message-syntax.ts";
import type { MessageTypes } from "./messages.ts";
import { type Budget, BudgetExceeded, sizeCost, spend, withBudget } from "./meter.ts";
import { flattenNesting } from "./nesting.ts";
import { leaveOutPlaces } from "./places-of-faults.ts";
import { sameValue } from "./same-value.ts";

/** An object type: its fields, each a type's name (`string`, `list<int>`, `dyn`), and the class of its values. */
export interface CelObjectType {
  readonly fields: Readonly<Record<string, string>>;
  readonly make: new () => object;
}

export interface CompileOptions {
  /** Types by variable: `dyn` takes part in anything and is checked when it is evaluated. */
  readonly variables: Readonly<Record<string, string>>;
  /** Object types, those that others use before these. */
  readonly types?: ReadonlyMap<string, CelObjectType>;
  /** The messages that the expression may make; none when absent. */
  readonly messages?: MessageTypes;
  /** What the expression must answer, the name of a type (`bool`, `list<JSONPatch>`); anything when absent. */
  readonly result?: string;
}

/** The expression cannot be read, or does not fit the types. */
export class CelCompileError extends Error {
  override readonly name = "CelCompileError";
}

/** The expression failed with these values: `no such key: a`, `division by zero`. */
export class CelEvaluationError extends Error {
  override readonly name = "CelEvaluationError";
}

/** An expression ready to be evaluated, any number of times. */
export interface CompiledExpression {
  readonly source: string;
  /** The type of what it answers. */
  readonly type: string;
  /** Whether the expression looks at the variable. */
  uses(variable: string): boolean;
  /**
   * Answers what the expression makes of the values, which `celValue` has made.
   * @throws CelEvaluationError, BudgetExceeded
   */
  evaluate(bindings: Readonly<Record<string, unknown>>, budget: Budget): unknown;
  /** What evaluating it costs at most, where its variables are data that are as large as `root` says. */
  costMax(root: SizeNode): number;
}

/** Characters that an expression may have, as in Kubernetes. */
const charactersMax = 100_000;

/** What one expression may cost at most, as in Kubernetes. */
export const expressionCostMax = 1_000_000;

/** Compiles an expression. @throws CelCompileError */
export function compile(source: string, options: CompileOptions): CompiledExpression {
  return compilerFor(options.types ?? noTypes, options.messages)(options.variables)(source, options.result);
}

/** Compiles the expressions over some variables. @throws CelCompileError */
export type Compile = (source: string, result?: CompileOptions["result"]) => CompiledExpression;

const noTypes: ReadonlyMap<string, CelObjectType> = new Map();

/** Compiles expressions that share object types: cheaper than one by one. */
export function compilerFor(
  types: ReadonlyMap<string, CelObjectType>,
  messages?: MessageTypes,
): (variables: CompileOptions["variables"]) => Compile {
  const typed = celEnvironment();
  for (const [name, { fields, make }] of types) {
    typed.registerType(name, { fields: { ...fields }, ctor: make });
    typed.registerOperator(`${name} == ${name}`, sameValue);
    typed.registerOperator(`${name} == null`, sameValue);
  }
  return (variables) => {
    const environment = typed.clone();
    for (const [name, type] of Object.entries(variables)) environment.registerVariable(name, type);
    return (source, result) => compileIn(environment, source, result, messages);
  };
}

function compileIn(
  plain: Environment,
  source: string,
  result: CompileOptions["result"],
  messages: MessageTypes | undefined,
): CompiledExpression {
  refuseLonger(source);
  const read = readMessages(source);
  for (const name of read.messages)
    if (!messages?.declare(name))
      throw new CelCompileError(`compilation failed: ERROR: undeclared reference to '${name}' (in container '')`);
  const environment = messages?.types.size ? plain.clone() : plain;
  if (messages?.types.size) registerMessages(environment, messages);
  const { run, type, identifiers, ast } = parse(environment, read.text, source);
  if (result && !isResult(type, result))
    throw new CelCompileError(`must evaluate to ${result.replaceAll("<", "(").replaceAll(">", ")")}`);
  return {
    source,
    type,
    uses: (variable) => identifiers.has(variable),
    costMax: (root) => (isCheckedNode(ast) ? estimateCost(ast, root, [...identifiers]) : 0),
    evaluate(bindings, budget) {
      const own: Budget = { remaining: Math.min(budget.remaining, expressionCostMax) };
      const before = own.remaining;
      try {
        return withBudget(own, () => run(bindings));
      } catch (error) {
        throw evaluationFault(error);
      } finally {
        budget.remaining -= before - Math.max(own.remaining, -1);
      }
    },
  };
}

function refuseLonger(source: string): void {
  if (source.length <= charactersMax) return;
  const size = [...source].length;
  if (size <= charactersMax) return;
  const limit = `size: ${size}, limit ${charactersMax}`;
  throw new CelCompileError(`compilation failed: ERROR: expression code point size exceeds limit: ${limit}`);
}

/** Whether a type may turn out to be the wanted one. */
function isResult(type: string, wanted: string): boolean {
  return type === wanted || type === "dyn" || (wanted.startsWith("list<") && /^list(<dyn>|<T>)?$/.test(type));
}

function parse(environment: Environment, text: string, source: string) {
  try {
    const parsed = environment.parse(text);
    leaveOutPlaces(parsed.ast);
    flattenNesting(parsed.ast);
    replaceMatches(parsed.ast);
    nameMembersOfHas(parsed.ast);
    const check = parsed.check();
    if (!check.valid) throw check.error ?? new Error("invalid expression");
    const identifiers = new Set<string>();
    meter(parsed.ast, identifiers);
    return {
      run: (bindings: Readonly<Record<string, unknown>>) => parsed(bindings),
      type: check.type ?? "dyn",
      identifiers,
      ast: parsed.ast,
    };
  } catch (error) {
    throw new CelCompileError(`compilation failed: ${compileFault(error, source, text === source)}`, { cause: error });
  }
}

function evaluationFault(error: unknown): unknown {
  if (error instanceof BudgetExceeded) return error;
  if (error instanceof EvaluationError && error.cause instanceof BudgetExceeded) return error.cause;
  const text =
    error instanceof EvaluationError ? error.summary : error instanceof Error ? error.message : String(error);
  return new CelEvaluationError(text.replace(/^No such key/, "no such key"), { cause: error });
}

interface SyntaxNode {
  readonly op: string;
  readonly args: unknown;
  evaluate(evaluator: unknown, node: unknown, context: unknown): unknown;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "op" in value && "evaluate" in value;
}

/** Patterns are matched in time that grows with the text alone, not as the library does it. */
function replaceMatches(value: unknown): void {
  if (Array.isArray(value)) for (const part of value) replaceMatches(part);
  if (!isNode(value)) return;
  const { op, args } = value;
  if ((op === "rcall" || op === "call") && Array.isArray(args) && args[0] === "matches") args[0] = linearMatches;
  replaceMatches(args);
}

/** Makes every step of an expression pay. Nodes choose their way of evaluation at the first time: that must stay theirs. */
function meter(value: unknown, identifiers: Set<string>): void {
  if (Array.isArray(value)) for (const part of value) meter(part, identifiers);
  if (!isNode(value)) return;
  if (value.op === "id" && typeof value.args === "string") identifiers.add(value.args);
  meter(value.args, identifiers);
  if (value.op === "value") return;
  let own = value.evaluate;
  const metered = function (this: SyntaxNode, evaluator: unknown, node: unknown, context: unknown): unknown {
    spend(1);
    const result = own.call(this, evaluator, node, context);
    if (typeof result === "string" || Array.isArray(result)) spend(sizeCost(result));
    return result;
  };
  Object.defineProperty(value, "evaluate", {
    get: () => metered,
    set: (next: SyntaxNode["evaluate"]) => {
      own = next;
    },
  });
}
